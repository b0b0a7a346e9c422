"""The pages that explain: both languages say everything; figures follow from results."""

import json
import re

import numpy as np
import pytest

from detr_gradio.checkpoints.catalogue import CATALOGUE
from detr_gradio.result.panoptic import assemble
from detr_gradio.ui.markup import bilingual_pair
from detr_gradio.ui.tabs.learn import how_page, panoptic_page, train_page
from detr_gradio.ui.tabs.learn.curve import LOG, Evaluation, curve, read_log
from detr_gradio.ui.tabs.learn.explain import step_figures, task_figures
from detr_gradio.ui.tabs.learn.figures import pipeline
from detr_gradio.ui.tabs.learn.scene import scene
from tests.support.bilingual import Pairs, language_faults
from tests.support.fake import fake_attention, fake_predictions

IMAGE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
PREDICTIONS = fake_predictions((90, 120), 96)
RESULT = assemble(PREDICTIONS, threshold=0.85, method="paper", checkpoint="fake", timings={})
RECORD = fake_attention(PREDICTIONS)


PAGES = {
    "how": how_page(),
    "how with figures": how_page(step_figures(IMAGE, RESULT, PREDICTIONS, RECORD)),
    "panoptic": panoptic_page(),
    "panoptic with figures": panoptic_page(task_figures(IMAGE, RESULT)),
    "train": train_page(),
    "pipeline": pipeline(),
}


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_say_everything(name):
    assert language_faults(PAGES[name]) == []
    assert len(Pairs(PAGES[name]).found) >= 10


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<p lang="en">Alone</p>', "pairs"),
        ('<p lang="es">Al</p><p lang="en">revés</p>', "pairs"),
        ('<p lang="en">Same</p><p lang="es">Same</p>', "alike"),
        ('<p lang="en">In 6 layers</p><p lang="es">En 7 capas</p>', "figures"),
        ('<p lang="en">A <b>b</b></p><p lang="es">Un b</p>', "differently"),
        ('<p lang="en"></p><p lang="es">Un</p>', "empty"),
    ],
)
def test_the_check_of_languages_finds_faults(html, fault):
    assert any(fault in found for found in language_faults(html))


def test_each_step_has_its_figure():
    steps = set(re.findall(r"<!--figure:(\w+)-->", how_page()))
    figures = step_figures(IMAGE, RESULT, PREDICTIONS, RECORD)
    assert set(figures) == steps == {
        "picture", "features", "encoder", "decoder", "boxes", "masks", "panoptic",
    }  # fmt: skip
    assert "<!--" not in how_page(figures)
    assert all("<img" in html for html in figures.values())
    assert "120 × 90 px → 3 × 96 × 128" in figures["picture"]
    assert "2048 × 3 × 4" in figures["features"]
    assert "6 × 8 = 48 tokens" in figures["encoder"]


def test_a_picture_without_segments_has_pages_too():
    empty = assemble(PREDICTIONS, threshold=0.99, method="paper", checkpoint="fake", timings={})
    assert empty.segments == ()
    assert "<img" in how_page(step_figures(IMAGE, empty, PREDICTIONS, RECORD))
    assert "0 segments" in task_figures(IMAGE, empty)


def test_the_drawn_scene_is_a_panoptic_result():
    image, result = scene()
    assert image.shape[:2] == result.segment_ids.shape
    assert sorted(np.unique(result.segment_ids)) == [s.id for s in result.segments]
    for segment in result.segments:
        assert segment.area == (result.segment_ids == segment.id).sum()
    stuff = [s.category_id for s in result.segments if not s.is_thing]
    assert len(stuff) == len(set(stuff)) == 4
    assert sum(s.is_thing for s in result.segments) == 5
    html = panoptic_page()
    assert "Semantic: 6 categories" in html
    assert "Instance: 5 things" in html
    assert "Panoptic: 9 segments" in html


def test_results_are_those_of_the_catalogue():
    from detr_gradio.ui.tabs.learn import _read

    rows = re.findall(r"<tr><th>([\w-]+)</th>(.*?)</tr>", _read("results.html"))
    shown = {name: [float(v) for v in re.findall(r"[\d.]+", cells)] for name, cells in rows}
    known = {c.title: c for c in CATALOGUE.values() if c.pq and c.title in shown}
    assert len(shown) == 3
    assert {"DETR-R50", "DETR-R101"} <= set(known)
    for title, checkpoint in known.items():
        pq, _, _, things, stuff = shown[title]
        assert (pq, things, stuff) == (checkpoint.pq, checkpoint.pq_things, checkpoint.pq_stuff)
    for pq, sq, rq, _, _ in shown.values():
        # An average of products is less than the product of averages.
        assert pq == pytest.approx(sq * rq / 100, abs=1.5)


def test_the_log_of_a_training_becomes_a_curve(tmp_path):
    log = tmp_path / "log.jsonl"
    lines = [
        {"hours": 0.1, "pictures": 100, "total": 9.0},
        {"hours": 0.5, "pictures": 500, "pq": {"All": 10.0, "Things": 0.0, "Stuff": 40.0}},
        {"hours": 1.0, "pictures": 1000, "pq": {"All": 30.0, "Things": 20.0, "Stuff": 70.0}},
    ]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    evaluations = read_log(log)
    assert [(e.hours, e.pictures) for e in evaluations] == [(0.5, 500), (1.0, 1000)]
    svg = curve(evaluations)
    assert language_faults(svg) == []
    assert svg.count("<polyline") == 3
    assert "things 20" in svg
    assert "materia 70" in svg
    # Half way right, a tenth of the way up: 46 + 498 / 2, and 260 - 246 / 10.
    assert "295.0,235.4" in svg


def test_what_is_said_of_the_embedded_checkpoint_is_so():
    config = json.loads((LOG.parent / "config.json").read_text())
    page = train_page()
    sizes = config["encoder_layers"], config["decoder_layers"]
    assert "{} encoder and {} decoder layers".format(*sizes) in page
    assert "{} capas de codificador y {} de decodificador".format(*sizes) in page
    assert f"{config['d_model']} channels instead" in page
    assert f"{config['num_queries']} queries instead" in page
    assert page.count("<polyline") == 3  # the curve of its own training


def test_no_log_no_curve(tmp_path):
    assert read_log(tmp_path / "log.jsonl") == []
    assert curve([]) == ""
    assert curve([Evaluation(1.0, 10, {"All": 1.0, "Things": 1.0, "Stuff": 1.0})]) == ""


def test_what_is_said_is_escaped():
    assert (
        bilingual_pair("<b>", "&") == '<span lang="en">&lt;b&gt;</span><span lang="es">&amp;</span>'
    )
