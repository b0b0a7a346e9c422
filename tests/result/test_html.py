"""How a result shows itself in a notebook."""

import re
from dataclasses import replace

import numpy as np
import pytest

from detr_gradio.result.categories import Categories
from detr_gradio.result.coco import COCO
from detr_gradio.result.html import MAX_SIDE
from detr_gradio.result.panoptic import PanopticResult, assemble
from tests.support.panoptic_cases import CAR, PERSON, SKY, from_owners


@pytest.fixture
def result():
    owners = np.zeros((40, 60), int)
    owners[10:30, 5:15] = 1
    owners[10:28, 30:40] = 2
    return assemble(from_owners(owners, [SKY, PERSON, PERSON], [0.9, 0.95, 0.97]))


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_it_has_a_path_and_a_row_for_each_segment(result):
    page = result._repr_html_()
    assert page.count("<path ") == page.count("<li ") == 3
    assert "person 1 95%, 8.3%" in page
    # The sky has a hole for each person: three rings.
    sky = re.search(r'<path class="s1"[^>]* d="([^"]*)"', page)[1]
    assert sky.count("M") == 3
    person = re.search(r'<path class="s2"[^>]* d="([^"]*)"', page)[1]
    assert person == "M5 10L5 30L15 30L15 10Z"
    assert "<image" not in page
    assert "<script" not in page


def test_two_on_a_page_keep_apart_and_the_picture_lies_beneath(result, image):
    first, second = result.html(), result.html(image)
    names = [re.search(r'id="(detr-\w+)"', page)[1] for page in (first, second)]
    assert names[0] != names[1]
    assert 'href="data:image/jpeg;base64,/9j/' in second
    assert '<image width="60" height="40" href=' in second
    with pytest.raises(ValueError, match=r"image is \(5, 60\), the result \(40, 60\)"):
        result.html(image[:5])


def test_large_ones_are_reduced():
    result = PanopticResult.from_map(np.ones((900, 2 * MAX_SIDE), int), {1: CAR}, COCO)
    assert 'viewBox="0 0 640 450"' in result.html()


@pytest.mark.parametrize(
    ("shape", "box"), [((1, 4000), "0 0 640 1"), ((4000, 1), "0 0 1 640"), ((1, 1), "0 0 1 1")]
)
def test_thin_ones_keep_a_pixel(shape, box):
    result = PanopticResult.from_map(np.ones(shape, int), {1: CAR}, COCO)
    assert f'viewBox="{box}"' in result.html()


def test_names_are_escaped(result):
    evil = replace(COCO[SKY], name_en="<script>alert(1)</script>")
    table = Categories((evil,), (0,))
    page = PanopticResult.from_map(np.ones((3, 3), int), {1: SKY}, table).html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
