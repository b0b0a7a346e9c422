"""The tools' own libraries read the exported masks back: the same pixels, or nearly."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from supervision import DetectionDataset

from detr_gradio.result.coco import COCO
from detr_gradio.result.formats import FORMATS, ExportSource, export_files
from detr_gradio.result.panoptic import PanopticResult, assemble
from tests.support.panoptic_cases import (
    DOG,
    GRASS,
    PERSON,
    SKY,
    holes_and_parts,
    random_predictions,
)

READERS = Path(sys.prefix, "readers", *(("Scripts",) if os.name == "nt" else ("bin",)), "python")
SCRIPT = Path(__file__).parents[1] / "support" / "read_back.py"


def shore():
    ids = {1: SKY, 2: PERSON, 3: GRASS, 4: DOG}
    return PanopticResult.from_map(holes_and_parts(), ids, COCO)


def blobs():
    rng = np.random.default_rng(5)
    return assemble(
        random_predictions(rng, 12, (12, 16), image_size=(150, 200)),
        threshold=0.6,
        checkpoint="toy-scenes",
    )


def corrected(result):
    """A result of which a person has made the first segment."""
    first, *others = result.segments
    return replace(result, segments=(replace(first, hand_made=True), *others))


RESULTS = {"one.png": corrected(shore()), "two.png": blobs()}


def read(tool, folder, *paths):
    if not READERS.exists():
        pytest.skip("the readers' environment is missing: make test installs it")
    output = folder / "read.npz"
    script = [READERS, SCRIPT, tool, *paths, output]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    with np.load(output) as masks:
        return dict(masks)


def masks_by_category(results, key=str, things_alone=False):
    masks = {}
    for name, result in results.items():
        for segment in result.segments:
            if segment.is_thing or not things_alone:
                label = f"{key(name)}|{segment.category.name}"
                masks[label] = masks.get(label, False) | result.mask(segment.id)
    return masks


def write(kind, results, folder, **options):
    """Write a data set and return the path of its one file, if it has one."""
    parts = []
    for name, result in results.items():
        stem = name.removesuffix(".png")
        for path, content in export_files(
            ExportSource(result, name, **options), kind, stem
        ).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        parts.append((folder / FORMATS[kind].file.format(name=stem)).read_bytes())
    if FORMATS[kind].join:
        (folder / FORMATS[kind].data_set).write_bytes(b"".join(FORMATS[kind].join(parts)))
    return folder / FORMATS[kind].data_set


def write_pictures(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, result in results.items():
        Image.new("RGB", result.segment_ids.shape[::-1]).save(folder / name)


def require_same(found, expected):
    assert found.keys() == expected.keys()
    for key, mask in expected.items():
        assert np.array_equal(found[key], mask), key


def test_datumaro_reads_cvat_s_masks_exactly(tmp_path):
    path = write("cvat", RESULTS, tmp_path)
    write_pictures(RESULTS, tmp_path / "images")
    expected = masks_by_category(RESULTS, key=lambda name: name.removesuffix(".png"))
    require_same(read("datumaro", tmp_path, path), expected)
    # A single pixel makes a difference.
    path.write_text(path.read_text().replace('left="6"', 'left="7"', 1))
    with pytest.raises(AssertionError):
        require_same(read("datumaro", tmp_path, path), expected)


def test_label_studio_s_library_reads_its_masks_exactly(tmp_path):
    path = write("label-studio", RESULTS, tmp_path)
    found = read("label_studio", tmp_path, path, tmp_path / "label-studio.xml")
    require_same(found, masks_by_category(RESULTS, key=lambda n: f"/data/local-files/?d={n}"))


def test_labelme_reads_its_masks_exactly(tmp_path):
    write("labelme", RESULTS, tmp_path)
    write_pictures(RESULTS, tmp_path / "labelme")
    found = read("labelme", tmp_path, *sorted((tmp_path / "labelme").glob("*.json")))
    require_same(found, masks_by_category(RESULTS))


def test_shapely_reads_the_polygons_exactly(tmp_path):
    write("geojson", RESULTS, tmp_path)
    found = read("shapely", tmp_path, *sorted(tmp_path.glob("*.geojson")))
    require_same(found, masks_by_category(RESULTS))


@pytest.mark.parametrize("stuff", [False, True])
def test_supervision_reads_yolo_and_adds_lines_alone(tmp_path, stuff):
    write("yolo", RESULTS, tmp_path, stuff=stuff)
    write_pictures(RESULTS, tmp_path / "images")
    labels = tmp_path / "yolo" / "labels"
    dataset = DetectionDataset.from_yolo(
        str(tmp_path / "images"),
        str(labels),
        str(tmp_path / "yolo" / "data.yaml"),
        force_masks=True,
    )
    found = {}
    for path, _, detections in dataset:
        for class_id, mask in zip(detections.class_id, detections.mask, strict=True):
            key = f"{Path(path).name}|{dataset.classes[class_id]}"
            found[key] = found.get(key, False) | mask
    expected = masks_by_category(RESULTS, things_alone=not stuff)
    assert found.keys() == expected.keys()
    for key, mask in expected.items():
        assert not (mask & ~found[key]).any()  # nothing is missing
        assert (found[key] & ~mask).sum() <= 27 + 45  # the lines between the dog's three parts
