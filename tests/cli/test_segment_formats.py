"""``segment --format``: files for other tools, of one picture and of whole folders."""

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from detr_gradio.cli import main
from detr_gradio.cli.parser import build_parser
from detr_gradio.messages import message
from detr_gradio.result.formats import FORMATS
from detr_gradio.result.options import EXPORT_FORMATS

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    (folder / "may").mkdir()
    for name, source in (("139.jpg", "scene-car"), ("may/a car.jpg", "scene-tram")):
        Image.open(EXAMPLES / f"{source}.jpg").resize((320, 240)).save(folder / name)
    return folder


@pytest.fixture
def segment(photos, tmp_path):
    def run(*words, places=(photos,), status=0):
        fixed = ["--output", str(tmp_path), "--checkpoint", "toy-scenes", "--detail", "240"]
        places = list(map(str, places))
        assert main(["segment", *places, *fixed, "--language", "en", *words]) == status
        return tmp_path

    return run


def files(folder):
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if path.parts[0] != ".parts"}


def test_the_command_line_offers_every_format():
    assert set(EXPORT_FORMATS) == set(FORMATS)
    words = ["segment", "x", "--output", "y", "--format", *EXPORT_FORMATS]
    assert build_parser().parse_args(words).format == list(EXPORT_FORMATS)


def test_all_formats_of_a_folder(segment, photos):
    out = segment("--format", *EXPORT_FORMATS, "panoptic", "csv")
    assert files(out) == {
        *("coco.json", "cvat.xml", "label-studio.json", "label-studio.xml", "detr-panoptic.jsonl"),
        *("yolo/data.yaml", "yolo/labels/139.txt", "yolo/labels/may/a car.txt"),
        *("semantic/categories.csv", "semantic/139.png", "semantic/may/a car.png"),
        *("labelme/139.json", "labelme/may/a car.json", "139.geojson", "may/a car.geojson"),
        *("139_panoptic.png", "may/a car_panoptic.png", "139.csv", "may/a car.csv"),
    }
    coco = COCO(out / "coco.json")
    names = {image["file_name"]: image["id"] for image in coco.imgs.values()}
    assert names == {"139.jpg": 139, "may/a car.jpg": 1}
    with (out / "139.csv").open(encoding="utf-8-sig", newline="") as file:
        things = [row for row in csv.DictReader(file) if row["kind"] == "thing"]
    assert things
    areas = sorted(int(coco.annToMask(entry).sum()) for entry in coco.imgToAnns[139])
    assert areas == sorted(int(row["pixels"]) for row in things)
    assert len((out / "yolo/labels/139.txt").read_text().splitlines()) == len(things)

    root = ET.parse(out / "cvat.xml").getroot()
    assert [image.get("name") for image in root.iter("image")] == ["139.jpg", "may/a car.jpg"]
    tasks = json.loads((out / "label-studio.json").read_text())
    assert tasks[1]["data"]["image"] == "/data/local-files/?d=may/a%20car.jpg"
    labelme = json.loads((out / "labelme/may/a car.json").read_text())
    assert (out / "labelme/may" / labelme["imagePath"]).samefile(photos / "may/a car.jpg")
    ids = np.asarray(Image.open(out / "139_panoptic.png"))[..., 0]
    numbers = np.asarray(Image.open(out / "semantic/139.png"))
    assert len({*zip(ids.ravel().tolist(), numbers.ravel().tolist(), strict=True)}) == ids.max() + (
        0 in ids
    )


def test_a_later_run_joins_what_was_made_without_the_network(segment, photos, monkeypatch, capsys):
    out = segment("--format", "coco", places=[photos / "139.jpg"])
    assert len(COCO(out / "coco.json").imgs) == 1
    segment("--format", "coco")
    both = (out / "coco.json").read_bytes()
    assert len(json.loads(both)["images"]) == 2
    (out / "coco.json").unlink()
    monkeypatch.setattr("detr_gradio.segmenter.load_segmenter", None)
    segment("--format", "coco")
    assert (out / "coco.json").read_bytes() == both
    assert "done before: 2" in capsys.readouterr().out.splitlines()[-1]


def test_stuff_and_polygons_are_options(segment, photos):
    out = segment("--format", "coco", "yolo", places=[photos / "139.jpg"])
    things = json.loads((out / "coco.json").read_text())
    assert len(things["categories"]) == 80
    assert all("counts" in entry["segmentation"] for entry in things["annotations"])
    lines = len((out / "yolo/labels/139.txt").read_text().splitlines())
    options = ("--stuff", "--polygons")
    segment("--format", "coco", "yolo", *options, places=[photos / "139.jpg"])
    everything = json.loads((out / "coco.json").read_text())
    assert len(everything["categories"]) == 133
    assert len(everything["annotations"]) > len(things["annotations"])
    assert isinstance(everything["annotations"][0]["segmentation"], list)
    assert len((out / "yolo/labels/139.txt").read_text().splitlines()) > lines
    names = re.findall(r"^  \d+: ", (out / "yolo/data.yaml").read_text(), re.M)
    assert len(names) == 133


def test_a_bad_picture_is_left_out_of_the_data_set(segment, photos, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    out = segment("--format", "coco", places=[tmp_path / "bad.jpg", photos], status=1)
    assert len(COCO(out / "coco.json").imgs) == 2


def test_somebody_else_s_file_is_not_overwritten(segment, photos, tmp_path, capsys):
    (tmp_path / "coco.json").write_text("mine")
    segment("--format", "coco", status=2)
    assert capsys.readouterr().err == message("cli_file_taken", "en", name="coco.json") + "\n"
    assert (tmp_path / "coco.json").read_text() == "mine"


def test_a_picture_called_as_a_data_set_gets_another_name(segment, photos, tmp_path):
    for name in ("coco.jpg", "labelme/x.jpg"):
        (tmp_path / "more" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "more" / name).write_bytes((photos / "139.jpg").read_bytes())
    out = segment("--format", "coco", "json", "labelme", places=[tmp_path / "more"])
    assert {"coco.json", "_coco.json", "_labelme/x.json", "labelme/_labelme/x.json"} <= files(out)
