from dataclasses import replace

import numpy as np
import pytest

from detr_gradio.result.coco import COCO
from detr_gradio.result.export_readme import readme
from detr_gradio.result.panoptic import PanopticResult, assemble
from tests.support.panoptic_cases import DOG, SKY, from_owners

OWNERS = np.arange(40).reshape(4, 10) // 36  # 36 pixels of sky, and 4 that nobody wants


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "Panoptic segmentation of street",
                "",
                "10 x 4 pixels, 1 segments, 0.0% void",
                "Checkpoint: toy",
                "Threshold: 0.85   Method: paper",
            ],
        ),
        (
            "es",
            [
                "Segmentación panóptica de street",
                "",
                "10 x 4 píxeles, 1 segmentos, 0.0% sin asignar",
                "Modelo: toy",
                "Umbral: 0.85   Método: paper",
            ],
        ),
    ],
)
def test_it_says_what_was_segmented_and_how(language, lines):
    result = assemble(from_owners(OWNERS, [SKY, DOG]), checkpoint="toy")
    assert readme(result, "street", language).split("\n")[:5] == lines


def test_void_is_a_share_of_the_picture():
    # Both are of a score below the threshold, or of four pixels: nothing is left.
    result = assemble(from_owners(OWNERS, [SKY, DOG], [0.6, 0.9]), threshold=0.95)
    assert "0 segments, 100.0% void" in readme(result, "street")


def test_void_is_told_with_one_digit():
    ids = np.ones((3, 10), int)
    ids[0, :4] = 0  # 4 of 30
    assert "1 segments, 13.3% void" in readme(
        PanopticResult.from_map(ids, {1: SKY}, COCO), "street"
    )


def test_other_languages_are_english():
    result = assemble(from_owners(OWNERS, [SKY, DOG]))
    assert readme(result, "street", "fr") == readme(result, "street", "en")


@pytest.mark.parametrize(
    ("source", "told"), [("COCO", True), ("ADE20K", False), ("Street", False), ("", False)]
)
def test_the_source_of_coco_s_categories_is_told_where_they_are_used(source, told):
    ids = np.ones((3, 10), int)
    result = PanopticResult.from_map(ids, {1: SKY}, replace(COCO, source=source))
    assert ("Categories: COCO panoptic, annotations CC BY 4.0" in readme(result, "street")) is told
    assert ("Categorías: COCO panoptic, anotaciones" in readme(result, "street", "es")) is told
