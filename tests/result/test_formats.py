"""What each format holds, worked out by hand. Others read them in test_formats_read_back."""

import base64
import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from pycocotools import coco as coco_files
from pycocotools import mask as coco_mask

from detr_gradio.messages import UserError
from detr_gradio.result import exports
from detr_gradio.result.categories import Categories
from detr_gradio.result.coco import COCO
from detr_gradio.result.export_readme import readme
from detr_gradio.result.formats import FORMATS, ExportSource, export_files, outlines
from detr_gradio.result.formats.coco_instances import coco_instances, join_coco_instances
from detr_gradio.result.formats.cvat import cvat_file, join_cvat_files
from detr_gradio.result.formats.geojson import geojson_file
from detr_gradio.result.formats.label_studio import (
    brush_rle,
    join_label_studio_tasks,
    label_studio_config,
    label_studio_task,
)
from detr_gradio.result.formats.labelme import labelme_file
from detr_gradio.result.formats.outlines import border_rings, edge_polygons, joined
from detr_gradio.result.formats.semantic import semantic_png, semantic_table
from detr_gradio.result.formats.source import label_names
from detr_gradio.result.formats.yolo import yolo_labels, yolo_table
from detr_gradio.result.html import result_html
from detr_gradio.result.panoptic import PanopticResult
from tests.support.panoptic_cases import CAR, PERSON, SKY

# A person with a hole, a car in two parts, sky, and void on the right.
IDS = np.array(
    [
        [1, 1, 1, 1, 1, 0],
        [2, 2, 2, 1, 3, 0],
        [2, 0, 2, 1, 1, 0],
        [2, 2, 2, 1, 3, 0],
    ]
)
SOURCE = ExportSource(
    PanopticResult.from_map(IDS, {1: SKY, 2: PERSON, 3: CAR}, COCO), "beach/a b.jpg", image_id=7
)
WITH_STUFF = replace(SOURCE, stuff=True)

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12))


def inside(rings, shape):
    """Pixels inside rings of horizontal and vertical lines, by counting crossings."""
    crossings = np.zeros(shape, int)
    for ring in rings:
        for (x, y), (next_x, next_y) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            assert x == next_x or y == next_y
            crossings[min(y, next_y) : max(y, next_y), x:] += 1 if x == next_x else 0
    return crossings % 2 == 1


class TestOutlines:
    def test_by_hand(self):
        (person,) = edge_polygons(IDS == 2)
        assert [ring.tolist() for ring in person] == [
            [[0, 1], [0, 4], [3, 4], [3, 1]],
            [[1, 2], [2, 2], [2, 3], [1, 3]],
        ]
        assert joined(person).tolist() == [
            *([0, 1], [1, 2], [2, 2], [2, 3], [1, 3], [1, 2], [0, 1]),
            *([0, 4], [3, 4], [3, 1]),
        ]
        assert sorted(ring.tolist() for ring in border_rings(IDS == 3)) == [[[4, 1]], [[4, 3]]]

    @settings(max_examples=200, deadline=None)
    @given(masks)
    def test_edges_hold_exactly_the_mask_and_no_ring_touches_itself(self, mask):
        polygons = edge_polygons(mask)
        rings = [ring for polygon in polygons for ring in polygon]
        assert np.array_equal(inside(rings, mask.shape), mask)
        assert all(len(np.unique(ring, axis=0)) == len(ring) for ring in rings)
        for outer, *holes in polygons:
            for hole in holes:
                assert (hole.min(axis=0) > outer.min(axis=0)).all()
                assert (hole.max(axis=0) < outer.max(axis=0)).all()

    @settings(max_examples=200, deadline=None)
    @given(masks)
    def test_pycocotools_rasterises_joined_edges_to_the_mask(self, mask):
        polygons = [joined(rings).ravel().astype(float).tolist() for rings in edge_polygons(mask)]
        if polygons:
            rles = coco_mask.frPyObjects(polygons, *mask.shape)
            assert np.array_equal(coco_mask.decode(coco_mask.merge(rles)), mask)

    def test_thousands_of_parts_and_holes(self):
        mask = np.random.default_rng(3).random((150, 200)) < 0.5
        polygons = edge_polygons(mask)
        assert sum(map(len, polygons)) > 2000
        rings = [joined(rings).ravel().astype(float).tolist() for rings in polygons]
        decoded = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(rings, *mask.shape)))
        assert np.array_equal(decoded, mask)
        line = joined(border_rings(mask)).astype(np.int32)
        filled = cv2.fillPoly(np.zeros(mask.shape, np.uint8), [line], 1)
        assert filled[mask].all()

    @settings(max_examples=200, deadline=None)
    @given(masks)
    def test_opencv_fills_the_border_to_the_mask(self, mask):
        rings = [ring.astype(np.int32) for ring in border_rings(mask)]
        filled = cv2.fillPoly(np.zeros(mask.shape, np.uint8), rings, 1) if rings else mask * 0
        assert np.array_equal(filled, mask)


class TestTooFine:
    """Corrected maps are anybody's: of 3 MP of noise the polygons took minutes, and YOLO hours."""

    @pytest.mark.parametrize(
        ("ids", "turns"),
        [
            # An upper left and an upper right corner each: three pixels, and the picture itself.
            (np.array([[0, 0, 0, 0, 0], [0, 1, 0, 2, 0], [0, 0, 0, 0, 0], [0, 0, 1, 0, 0]]), 8),
            (np.zeros((3, 3), int), 2),
            # Two in the first row and two in the corners; in each other row, one.
            (np.tri(100, 100, dtype=int), 103),
            (np.tri(100, 100, dtype=int)[:, ::-1], 103),
        ],
    )
    def test_turns_are_counted(self, ids, turns, monkeypatch):
        monkeypatch.setattr(outlines, "MAX_TURNS", turns)
        assert not too_fine(ids)
        monkeypatch.setattr(outlines, "MAX_TURNS", turns - 1)
        assert too_fine(ids)

    @pytest.mark.parametrize("kind", ["coco", "yolo", "geojson"])
    def test_formats_of_outlines_refuse_it(self, kind, monkeypatch):
        monkeypatch.setattr(outlines, "MAX_TURNS", 1)
        with pytest.raises(UserError) as caught:
            FORMATS[kind].write(replace(SOURCE, polygons=True))
        assert caught.value.key == "export_too_fine"

    @pytest.mark.parametrize("kind", ["coco", "semantic", "label-studio", "labelme", "cvat"])
    def test_formats_of_pixels_take_it(self, kind, monkeypatch):
        monkeypatch.setattr(outlines, "MAX_TURNS", 1)
        assert FORMATS[kind].write(SOURCE)


def too_fine(ids):
    try:
        outlines.require_outlines(ids)
    except UserError as error:
        return error.key == "export_too_fine"
    return False


def test_coco_instances_are_the_things():
    document = json.loads(coco_instances(SOURCE))
    assert document["images"] == [{"id": 7, "file_name": "beach/a b.jpg", "width": 6, "height": 4}]
    assert len(document["categories"]) == 80
    person, car = document["annotations"]
    rle = person.pop("segmentation")
    assert person == {
        "id": 1,
        "image_id": 7,
        "category_id": PERSON,
        "area": 8,
        "bbox": [0, 1, 3, 3],
        "iscrowd": 0,
        "score": 1.0,
    }
    assert np.array_equal(coco_mask.decode(rle), IDS == 2)
    assert np.array_equal(coco_mask.decode(car["segmentation"]), IDS == 3)


@pytest.mark.parametrize("polygons", [False, True])
def test_coco_with_stuff_joined_from_several_pictures_opens_in_pycocotools(tmp_path, polygons):
    sources = [replace(WITH_STUFF, polygons=polygons), replace(WITH_STUFF, polygons=polygons)]
    path = tmp_path / "coco.json"
    path.write_bytes(b"".join(join_coco_instances([coco_instances(s) for s in sources])))
    coco = coco_files.COCO(path)
    assert sorted(coco.imgs) == [1, 2]  # both were 7
    assert len(coco.cats) == 133
    for image_id in (1, 2):
        found = {a["category_id"]: coco.annToMask(a) for a in coco.imgToAnns[image_id]}
        assert set(found) == {SKY, PERSON, CAR}
        for category_id, segment_id in ((SKY, 1), (PERSON, 2), (CAR, 3)):
            assert np.array_equal(found[category_id], segment_id == IDS)
    assert sorted(coco.anns) == [1, 2, 3, 4, 5, 6]


def test_pictures_keep_different_coco_ids():
    files = [coco_instances(replace(SOURCE, image_id=number)) for number in (139, 7)]
    document = json.loads(b"".join(join_coco_instances(files)))
    assert [image["id"] for image in document["images"]] == [139, 7]
    assert [a["image_id"] for a in document["annotations"]] == [139, 139, 7, 7]


def test_yolo_has_the_border_of_each_thing_as_fractions():
    person, car = yolo_labels(SOURCE).decode().splitlines()
    words = person.split()
    assert words[0] == "0"
    pixels = (np.array(words[1:], float).reshape(-1, 2) * (6, 4)).astype(int)
    assert set(map(tuple, pixels.tolist())) == {(0, 1), (0, 3), (2, 3), (2, 1)} | {
        (0, 2),
        (1, 1),
        (2, 2),
        (1, 3),
    }
    assert car.split()[0] == "2"  # the third thing, after bicycle
    pixels = (np.array(car.split()[1:], float).reshape(-1, 2) * (6, 4)).astype(int)
    assert set(map(tuple, pixels.tolist())) == {(4, 1), (4, 3)}


def test_yolo_numbers_its_classes_from_0_on():
    lines = yolo_table(SOURCE).decode().splitlines()
    assert lines[:6] == [
        *("path: .", "train: images", "val: images", "names:"),
        '  0: "person"',
        '  1: "bicycle"',
    ]
    assert len(lines) == 4 + 80
    assert len(yolo_table(WITH_STUFF).decode().splitlines()) == 4 + 133


@pytest.mark.parametrize("run", [1, 2**14 - 1, 2**14, 2**14 + 1, 2**15])
def test_label_studio_s_run_lengths_at_their_longest(run):
    """2^14 pixels are 2^16 samples, what a run can have; read as the format is described."""
    mask = np.zeros((1, 2 * run + 1), bool)
    mask[0, :run] = True
    bits = "".join(f"{byte:08b}" for byte in brush_rle(mask))
    assert [int(bits[a:b], 2) for a, b in ((0, 32), (32, 37), (37, 41), (49, 53))] == [
        *(4 * mask.size, 7, 2, 15),
    ]
    values, at = [], 53
    while len(values) < 4 * mask.size:
        assert bits[at : at + 3] == "111"
        length, value = int(bits[at + 3 : at + 19], 2) + 1, int(bits[at + 19 : at + 27], 2)
        values += [value] * length
        at += 27
    assert np.array_equal(np.array(values).reshape(-1, 4), np.repeat(mask.T * 255, 4, axis=1))


def test_a_label_studio_task_names_the_picture_or_holds_it():
    (task,) = json.loads(label_studio_task(SOURCE))
    assert task["data"] == {"image": "/data/local-files/?d=beach/a%20b.jpg"}
    (prediction,) = task["predictions"]
    assert [region["value"]["brushlabels"] for region in prediction["result"]] == [
        *(["sky-other-merged"], ["person"], ["car"])
    ]
    (task,) = json.loads(label_studio_task(replace(SOURCE, image=np.zeros((4, 6, 3), np.uint8))))
    assert task["data"]["image"].startswith("data:image/jpeg;base64,/9j/")


def test_label_studio_tasks_are_joined_to_one_list():
    tasks = json.loads(b"".join(join_label_studio_tasks([label_studio_task(SOURCE)] * 3)))
    assert tasks == json.loads(label_studio_task(SOURCE)) * 3
    assert json.loads(b"".join(join_label_studio_tasks([label_studio_task(SOURCE)])))


def test_label_studio_s_interface_has_each_label():
    labels = ET.fromstring(label_studio_config(SOURCE)).findall("BrushLabels/Label")
    assert [label.get("value") for label in labels] == [c.name for c in COCO.table]


def test_labelme_masks_lie_in_their_boxes():
    document = json.loads(labelme_file(SOURCE))
    assert document["imagePath"] == "beach/a b.jpg"
    assert document["imageData"] is None
    assert [shape["label"] for shape in document["shapes"]] == ["sky-other-merged", "person", "car"]
    person = document["shapes"][1]
    assert person["points"] == [[0, 1], [2, 3]]
    mask = np.asarray(Image.open(io.BytesIO(base64.b64decode(person["mask"]))))
    assert np.array_equal(mask > 0, IDS[1:4, :3] == 2)
    held = json.loads(labelme_file(replace(SOURCE, image=np.zeros((4, 6, 3), np.uint8))))
    assert Image.open(io.BytesIO(base64.b64decode(held["imageData"]))).size == (6, 4)


def test_cvat_s_run_lengths_begin_outside():
    root = ET.fromstring(cvat_file(SOURCE))
    sky, person, _ = root.findall("image/mask")
    # Rows of the box of 5 x 4: 11111 00010 00011 00010
    assert sky.get("rle") == "0, 5, 3, 1, 4, 2, 3, 1, 1"
    assert person.get("rle") == "0, 4, 1, 4"
    assert [person.get(side) for side in ("left", "top", "width", "height")] == ["0", "1", "3", "3"]
    assert len(root.findall("meta/task/labels/label")) == 133


def test_cvat_s_pictures_are_numbered():
    files = [cvat_file(SOURCE), cvat_file(replace(SOURCE, file_name='<&".jpg'))]
    root = ET.fromstring(b"".join(join_cvat_files(files)))
    assert [(image.get("id"), image.get("name")) for image in root.findall("image")] == [
        ("0", "beach/a b.jpg"),
        ("1", '<&".jpg'),
    ]
    assert [len(image) for image in root.findall("image")] == [3, 3]
    assert len(root.findall("meta/task/labels/label")) == 133


def test_the_semantic_map_counts_the_lines_of_its_table():
    picture = Image.open(io.BytesIO(semantic_png(SOURCE)))
    rows = list(csv.DictReader(io.StringIO(semantic_table(SOURCE).decode("utf-8-sig"))))
    names = np.array([row["name"] for row in rows])
    assert [int(row["value"]) for row in rows] == list(range(134))
    expected = np.array(["void", "sky-other-merged", "person", "car"])[IDS]
    assert np.array_equal(names[np.asarray(picture)], expected)
    person = COCO[PERSON].color
    assert picture.convert("RGB").getpixel((0, 1)) == person
    assert rows[1]["color"] == "#{:02x}{:02x}{:02x}".format(*person)


def test_more_categories_than_a_byte_tells_apart_take_two():
    many = [replace(COCO[PERSON], id=number) for number in range(1000, 1300)]
    many[299] = replace(many[299], id=CAR)
    categories = Categories(tuple(many), labels=tuple(range(300)))
    source = replace(SOURCE, result=PanopticResult.from_map(IDS, {3: CAR}, categories))
    picture = Image.open(io.BytesIO(semantic_png(source)))
    assert picture.mode == "I;16"
    assert np.array_equal(np.asarray(picture), np.where(IDS == 3, 300, 0))
    lines = semantic_table(source).decode().splitlines()
    assert lines[301].startswith("300,3,person (3),")


def test_geojson_has_closed_rings_and_holes_in_pixels():
    document = json.loads(geojson_file(SOURCE))
    assert document["image"] == {"file_name": "beach/a b.jpg", "width": 6, "height": 4}
    sky, person, car = document["features"]
    assert person["geometry"] == {
        "type": "MultiPolygon",
        "coordinates": [
            [
                [[0, 1], [0, 4], [3, 4], [3, 1], [0, 1]],
                [[1, 2], [2, 2], [2, 3], [1, 3], [1, 2]],
            ]
        ],
    }
    assert person["properties"]["name"] == "person 1"
    assert len(car["geometry"]["coordinates"]) == 2
    assert sky["properties"]["is_thing"] is False


def test_what_a_person_has_made_is_marked_where_a_format_can():
    by_hand = replace(SOURCE.result.segments[1], hand_made=True)
    sky, _, car = SOURCE.result.segments
    result = replace(SOURCE.result, segments=(sky, by_hand, car))
    source = replace(SOURCE, result=result, stuff=True)

    def marks(entries, key):
        return [entry.get(key) for entry in entries]

    coco = json.loads(coco_instances(source))["annotations"]
    assert marks(coco, "hand_made") == [None, True, None]
    panoptic = exports.coco_panoptic(result, 1, "a.png")[1]["segments_info"]
    assert marks(panoptic, "hand_made") == [None, True, None]
    assert marks(exports.segments_json(result)["segments"], "hand_made") == [None, True, None]
    masks = ET.fromstring(cvat_file(source)).findall("image/mask")
    assert marks(masks, "source") == ["auto", "manual", "auto"]
    (task,) = json.loads(label_studio_task(source))
    regions = task["predictions"][0]["result"]
    assert marks(regions, "origin") == ["prediction", "manual", "prediction"]
    shapes = json.loads(labelme_file(source))["shapes"]
    assert marks(shapes, "flags") == [{}, {"hand_made": True}, {}]
    assert marks(shapes, "description") == ["100%", "by hand", "100%"]
    features = json.loads(geojson_file(source))["features"]
    assert marks([each["properties"] for each in features], "hand_made") == [False, True, False]
    assert marks(exports.legend_rows(result), "hand_made") == [0, 1, 0]
    assert "by hand" in result_html(result)
    assert "by a person: person 1\n" in readme(result, "a")
    assert "por una persona: persona 1\n" in readme(result, "a", "es")
    assert "person: " not in readme(SOURCE.result, "a")


def test_equal_names_are_told_apart():
    person = COCO[PERSON]
    names = label_names([person, replace(person, id=5), replace(person, id=9, name="x")])
    assert names == {1: "person (1)", 5: "person (5)", 9: "x"}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("stuff", [False, True])
def test_an_empty_result_is_a_good_file_too(kind, stuff):
    empty = ExportSource(
        PanopticResult.from_map(np.zeros((3, 4), int), {}, COCO), "a.jpg", stuff=stuff
    )
    for path, content in export_files(empty, kind, "a").items():
        if path.endswith(("json", "geojson")):
            json.loads(content)
        elif path.endswith("xml"):
            ET.fromstring(content)
        elif path.endswith("png"):
            assert not np.asarray(Image.open(io.BytesIO(content))).any()
