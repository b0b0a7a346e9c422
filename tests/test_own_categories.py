"""Invented categories on their way through every surface that writes or says one."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from detr_gradio.checkpoints.catalogue import find
from detr_gradio.cli import main
from detr_gradio.evaluation import run
from detr_gradio.evaluation.report import write_report
from detr_gradio.images import load_image
from detr_gradio.result import exports, render
from detr_gradio.result.archive import write_zip
from detr_gradio.result.export_readme import readme
from detr_gradio.result.formats import FORMATS, ExportSource, export_files
from detr_gradio.segmenter import load_segmenter
from detr_gradio.server.launch import launch
from detr_gradio.service import Service
from detr_gradio.settings import Settings
from detr_gradio.ui.api import categories_with
from detr_gradio.ui.panel.result_panel import notice_value
from detr_gradio.ui.panel.why import why_value
from detr_gradio.ui.tabs.learn.explain import step_figures
from detr_gradio.ui.tabs.learn.own import own_checkpoint
from detr_gradio.ui.tabs.timeline import timeline_chart
from detr_gradio.ui.viewer import viewer_value
from detr_gradio.video.tables import FrameData, Timeline
from tests.support import mcp_client
from tests.support.bilingual import language_faults
from tests.support.fake_hub import FakeHub
from tests.support.made_videos import read_video, write_video
from tests.support.own_checkpoint import ARABIC, CATEGORIES, HTML, write_own_checkpoint

PICTURE = Path("examples/scene-bear.jpg")
IDS = [5, 900, 13, 14, 12, -3, 7001, 7001]
NAMES = ["glass", "Гора", "=1+1", "open sea", f"{ARABIC} 1", f"{HTML} 1", "汽车 1", "汽车 2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_own_checkpoint(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def segmenter(folder):
    return load_segmenter(folder, device="cpu")


@pytest.fixture(scope="module")
def image():
    return load_image(PICTURE)


@pytest.fixture(scope="module")
def result(segmenter, image):
    return segmenter.segment(image)


def test_result_and_json(result):
    assert [s.name() for s in result] == NAMES
    assert result["glass"].is_thing is False
    document = exports.segments_json(result)
    assert [s["category_id"] for s in document["segments"]] == IDS
    assert document["segments"][5]["label"] == HTML
    assert json.loads(json.dumps(document)) == document


def test_coco_files_list_the_checkpoint_s_categories(result):
    document = exports.coco_document(result, 1, image_name="a.jpg", png_name="a.png")
    assert [(c["id"], c["name"], c["isthing"]) for c in document["categories"]] == [
        (c["id"], c["name"], c["isthing"]) for c in CATEGORIES
    ]
    sea = document["categories"][7]
    assert sea["color"] == [9, 30, 120]
    (annotation,) = document["annotations"]
    assert [info["category_id"] for info in annotation["segments_info"]] == IDS


def test_tables_have_names_that_are_no_formulas(result):
    header, *rows = csv.reader(io.StringIO(exports.legend_csv(result)))
    assert header[-3:] == ["data set id", "data set name", "by hand"]
    assert [row[1] for row in rows] == [NAMES[0], NAMES[1], "'=1+1", *NAMES[3:]]
    assert [int(row[-3]) for row in rows] == IDS
    assert "COCO" not in exports.legend_csv(result, "es")


def test_pictures_have_the_categories_colors(result, image):
    flat = render.panoptic_map(result, color_by="category")
    for segment in result:
        pixels = flat[result.segment_ids == segment.id]
        assert (pixels == segment.category.color).all()
    assert result["open sea"].category.color == (9, 30, 120)
    assert len({segment.category.color for segment in result}) == 7
    assert render.overlay(image, result).shape == image.shape


def test_the_zip_file_says_nothing_of_coco_s_categories(result, image, tmp_path):
    write_zip(tmp_path / "a.zip", image, result, "a")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert "the 8 categories" in archive.read("README.txt").decode()
        assert not any("<" in name or ".." in name for name in archive.namelist())
    assert "cocodataset" not in readme(result, "a", "es")


@pytest.mark.parametrize("kind", FORMATS)
def test_other_tools_formats(result, kind):
    for path, content in export_files(ExportSource(result, "a.jpg", stuff=True), kind, "a").items():
        if path.endswith("json"):
            json.loads(content)
        elif path.endswith("xml"):
            assert HTML in "".join(ET.fromstring(content).itertext()) + str(
                [element.attrib for element in ET.fromstring(content).iter()]
            ).replace("\\'", "'")
        elif path.endswith("png"):
            assert len(np.unique(np.asarray(Image.open(io.BytesIO(content))))) >= 7
        elif path.endswith("csv"):
            assert "'=1+1" in content.decode("utf-8-sig")


def test_viewer_and_explanations_escape(segmenter, result, image):
    assert [s["name"] for s in viewer_value(image, result)["segments"]] == NAMES
    predictions, record = segmenter.predict(image), segmenter.attention(image)
    pages = [
        *step_figures(image, result, predictions, record).values(),
        *(why_value(image, result, predictions, record, segment) for segment in result),
    ]
    timeline = Timeline(0, 2)
    timeline.add(0.0, result)
    pages.append(timeline_chart(timeline))
    assert not any("<img src=x" in page for page in pages)
    assert any("&lt;img src=x" in page for page in pages)
    assert any(ARABIC in page for page in pages)


def test_tables_of_videos(result, tmp_path):
    with FrameData(tmp_path / "a.csv", tmp_path / "a.jsonl", "es") as data:
        data.write(0, 0.0, True, result)
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert [row["label"] for row in rows][2:4] == ["'=1+1", "mar abierto"]
    line = json.loads((tmp_path / "a.jsonl").read_text())
    assert [segment["category_id"] for segment in line["segments"]] == IDS


def test_programs_are_told_the_checkpoint_s_categories(folder):
    listed = categories_with(Service(checkpoint=str(folder)))()
    assert [(c["id"], c["name"], c["is_thing"]) for c in listed] == [
        (c["id"], c["name"], bool(c["isthing"])) for c in CATEGORIES
    ]
    assert (listed[7]["label"], listed[7]["label_es"]) == ("open sea", "mar abierto")
    assert len(categories_with(Service(checkpoint=str(folder)))("toy-scenes")) == 133


def test_the_command_line_and_an_evaluation(folder, segmenter, result, tmp_path, capsys):
    output = tmp_path / "out"
    assert (
        main(["segment", str(PICTURE), "--checkpoint", str(folder), "--output", str(output)]) == 0
    )
    document = json.loads((output / "scene-bear.json").read_text())
    assert [info["category_id"] for info in document["annotations"][0]["segments_info"]] == IDS
    # What it found, as ground truth: everything is found, ids below 0 included.
    (output / "masks").mkdir()
    (output / "scene-bear_panoptic.png").rename(output / "masks" / "scene-bear_panoptic.png")
    found = run.run(
        *(segmenter, PICTURE.parent, output / "scene-bear.json", output / "masks"),
        output=output / "evaluation",
        method="paper",
    )
    assert found.scores.all.pq == pytest.approx(100)
    assert sorted(found.scores.categories) == sorted(set(IDS))
    page = write_report(
        found,
        segmenter.checkpoint,
        images_dir=PICTURE.parent,
        masks_dir=output / "masks",
        output=output / "evaluation",
    ).read_text()
    assert "data set id" in page
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "banana" not in page


def test_the_guide_shows_the_checkpoint_s_categories_and_its_card(folder):
    (folder / "README.md").write_text(
        f"---\nlicense: mit\nbase_model: {json.dumps(HTML)}\n---\n# Zoo\n\nA zoo of {HTML}.\n"
    )
    page = own_checkpoint(Service(checkpoint=str(folder)))
    (folder / "README.md").unlink()
    assert "mit" in page
    assert "<img" not in page
    assert page.count("&lt;img src=x") == 3  # its base, its words, a category
    things, stuff = page.split("4 stuff")
    assert "4 things" in things
    assert [name in things for name in ("汽车", ARABIC, "glass")] == [True] * 3
    assert [name in stuff for name in ("Гора", "open sea", "mar abierto")] == [True] * 3
    assert "background:#091e78" in stuff
    assert language_faults(page) == []
    assert own_checkpoint(Service(checkpoint="toy-scenes")) == ""


def test_the_page_offers_the_detail_of_the_checkpoint_s_own_pictures(folder):
    assert find(folder).default_detail == 288
    (folder / "preprocessor_config.json").rename(folder / "kept")
    (folder / "preprocessor_config.json").write_text("{")
    assert find(folder).default_detail == 800
    (folder / "kept").replace(folder / "preprocessor_config.json")


def test_unknown_kinds_are_said(tmp_path, capsys):
    folder = write_own_checkpoint(tmp_path / "own", None)
    notice = notice_value(Service(checkpoint=str(folder)))
    assert "all count as things" in notice
    assert "categories.json" in notice
    listed = categories_with(Service(checkpoint=str(folder)))()
    assert {category["is_thing"] for category in listed} == {None}
    output = str(tmp_path / "out")
    arguments = [str(PICTURE), "--checkpoint", str(folder), "--output", output, "--format", "csv"]
    assert main(["segment", *arguments, "--language", "es"]) == 0
    assert "todas cuentan como cosas" in capsys.readouterr().err
    assert notice_value(Service(checkpoint="toy-scenes")) == ""


@pytest.fixture(scope="module")
def served(folder):
    app = launch(Settings(mcp=True), Service(checkpoint=str(folder)), block=False)
    yield app
    app.close()


def test_over_http(served, result):
    client = Client(served.url, verbose=False)
    _, segments, panoptic = client.predict(handle_file(PICTURE), api_name="/segment")
    assert [each["category_id"] for each in segments["segments"]] == IDS
    assert [each["label"] for each in segments["segments"]][3:6] == ["open sea", ARABIC, HTML]
    ids = np.asarray(Image.open(panoptic).convert("RGB"), np.int64) @ [1, 256, 65536]
    np.testing.assert_array_equal(ids, result.segment_ids)
    listed = client.predict(api_name="/categories")
    assert [(c["id"], c["name"]) for c in listed] == [(c["id"], c["name"]) for c in CATEGORIES]


def test_over_mcp(served):
    picture = f"data:image/jpeg;base64,{base64.b64encode(PICTURE.read_bytes()).decode()}"
    address = f"{served.url}gradio_api/mcp/"

    def call(name, **arguments):
        return mcp_client.ask(address, lambda client: client.call_tool(name, arguments))

    answer = call("segment", image=picture)
    assert not answer.isError
    found = json.loads(answer.content[2].text)
    assert [each["category_id"] for each in found["segments"]] == IDS
    assert found["segments"][5]["label"] == HTML
    listed = json.loads(call("list_categories").content[0].text)
    assert [(c["id"], c["name"]) for c in listed] == [(c["id"], c["name"]) for c in CATEGORIES]


def test_a_whole_video(folder, tmp_path):
    frames = [load_image(PICTURE)[::2, ::2]] * 4
    source = write_video(tmp_path / "in.mp4", frames, rate=4)
    words = ["video", str(source), str(tmp_path / "out.mp4"), "--checkpoint", str(folder)]
    assert main([*words, "--every", "3"]) == 0
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    frames, _ = read_video(tmp_path / "out.mp4")
    assert len(lines) == len(frames) == 4
    own = {c["id"] for c in CATEGORIES}
    for line in lines:
        found = {segment["category_id"] for segment in line["segments"]}
        assert {5, 900, -3} <= found <= own
    assert {row["label"] for row in rows} >= {"glass", "Гора", HTML}


def test_the_hub_s_table_is_fetched_and_kept(folder, tmp_path):
    code = """
from huggingface_hub import constants
from detr_gradio import load_segmenter
from detr_gradio.checkpoints.catalogue import find_for_program
from detr_gradio.checkpoints.categories import categories_of
fetched = load_segmenter("someone/zoo").categories
constants.HF_HUB_OFFLINE = True
assert categories_of(find_for_program("someone/zoo")) == fetched
print([category.id for category in fetched.table])
"""
    with FakeHub(folder, repository="someone/zoo") as hub:
        told = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert json.loads(told.stdout) == [category["id"] for category in CATEGORIES]
    assert hub.asked.count("categories.json") == 1
