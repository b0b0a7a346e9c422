"""What results are exported as is converted back to the same segments."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.cli import main
from detr_gradio.data_sets.checking import check_data_set
from detr_gradio.result.coco import COCO
from detr_gradio.result.formats import FORMATS, ExportSource, export_files
from detr_gradio.result.panoptic import PanopticResult
from tests.support.conversion_cases import converted
from tests.support.panoptic_cases import CAR, DOG, GRASS, PERSON, SKY, holes_and_parts

STUFF = ["sky-other-merged", "grass-merged"]


def shore():
    ids = holes_and_parts()
    ids[0, 0] = 5
    return PanopticResult.from_map(ids, {1: SKY, 2: PERSON, 3: GRASS, 4: DOG, 5: DOG}, COCO)


def cars():
    ids = np.ones((40, 50), int)
    ids[5:20, 5:20] = 2
    ids[5:20, 25:40] = 3
    ids[30:] = 0
    return PanopticResult.from_map(ids, {1: GRASS, 2: CAR, 3: CAR}, COCO)


RESULTS = {"shore/one two.png": shore(), "車.png": cars()}


def write_pictures(folder):
    for name, result in RESULTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = result.segment_ids.shape
        noise = np.random.default_rng(len(name)).integers(0, 256, (height, width, 3), np.uint8)
        Image.fromarray(noise).save(path)


def export(kind, folder, **options):
    """Write all pictures in a format and return what ``convert`` is to read."""
    parts = []
    for number, (name, result) in enumerate(RESULTS.items(), 1):
        stem = name.removesuffix(".png")
        source = ExportSource(result, name, image_id=number, **options)
        for path, content in export_files(source, kind, stem).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        parts.append(folder / FORMATS[kind].file.format(name=stem))
    if FORMATS[kind].join is None:
        return folder / kind
    joined = folder / FORMATS[kind].data_set
    joined.write_bytes(b"".join(FORMATS[kind].join([part.read_bytes() for part in parts])))
    for part in parts:
        part.unlink()
    return joined


def as_set(segments):
    return {(name, kind, crowd, mask.tobytes()) for name, kind, crowd, mask in segments}


def expected(result, things_alone=False):
    return {
        (s.category.name, int(s.is_thing), 0, result.mask(s.id).tobytes())
        for s in result.segments
        if s.is_thing or not things_alone
    }


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("coco", {"stuff": True}),
        ("coco", {"stuff": True, "polygons": True}),
        ("coco", {}),
        ("labelme", {}),
        ("label-studio", {}),
        ("cvat", {}),
    ],
)
def test_exports_come_back_as_they_were(tmp_path, kind, options, capsys):
    write_pictures(tmp_path / "images")
    source = export(kind, tmp_path / "source", **options)
    output = tmp_path / "out"
    words = ["convert", str(source), "--output", str(output), "--images", str(tmp_path / "images")]
    things_alone = kind == "coco" and not options
    assert main(words if things_alone else [*words, "--stuff", *STUFF]) == 0
    found = converted(output)
    assert found.keys() == RESULTS.keys()
    for name, result in RESULTS.items():
        assert as_set(found[name]) == expected(result, things_alone)
        assert (output / "train" / name).read_bytes() == (tmp_path / "images" / name).read_bytes()
    assert check_data_set(output).faults == []
    ids = {c["id"] for c in json.loads((output / "panoptic_train.json").read_text())["categories"]}
    if kind == "coco":
        assert ids == {1, 3, 18} if things_alone else {1, 3, 18, 187, 193}


def test_the_semantic_map_comes_back_but_for_things_that_touch(tmp_path):
    write_pictures(tmp_path / "images")
    source = export("semantic", tmp_path)
    output = tmp_path / "out"
    assert main(["convert", str(source), "--output", str(output)]) == 0
    found = converted(output)
    assert as_set(found["車.png"]) == expected(RESULTS["車.png"])
    # The dogs of three parts and of one are four, the person of two is two; all else is as it was.
    things = [s for s in found["shore/one two.png"] if s[1]]
    assert sorted(s[0] for s in things) == ["dog"] * 4 + ["person"] * 2
    assert as_set(found["shore/one two.png"]) - as_set(things) == {
        s for s in expected(RESULTS["shore/one two.png"]) if not s[1]
    }
    assert check_data_set(output).faults == []


@pytest.mark.parametrize("kind", ["labelme", "label-studio"])
def test_pictures_that_are_in_the_file_are_taken_from_it(tmp_path, kind):
    result = cars()
    image = np.full((40, 50, 3), 90, np.uint8)
    for path, content in export_files(ExportSource(result, "a.jpg", image), kind, "a").items():
        (tmp_path / "source" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / path).write_bytes(content)
    output = tmp_path / "out"
    words = ["convert", str(tmp_path / "source"), "--output", str(output), "--stuff", *STUFF[1:]]
    assert main(words) == 0
    ((name, segments),) = converted(output).items()
    assert as_set(segments) == expected(result)
    assert Image.open(output / "train" / name).size == (50, 40)


def test_own_categories_of_one_name_are_told_apart_by_their_table(tmp_path):
    """A thing and a stuff of one name are "glass (7)" and "glass (8)" in formats without ids."""
    shutil.copyfile(Path("examples/scene-bear.jpg"), tmp_path / "a.jpg")
    size = Image.open(tmp_path / "a.jpg").size
    shapes = [
        {"label": label, "points": points, "shape_type": "rectangle", "group_id": None}
        for label, points in (("glass (8)", [[0, 0], size]), ("glass (7)", [[5, 5], [20, 20]]))
    ]
    document = {"imagePath": "a.jpg", "imageData": None, "shapes": shapes}
    (tmp_path / "a.json").write_text(json.dumps(document))
    table = [{"id": 7, "name": "glass", "isthing": 1}, {"id": 8, "name": "glass", "isthing": 0}]
    (tmp_path / "table.json").write_text(json.dumps(table))
    words = ["convert", str(tmp_path / "a.json"), "--output", str(tmp_path / "out")]
    assert main([*words, "--categories", str(tmp_path / "table.json")]) == 0
    (segments,) = converted(tmp_path / "out").values()
    assert [(name, kind, mask.sum()) for name, kind, _, mask in segments] == [
        ("glass", 0, size[0] * size[1] - 256),
        ("glass", 1, 256),
    ]
