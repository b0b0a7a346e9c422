"""What a result becomes for other libraries, and how it shows itself."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from supervision import Detections

from detr_gradio.result import render
from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import PanopticResult, assemble
from tests.support.panoptic_cases import PERSON, SKY, from_owners, random_predictions


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


def test_a_crop_may_begin_anywhere():
    ids = np.zeros((6, 8), int)
    ids[1:4, 3:8] = 1
    assert PanopticResult.from_map(ids, {1: SKY}, COCO).crop(1).shape == (3, 5)


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
