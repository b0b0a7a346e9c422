"""The command ``evaluate`` on toy scenes in COCO's format gives the PQ that training reports."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from detr_gradio.cli import main
from detr_gradio.result.coco import COCO
from detr_gradio.result.exports import coco_dataset
from training.evaluate import evaluate
from training.features import HELD_OUT
from training.scenes import draw_scene

SEEDS = range(HELD_OUT, HELD_OUT + 3)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """A folder as COCO's: pictures, panoptic PNG files and their annotations."""
    folder = tmp_path_factory.mktemp("scenes")
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    images, annotations = [], []
    for number, seed in enumerate(SEEDS, 1):
        scene = draw_scene(seed)
        height, width = scene.segment_ids.shape
        picture, png = f"{number:012}.png", f"{number:012}.png"
        Image.fromarray(scene.image).save(folder / "images" / picture)
        ids = scene.segment_ids
        rgb = np.stack([ids % 256, ids // 256 % 256, ids // 65536], axis=-1).astype(np.uint8)
        Image.fromarray(rgb).save(folder / "masks" / png)
        images.append({"id": number, "file_name": picture, "width": width, "height": height})
        annotations.append(
            {"image_id": number, "file_name": png, "segments_info": scene.segments_info}
        )
    document = json.dumps(coco_dataset(images, annotations, COCO))
    (folder / "panoptic.json").write_text(document)
    return folder


@pytest.fixture(scope="module")
def reported():
    """What training reports for the same seeds."""
    return evaluate("toy-scenes", SEEDS).scores


@pytest.fixture
def run(scenes, tmp_path, capsys):
    """Run the command; returns the figures it prints, by group."""

    def command(*words):
        folders = ["--images", scenes / "images", "--masks", scenes / "masks"]
        folders += ["--annotations", scenes / "panoptic.json", "--output", tmp_path / "scores"]
        options = ["--checkpoint", "toy-scenes", "--method", "paper"]
        assert main(["evaluate", *map(str, folders), *options, *words]) == 0
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        return {
            line[0]: line[1:4] for line in lines if line[:1] in (["all"], ["things"], ["stuff"])
        }

    return command


def test_same_quality_as_training_reports(run, reported, tmp_path):
    assert run() == {
        group: [f"{getattr(getattr(reported, group), figure):.2f}" for figure in ("pq", "sq", "rq")]
        for group in ("all", "things", "stuff")
    }
    assert 10 < reported.all.pq < 99  # neither failure nor the truth itself

    with (tmp_path / "scores" / "categories.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {int(row["COCO id"]): row for row in csv.DictReader(file)}
    assert {key: float(row["PQ"]) for key, row in rows.items()} == pytest.approx(
        {key: quality.pq for key, quality in reported.categories.items()}, abs=0.01
    )


def test_other_scenes_have_another_quality(run, reported):
    assert run("--limit", "1")["all"][0] != f"{reported.all.pq:.2f}"
