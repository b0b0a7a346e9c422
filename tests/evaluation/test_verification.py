"""What ``verify`` compares and how; tests/cli/test_verify.py runs the command itself."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from detr_gradio.checkpoints.catalogue import CATALOGUE
from detr_gradio.evaluation import verification
from tests.support.coco_folder import Stub

R50 = "facebook/detr-resnet-50-panoptic"


def test_the_published_figures_add_up():
    """Added by hand, row by row, from transformers' tests."""
    figures = verification.FIGURES[R50]
    assert figures.pixels == pytest.approx((0.2796, 0.3138, 0.3481))
    assert np.sum(figures.logits, axis=1) == pytest.approx([-33.4162, -32.4054, -31.9443])
    assert np.sum(figures.boxes, axis=1) == pytest.approx([1.6418, 0.5867, 1.4534])
    assert np.sum(figures.masks, axis=1) == pytest.approx([-30.6142, -46.0658, -54.7700])
    assert [category for category, _ in figures.segments] == [93, 17, 75, 75, 63, 17]
    assert sum(score for _, score in figures.segments) == pytest.approx(5.8733)


def test_the_value_that_is_furthest_off_is_told():
    expected = np.array([[1.0, -2.0], [100.0, 4.0]])
    # Allowed: 0.01 and a hundredth of each value: 0.02, 0.03, 1.01 and 0.05.
    within = np.array([[1.019, -2.029], [101.0, 3.951]])
    assert verification._compare(expected, within, (0.01, 0.01))[2] is True
    beyond = np.array([[1.0, -2.031], [101.0, 4.0]])
    told = ("[0, 1] -2.0000", "[0, 1] -2.0310", False)
    assert verification._compare(expected, beyond, (0.01, 0.01)) == told


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        ([(1, 0.9), (300, 0.8)], True),
        ([(1, 0.9004), (7, 0.99), (300, 0.7996)], True),  # one more between them
        ([(1, 0.9006), (300, 0.8)], False),
        ([(1, 0.8994), (300, 0.8)], False),
        ([(300, 0.8), (1, 0.9)], False),
        ([(2, 0.9), (300, 0.8)], False),
        ([(1, 0.9)], False),
    ],
)
def test_segments_are_looked_for_in_their_order(found, holds):
    # A number that was computed, as those of a network are.
    found = [(int(str(category)), score) for category, score in found]
    expected, _, held = verification._compare_segments([(1, 0.9), (300, 0.8)], found)
    assert held is holds
    assert expected == "person 0.9000, 300 0.8000"


class PublishedNetwork:
    """A stand-in for the network that can't be had here: it says what was published."""

    def __init__(self, precision="exact", **wrong):
        self.precision = precision
        figures = vars(verification.FIGURES[R50]) | wrong
        self.values = {name: np.array(figures[name]) for name in ("logits", "boxes", "masks")}
        self.pixels = np.array(figures["pixels"])[None, None]
        self.segments = figures["segments"]

    def outputs(self, picture, queries):
        assert list(queries) == [0, 1, 2]
        values = self.values | {"masks": self.values["masks"][None]}
        return SimpleNamespace(pixels=self.pixels, **values)

    def predict(self, picture):
        # Of 0.85 itself and below nothing is compared.
        ids, scores = zip(*self.segments, (1, 0.85), (2, 0.6), strict=True)
        return SimpleNamespace(category_ids=np.array(ids), scores=np.array(scores))


@pytest.mark.parametrize(
    ("wrong", "failing"),
    [
        ({}, []),
        ({"pixels": (0.2796, 0.3140, 0.3481)}, ["pixels"]),
        ({"masks": np.zeros((3, 3))}, ["masks"]),
        ({"segments": ((93, 0.9094), (17, 0.9941))}, ["segments"]),
    ],
)
def test_each_figure_is_compared_with_what_was_published(monkeypatch, wrong, failing):
    monkeypatch.setattr(verification, "load", lambda name: name)
    monkeypatch.setattr(verification, "ready_network", lambda name, **_: PublishedNetwork(**wrong))
    checks = list(verification.verify(CATALOGUE[R50], np.zeros((480, 640, 3), np.uint8), None))
    compared = ["files, keys, shapes", "pixels", "logits", "boxes", "masks", "segments"]
    assert [check.what for check in checks] == compared
    assert [check.what for check in checks if not check.holds] == failing
    assert not any(check.fast for check in checks)  # it is exact there
    if not wrong:
        cats = "blanket 0.9094, cat 0.9941, remote control 0.9987, remote control 0.9995"
        assert checks[-1].got == f"{cats}, couch 0.9722, cat 0.9994"


def test_fast_stands_beside_and_decides_nothing(monkeypatch):
    wrong = {"boxes": np.full((3, 3), 0.5), "segments": ((93, 0.9),)}

    def ready_network(_loaded, precision="exact"):
        return PublishedNetwork(precision, **(wrong if precision == "fast" else {}))

    monkeypatch.setattr(verification, "load", lambda name: name)
    monkeypatch.setattr(verification, "ready_network", ready_network)
    picture = np.zeros((480, 640, 3), np.uint8)
    checks = list(verification.verify(CATALOGUE[R50], picture, None))
    assert all(check.holds for check in checks)
    fast = {check.what: check.fast for check in checks}
    assert fast["boxes"] == "[1, 1] 0.5000 for 0.0572"
    assert fast["segments"] == "blanket 0.9000"
    assert fast["files, keys, shapes"] == ""


@pytest.mark.parametrize(
    ("published", "wrong", "holds", "got"),
    [(99.9, (), True, "100.00"), (99.7, (), False, "100.00"), (45.1, ("c.jpg",), False, "70.00")],
)
def test_quality_is_measured_in_the_folder_of_coco(folder, published, wrong, holds, got):
    # With a car for one of three dogs: sky 100, grass 100, dog 2 / 2.5, car 0.
    coco = folder / "coco"
    shutil.copytree(folder / "images", coco / "val2017")
    shutil.copytree(folder / "masks", coco / "annotations" / "panoptic_val2017")
    shutil.copy(folder / "truth.json", coco / "annotations" / "panoptic_val2017.json")
    checkpoint = replace(Stub.checkpoint, pq=published)
    compared = verification._compare_quality(checkpoint, Stub(wrong), coco)
    assert compared == (f"{published} ± 0.2", got, holds)
