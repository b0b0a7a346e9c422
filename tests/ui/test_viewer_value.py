"""What the viewer sends to the browser, without a browser."""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import detr_gradio.ui.viewer as viewer
from detr_gradio.ui.scripts import bundle
from detr_gradio.ui.viewer import (
    PanopticViewer,
    correction_strings,
    maps,
    viewer_hint,
    viewer_value,
)
from detr_gradio.ui.viewer.strings import STRINGS, strings_in
from tests.support.viewer_app import CAR, GRASS, PERSON, SKY, crowd, nothing, quarters, result_of

FOLDER = Path(viewer.__file__).parent


def ids_of(value) -> np.ndarray:
    """The map that the browser decodes."""
    ids = value["ids"]
    inflated = zlib.decompress(base64.b64decode(ids["deflated"]))
    return np.frombuffer(inflated, "<u2").reshape(ids["height"], ids["width"])


def picture_of(value) -> Image.Image:
    head, body = value["image"]["url"].split(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


def test_small_result_arrives_unchanged():
    image, result = quarters()
    value = viewer_value(image, result)
    np.testing.assert_array_equal(ids_of(value), result.segment_ids)
    assert picture_of(value).size == (400, 300) == (value["width"], value["height"])
    assert [segment["name"] for segment in value["segments"]] == [
        "sky", "grass", "person 1", "car 1",
    ]  # fmt: skip
    person = value["segments"][2]
    assert person["bbox"] == [40, 90, 60, 140]
    assert person["category_id"] == PERSON
    assert person["is_thing"]
    assert person["score"] == pytest.approx(0.992)
    assert person["area_fraction"] == pytest.approx(60 * 140 / (400 * 300))
    assert value["facts"]["void_fraction"] == pytest.approx((400 - 60) * 20 / (400 * 300))
    assert value["facts"]["seconds"] == pytest.approx(1.7)
    assert json.loads(json.dumps(value)) == value


def test_label_lies_in_the_middle_of_the_segment():
    value = viewer_value(*quarters())
    sky, _, person, car = value["segments"]
    assert person["anchor"] == pytest.approx([70, 160], abs=2)
    assert car["anchor"] == pytest.approx([290, 210], abs=2)
    assert car["radius"] == pytest.approx(30, abs=2)  # OpenCV approximates distances
    assert sky["anchor"][1] < 90 or sky["anchor"][0] > 100  # not on the person


def test_label_of_a_ring_lies_on_the_ring():
    ids = np.ones((60, 60), np.int32)
    ids[10:50, 10:50] = 2
    ids[20:40, 20:40] = 1
    value = viewer_value(np.zeros((60, 60, 3), np.uint8), result_of(ids, [SKY, CAR]))
    x, y = value["segments"][1]["anchor"]
    assert ids[int(y), int(x)] == 2


def test_stuff_has_a_number_from_its_second_segment_on():
    ids = np.array([[1, 2, 3]])
    image = np.zeros((1, 3, 3), np.uint8)
    value = viewer_value(image, result_of(ids, [SKY, GRASS, SKY]), "es")
    assert [segment["name"] for segment in value["segments"]] == ["cielo", "césped", "cielo 2"]


def test_large_picture_is_reduced_and_keeps_its_ids():
    image, result = crowd(60, 2400, 1800)
    value = viewer_value(image, result)
    ids = ids_of(value)
    assert ids.size <= 1_000_000
    width, height = picture_of(value).size
    assert 1_900_000 < width * height <= 2_000_000
    assert set(np.unique(ids)) == set(range(61))
    assert (value["width"], value["height"]) == (2400, 1800)
    for segment in value["segments"]:
        x, y = segment["anchor"]
        assert result.segment_ids[int(y), int(x)] == segment["id"]


def test_segment_that_the_reduced_map_misses_has_a_place_all_the_same():
    ids = np.ones((2001, 2001), np.int32)
    ids[1000, 1000] = 2
    reduced = maps.reduced_ids(ids, (800, 1066))
    if (reduced == 2).any():
        ids[1000, 1000], ids[1001, 1001] = 1, 2
    assert not (maps.reduced_ids(ids, (800, 1066)) == 2).any()
    row, column = np.argwhere(ids == 2)[0]
    value = viewer_value(np.zeros((2001, 2001, 3), np.uint8), result_of(ids, [SKY, CAR]))
    assert value["segments"][1]["anchor"] == [column + 0.5, row + 0.5]
    assert value["segments"][1]["radius"] == 0


def test_map_is_no_larger_than_what_the_network_saw():
    seen = np.random.default_rng(2).integers(0, 200, (192, 256)).astype(np.int32)
    ids = np.asarray(Image.fromarray(seen).resize((640, 480), Image.Resampling.NEAREST))
    np.testing.assert_array_equal(maps.reduced_ids(ids, (192, 256)), seen)


@pytest.mark.parametrize(("threshold", "lower"), [(0.85, 0.7), (0.6, 0.5), (0.5, None)])
def test_nothing_found_offers_a_lower_threshold_while_there_is_one(threshold, lower):
    facts = viewer_value(*nothing(threshold))["facts"]
    assert facts["lower_threshold"] == lower
    assert facts["void_fraction"] == 1


def test_sizes_that_differ_are_refused():
    image, result = quarters()
    with pytest.raises(ValueError, match="the result is"):
        viewer_value(image[:-1], result)


def test_unknown_action_is_refused():
    with pytest.raises(ValueError, match="unknown actions"):
        viewer_value(*quarters(), actions=["delete"])


def test_strings_are_complete_and_used():
    code = "".join(
        path.read_text("utf-8") for path in FOLDER.iterdir() if path.suffix in (".js", ".html")
    )
    elsewhere = {"why_of", "cutout_of", "hint"}  # `${action}_of`; viewer_hint
    assert not set(STRINGS) & set(correction_strings.STRINGS)
    for key, texts in {**STRINGS, **correction_strings.STRINGS}.items():
        assert set(texts) == {"en", "es"}, key
        assert all(text.strip() for text in texts.values()), key
        fields = [set(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert fields[0] == fields[1], key
        assert f'"{key}"' in code or key in elsewhere, f"{key} is not used"
    assert asked(code) <= set(STRINGS) | set(correction_strings.STRINGS)
    assert strings_in("fr") == strings_in("en") != strings_in("es")


def test_until_the_tools_of_a_correction_have_come_no_word_of_theirs_is_asked_for():
    code = bundle("ui/viewer/script.js") + (FOLDER / "template.html").read_text("utf-8")
    assert "CorrectionStart" in code
    assert "CorrectionBar" not in code
    assert asked(code) <= set(STRINGS)


def asked(code):
    return set(
        re.findall(r'say\("(\w+)"', code)
        + re.findall(r'announce\("(\w+)"', code)
        + re.findall(r'data-(?:text|title|label|placeholder)="(\w+)"', code)
    )


def test_template_and_style_hold_nothing_that_gradio_would_evaluate():
    for name in ("template.html", "style.css"):
        text = (FOLDER / name).read_text("utf-8")
        for mark in ("${", "{{", "`", "\\"):
            assert mark not in text, (name, mark)


def test_no_value_is_the_hint():
    component = PanopticViewer()
    assert json.loads(component.postprocess(None)) == viewer_hint()
    assert viewer_hint("es")["hint"].startswith("Elija")
    assert viewer_hint("en", "Look left.")["hint"] == "Look left."


def test_a_picture_may_be_a_file_with_the_same_address_for_the_same_picture(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    image, result = quarters()
    first = viewer_value(image, result, as_file=True)
    again = viewer_value(image, result, "es", as_file=True)
    other = viewer_value(image[:, ::-1].copy(), result, as_file=True)
    assert first["image"] == again["image"] != other["image"]
    assert Image.open(first["image"]["path"]).size == (400, 300)
    assert len(json.dumps(first)) < len(json.dumps(viewer_value(image, result))) / 2
    assert Path(first["image"]["path"]).is_relative_to(tmp_path)


def test_viewers_share_what_is_the_same_for_all():
    """A server keeps one for each visitor."""
    one, other = PanopticViewer(), PanopticViewer()
    for name in ("html_template", "css_template", "js_on_load"):
        assert getattr(one, name) is getattr(other, name)
