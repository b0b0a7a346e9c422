"""What a result becomes for other libraries, and how it shows itself."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from supervision import Detections

from detr_gradio.result import render
from detr_gradio.result.coco import COCO
from detr_gradio.result.html import MAX_SIDE
from detr_gradio.result.panoptic import PanopticResult, assemble
from tests.support.panoptic_cases import CAR, PERSON, SKY, from_owners, random_predictions


@pytest.fixture
def result():
    owners = np.zeros((40, 60), int)
    owners[10:30, 5:15] = 1
    owners[10:28, 30:40] = 2
    return assemble(from_owners(owners, [SKY, PERSON, PERSON], [0.9, 0.95, 0.97]))


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_a_crop_is_the_mask_in_its_box_or_its_pixels(result, image):
    assert result.crop(2).shape == (20, 10)
    assert result.crop(2).all()
    sky = result.crop(1)
    assert sky.shape == (40, 60)
    assert sky.sum() == 40 * 60 - 200 - 180
    cut = result.crop(2, image)
    assert np.array_equal(cut[..., :3], image[10:30, 5:15])
    assert (cut[..., 3] == 255).all()
    with pytest.raises(KeyError):
        result.crop(4)


def test_the_overlay_is_that_of_the_command_line(result, image):
    expected = render.overlay(image, result, language="es", opacity=0.2)
    assert np.array_equal(result.overlay(image, language="es", opacity=0.2), expected)
    with pytest.raises(ValueError, match="fit"):
        result.overlay(image[:20])


def test_coco_has_things_and_stuff(result):
    document = result.to_coco("a.png", image_id=5)
    assert document["images"] == [{"id": 5, "file_name": "a.png", "width": 60, "height": 40}]
    assert [entry["category_id"] for entry in document["annotations"]] == [SKY, PERSON, PERSON]
    assert len(result.to_coco(stuff=False)["annotations"]) == 2


def test_to_dict_is_what_transformers_returns(result):
    found = result.to_dict()
    assert found["segmentation"].dtype == torch.int32
    assert np.array_equal(found["segmentation"].numpy(), result.segment_ids)
    assert found["segments_info"] == [
        {"id": 1, "label_id": SKY, "was_fused": True, "score": 0.9},
        {"id": 2, "label_id": PERSON, "was_fused": False, "score": 0.95},
        {"id": 3, "label_id": PERSON, "was_fused": False, "score": 0.97},
    ]
    found["segmentation"][:] = 0  # nobody else's
    assert result.segment_ids.any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_supervision_takes_it_in_both_ways(seed):
    result = assemble(random_predictions(np.random.default_rng(seed)), threshold=0.6)
    ours = result.to_supervision()
    names = {category.id: category.name_en for category in COCO.table}
    theirs = Detections.from_transformers(result.to_dict(), id2label=names)
    assert len(ours) == len(theirs) == len(result)
    assert np.array_equal(ours.xyxy, theirs.xyxy)
    assert np.array_equal(ours.mask, theirs.mask)
    assert np.array_equal(ours.class_id, theirs.class_id)
    assert np.array_equal(ours.data["class_name"], theirs.data["class_name"])
    assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-6)


def test_results_compare_by_identity_and_go_into_sets(result):
    twin = PanopticResult(**vars(result))
    assert result == result
    assert result != twin
    assert len({result, twin, result}) == 2


def test_files_are_written_and_named(result, image, tmp_path):
    paths = result.save(tmp_path / "new", "yolo", "street", stuff=True)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        *("new/yolo/labels/street.txt", "new/yolo/data.yaml")
    ]
    assert len(paths[0].read_text().splitlines()) == 3
    (path,) = result.save(tmp_path, "labelme", "street", image=image)
    assert b'"imageData": "/9j/' in path.read_bytes()
    with pytest.raises(KeyError):
        result.save(tmp_path, "tiff")


class TestHtml:
    def test_it_has_a_path_and_a_row_for_each_segment(self, result):
        page = result._repr_html_()
        assert page.count("<path ") == page.count("<li ") == 3
        assert "person 1 95%, 8.3%" in page
        # The sky has a hole for each person: three rings.
        sky = re.search(r'<path class="s1"[^>]* d="([^"]*)"', page)[1]
        assert sky.count("M") == 3
        person = re.search(r'<path class="s2"[^>]* d="([^"]*)"', page)[1]
        assert person == "M5 10L5 30L15 30L15 10Z"
        assert "<image" not in page
        assert "<script" not in page

    def test_two_on_a_page_keep_apart_and_the_picture_lies_beneath(self, result, image):
        first, second = result.html(), result.html(image)
        names = [re.search(r'id="(detr-\w+)"', page)[1] for page in (first, second)]
        assert names[0] != names[1]
        assert 'href="data:image/jpeg;base64,/9j/' in second
        with pytest.raises(ValueError, match="image is"):
            result.html(image[:5])

    def test_large_ones_are_reduced(self):
        result = PanopticResult.from_map(np.ones((900, 2 * MAX_SIDE), int), {1: CAR}, COCO)
        assert 'viewBox="0 0 640 450"' in result.html()

    def test_names_are_escaped(self, result):
        from dataclasses import replace

        from detr_gradio.result.categories import Categories

        evil = replace(COCO[SKY], name_en="<script>alert(1)</script>")
        table = Categories((evil,), (0,))
        page = PanopticResult.from_map(np.ones((3, 3), int), {1: SKY}, table).html()
        assert "<script" not in page
        assert "&lt;script&gt;" in page
