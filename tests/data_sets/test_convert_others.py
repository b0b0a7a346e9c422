"""Files that other people's tools wrote are converted to what these tools say is in them."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import coco as coco_files
from pycocotools import mask as coco_mask
from supervision import DetectionDataset, Detections

from detr_gradio.cli import main
from detr_gradio.data_sets.checking import check_data_set
from tests.result.test_formats_read_back import READERS
from tests.support.conversion_cases import converted

SCRIPT = Path(__file__).parents[1] / "support" / "write_elsewhere.py"


def write(tool, folder):
    if not READERS.exists():
        pytest.skip("the readers' environment is missing: make test installs it")
    script = [READERS, SCRIPT, tool, folder]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "masks.npz") as masks:
        return dict(masks)


def convert(source, output, *words):
    status = main(["convert", str(source), "--output", str(output), *words])
    assert status == 0
    assert check_data_set(output).faults == []
    return converted(output)


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("labelme", []),
        ("label_studio", []),
        ("datumaro_cvat", []),
        ("datumaro_coco", ["--no-crowds"]),
    ],
)
def test_their_masks_are_the_segments(tmp_path, tool, words):
    source = tmp_path / "source"
    source.mkdir()
    expected = write(tool, source)
    found = convert(source, tmp_path / "out", *words, "--stuff", "sky")
    (segments,) = found.values()
    assert {name: kind for name, kind, *_ in segments} == {
        name: int(name != "sky") for name in expected
    }
    assert len(segments) == len(expected)
    for name, _, crowd, mask in segments:
        assert np.array_equal(mask, expected[name]), name
        assert crowd == 0


def test_supervision_s_coco(tmp_path):
    masks = np.zeros((3, 48, 64), bool)
    masks[0, 5:20, 6:30] = True
    masks[0, 9:12, 10:14] = False  # a hole: run lengths
    masks[1, 30:45, 30:60] = True  # one part: a polygon
    masks[2, 2:4, 50:60] = masks[2, 10:12, 50:60] = True  # two parts
    corners = [[np.where(m)[1].min(), np.where(m)[0].min()] for m in masks]
    boxes = np.array([[*corner, corner[0] + 9, corner[1] + 9] for corner in corners], float)
    image = np.full((48, 64, 3), 90, np.uint8)
    Image.fromarray(image).save(tmp_path / "a b.png")
    detections = Detections(xyxy=boxes, mask=masks, class_id=np.array([0, 1, 0]))
    path = str(tmp_path / "a b.png")
    DetectionDataset(["cat", "glass"], [path], {path: detections}).as_coco(
        str(tmp_path / "source" / "images"), str(tmp_path / "source" / "annotations.json")
    )
    found = convert(tmp_path / "source", tmp_path / "out")
    (segments,) = found.values()
    got = {name: mask for name, *_, mask in segments if name == "glass"}
    # Its polygons go through the middle of pixels; pycocotools fills to the same within that line.
    assert (got["glass"] & ~masks[1]).sum() == 0
    assert (~got["glass"] & masks[1]).sum() <= 15 + 30
    cats = {mask.tobytes() for name, *_, mask in segments if name == "cat"}
    assert cats == {masks[0].tobytes(), masks[2].tobytes()}


def test_pycocotools_reads_the_same_masks(tmp_path):
    """Polygons, run lengths compressed and not, a crowd; unlike what lies over it, all is seen."""
    Image.new("RGB", (64, 48), (9, 9, 9)).save(tmp_path / "7.png")
    ring = np.zeros((48, 64), np.uint8, order="F")
    ring[5:20, 6:30] = 1
    ring[9:12, 10:14] = 0
    compressed = coco_mask.encode(ring)
    annotations = [
        {"segmentation": [[30.5, 28, 62, 30, 59, 45, 31, 40], [40, 2, 50, 2, 45, 9]]},
        {"segmentation": {"size": [48, 64], "counts": compressed["counts"].decode()}},
        {"segmentation": {"size": [48, 64], "counts": [48 * 56 + 20, 10, *([38, 10] * 7), 18]}},
    ]
    annotations = [
        {"id": n, "image_id": 7, "category_id": n, "iscrowd": int(n == 3), **each}
        for n, each in enumerate(annotations, 1)
    ]
    assert sum(annotations[2]["segmentation"]["counts"]) == 48 * 64
    document = {
        "images": [{"id": 7, "file_name": "7.png", "width": 64, "height": 48}],
        "categories": [{"id": n, "name": f"c{n}"} for n in (1, 2, 3)],
        "annotations": annotations,
    }
    (tmp_path / "instances.json").write_text(json.dumps(document))
    coco = coco_files.COCO(tmp_path / "instances.json")
    expected = {f"c{n}": coco.annToMask(coco.anns[n]).astype(bool) for n in (1, 2, 3)}
    found = convert(tmp_path / "instances.json", tmp_path / "out")
    for name, _, crowd, mask in found["7.png"]:
        over = np.any([expected[n] for n in expected if n != name], axis=0)
        assert np.array_equal(mask & ~over, expected[name] & ~over)
        assert mask.any()
        assert crowd == (name == "c3")
    assert (
        json.loads((tmp_path / "out" / "panoptic_train.json").read_text())["images"][0]["id"] == 7
    )
