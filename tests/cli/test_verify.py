"""``verify`` against a Hub of the test's own; what it expects was computed by transformers."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hotcoco.panoptic import pq_compute
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import DetrForSegmentation, DetrImageProcessorPil

from detr_gradio.cli import main
from detr_gradio.limits import limits
from detr_gradio.result.coco import COCO
from detr_gradio.result.exports import coco_dataset
from tests.support.fake_hub import R50, FakeHub
from tests.support.half_precision import needs_bfloat16
from tests.support.panoptic_by_pixels import released

# Runs verify for each folder of a Hub in turn, in one process: torch takes seconds to import.
# Prints the exit status and the checks of each.
_VERIFY = """
import contextlib, dataclasses, io, json, os, shutil, sys
from pathlib import Path
from PIL import Image
from detr_gradio.checkpoints import catalogue
from detr_gradio.cli import main
from detr_gradio.evaluation import verification
from detr_gradio.model import network
from tests.support.half_precision import has_bfloat16

network.bfloat16_pays = has_bfloat16
served, rest = Path(sys.argv[1]), sys.argv[2:]
verification.PICTURE = f"{os.environ['HF_ENDPOINT']}/{sys.argv[2]}/resolve/main/picture.png"
figures = json.loads((served / "figures.json").read_text())
quality = figures.pop("quality")
verification.FIGURES = {sys.argv[2]: verification.Figures(**figures)}
published = catalogue.CATALOGUE

def verify(*words):
    shutil.rmtree(os.environ["HF_HOME"], ignore_errors=True)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = main(["verify", sys.argv[2], *words])
    return printed.getvalue(), status

def checked(*words):
    printed, status = verify("--json", *words)
    print(json.dumps([status, json.loads(printed)]))

catalogue.CATALOGUE = {sys.argv[2]: dataclasses.replace(published[sys.argv[2]], pq=quality)}
checked("--coco", str(served))
print(json.dumps(verify()))
catalogue.CATALOGUE = published
checked("--coco", str(served))
for name in ("one weight", "one category", "a lost tensor"):
    shutil.copy(served / name, served / "model.safetensors")
    checked()
shutil.copy(served / "right", served / "model.safetensors")
resize = Image.Image.resize
Image.Image.resize = lambda image, size, _: resize(image, size, Image.Resampling.NEAREST)
checked()
print(json.dumps(verify()))
"""


@pytest.fixture(scope="module")
def runs(small_folder, picture, tmp_path_factory):
    """What ``verify`` says of the right network, of wrong ones, and of another rule for pixels."""
    served = shutil.copytree(small_folder, tmp_path_factory.mktemp("hub") / "served")
    picture = picture[:, ::-1].copy()  # its first pixels differ, and are not all white
    image = Image.fromarray(picture)
    image.save(served / "picture.png")
    inputs = DetrImageProcessorPil.from_pretrained(served)(images=image, return_tensors="pt")
    with torch.inference_mode():
        theirs = DetrForSegmentation.from_pretrained(served).eval()(**inputs)
    scores, labels = theirs.logits[0].softmax(-1)[:, :-1].max(-1)
    sure = scores > 0.85
    segments = list(zip(labels[sure].tolist(), scores[sure].tolist(), strict=True))
    assert len(segments) >= 3
    figures = {
        "pixels": inputs["pixel_values"][0, 0, 0, :3].tolist(),
        "logits": theirs.logits[0, :3, :3].tolist(),
        "boxes": theirs.pred_boxes[0, :3, :3].tolist(),
        "masks": theirs.pred_masks[0, 0, :3, :3].tolist(),
        "segments": segments[1:],  # another way to assemble them leaves out some
        "quality": write_coco(served, picture),
    }
    (served / "figures.json").write_text(json.dumps(figures))
    weights = load_file(served / "model.safetensors")
    save_file(weights, served / "right")
    save_file(weights | {"mask_head.out_lay.bias": weights["mask_head.out_lay.bias"] + 0.1},
              served / "one weight")  # fmt: skip
    name = "detr.class_labels_classifier.bias"
    bias = weights[name].clone()
    bias[segments[-1][0]] -= 20  # its label is never said again
    save_file(weights | {name: bias}, served / "one category")
    save_file({key: each for key, each in weights.items() if key != name}, served / "a lost tensor")
    with FakeHub(served) as hub:
        told = subprocess.run(
            [sys.executable, "-c", _VERIFY, str(served), R50],
            env={
                **os.environ,
                "HF_ENDPOINT": hub.address,
                "HF_HOME": str(tmp_path_factory.mktemp("cache") / "hf"),
                "LANG": "en_GB.UTF-8",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


def write_coco(folder, picture):
    """As COCO's, with one picture: what DETR's code finds there, and sky over its upper third.

    Returns:
        PQ of what DETR's code finds in the picture, 0..100, as hotcoco computes it.
    """
    (folder / "val2017").mkdir()
    Image.fromarray(picture).save(folder / "val2017" / "1.jpg", quality=95)
    image = Image.open(folder / "val2017" / "1.jpg")
    inputs = DetrImageProcessorPil.from_pretrained(folder)(images=image, return_tensors="pt")
    with torch.inference_mode():
        theirs = DetrForSegmentation.from_pretrained(folder).eval()(**inputs)
    scores, labels = theirs.logits[0].softmax(-1)[:, :-1].max(-1)
    said = SimpleNamespace(
        scores=scores.numpy(),
        category_ids=labels.numpy(),
        mask_logits=theirs.pred_masks[0].numpy(),
        input_size=tuple(inputs["pixel_values"].shape[2:]),
        image_size=picture.shape[:2],
    )
    owners, _ = released(said, 0.85)
    found = np.array(owners) + 1
    truth = found.copy()
    truth[: len(truth) // 3] = SKY_ID
    categories = {query + 1: category for query, category in enumerate(labels.tolist())}
    categories[SKY_ID] = 187
    annotations = folder / "annotations"
    write_map(annotations / "panoptic_val2017", truth, categories)
    write_map(folder / "found", found, categories)
    quality = pq_compute(
        *(str(each) for each in (annotations / "panoptic_val2017.json", folder / "found.json"))
    )
    return 100 * quality["All"]["pq"]


SKY_ID = 200


def write_map(folder, ids, categories):
    """Write a map of segments, (H, W), as COCO's PNG file and the JSON file beside its folder."""
    folder.mkdir(parents=True)
    height, width = ids.shape
    Image.fromarray(np.stack([ids, ids * 0, ids * 0], 2).astype(np.uint8)).save(folder / "1.png")
    segments = []
    for segment in np.unique(ids).tolist():
        rows, columns = np.nonzero(ids == segment)
        left, top = int(columns.min()), int(rows.min())
        box = [left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1]
        area = len(rows)
        segments.append(
            {"id": segment, "category_id": categories[segment], "area": area, "iscrowd": 0,
             "bbox": box}
        )  # fmt: skip
    images = [{"id": 1, "file_name": "1.jpg", "height": height, "width": width}]
    entry = {"image_id": 1, "file_name": "1.png", "segments_info": segments}
    content = coco_dataset(images, [entry], COCO)
    folder.with_suffix(".json").write_text(json.dumps(content))


def verdicts(checks):
    return {check["what"]: check["holds"] for check in checks}


RIGHT = {
    "files, keys, shapes": True,
    "pixels": True,
    "logits": True,
    "boxes": True,
    "masks": True,
    "segments": True,
}


def test_the_right_network_holds(runs):
    status, checks = runs[0]
    assert verdicts(checks) == RIGHT | {"PQ on val2017": True}
    quality = float(checks[-1]["got"])
    assert 1 < quality < 99  # neither nothing nor all of it agrees
    assert checks[-1]["expected"].startswith(str(quality)[:3])
    assert status == 0
    printed, status = runs[1]
    assert status == 0
    assert "WRONG" not in printed


@needs_bfloat16
def test_fast_has_a_column_beside(runs):
    checks = {check["what"]: check for check in runs[0][1]}
    assert checks["files, keys, shapes"]["fast"] == ""
    assert checks["pixels"]["fast"].startswith(checks["pixels"]["got"])  # of float32 in any case
    for name in ("logits", "boxes", "masks"):
        assert re.fullmatch(r"\[\d, \d\] -?\d+\.\d{4} for -?\d+\.\d{4}", checks[name]["fast"])
    assert 1 < float(checks["PQ on val2017"]["fast"]) < 99
    assert re.search(r"logits +ok\n    expected  .+\n    got       .+\n    fast      ", runs[1][0])


def test_a_quality_that_is_not_the_published_one_is_found(runs):
    status, checks = runs[2]
    assert verdicts(checks) == RIGHT | {"PQ on val2017": False}
    assert checks[-1]["expected"] == "43.4 ± 0.2"
    assert status == 1


def test_one_wrong_weight_is_found_where_it_is(runs):
    status, checks = runs[3]
    assert status == 1
    assert verdicts(checks) == RIGHT | {"masks": False}
    (wrong,) = (check for check in checks if not check["holds"])
    (place, expected), (same_place, got) = (
        wrong[name].rsplit(" ", 1) for name in ("expected", "got")
    )
    assert place == same_place
    assert float(got) - float(expected) == pytest.approx(0.1, abs=2e-4)


def test_one_wrong_category_is_found(runs):
    status, checks = runs[4]
    assert status == 1
    assert verdicts(checks)["segments"] is False
    assert verdicts(checks)["masks"] is True


def test_a_lost_tensor_is_named(runs):
    status, checks = runs[5]
    assert status == 1
    assert verdicts(checks) == {"files, keys, shapes": False}
    assert "missing: detr.class_labels_classifier.bias" in checks[0]["got"]


def test_another_rule_for_pixels_is_found_where_it_begins(runs):
    status, checks = runs[6]
    assert status == 1
    assert verdicts(checks)["files, keys, shapes"] is True
    assert verdicts(checks)["pixels"] is False


def test_the_table_says_what_is_wrong(runs):
    printed, status = runs[7]
    assert status == 1
    assert re.search(r"DETR-R50 +pixels +WRONG\n +expected  \[\d\] -?\d\.\d{4}\n +got ", printed)
    assert "checks are wrong" in printed


def test_without_the_hub_it_says_so_at_once(tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(
        [sys.executable, "-m", "detr_gradio", "verify", "--language", "es"],
        env={**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 3
    assert told.stderr.startswith("DETR-R101 no está en este equipo y no se puede llegar al Hub")
    assert len(told.stderr.splitlines()) == 1
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Whatever else the machine does; and a Hub that says nothing is not waited for longer.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5
    assert limits().hub_timeout < 5


def test_a_folder_of_ones_own_has_its_files_verified(small_folder, tmp_path, capsys):
    folder = shutil.copytree(small_folder, tmp_path / "mine")
    assert main(["verify", str(folder), "--json"]) == 0
    assert verdicts(json.loads(capsys.readouterr().out)) == {"files, keys, shapes": True}
    weights = load_file(folder / "model.safetensors")
    weights.popitem()
    save_file(weights, folder / "model.safetensors")
    assert main(["verify", str(folder), "--json"]) == 1
    assert verdicts(json.loads(capsys.readouterr().out)) == {"files, keys, shapes": False}
