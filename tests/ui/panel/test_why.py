"""The panel that explains a segment."""

import re
from dataclasses import replace

import numpy as np
import pytest

from detr_gradio.result.panoptic import assemble
from detr_gradio.ui.panel.why import drawn_value, why_value
from tests.support.bilingual import language_faults
from tests.support.fake import fake_attention, fake_predictions

IMAGE = np.full((90, 120, 3), 128, np.uint8)
PREDICTIONS = fake_predictions((90, 120), 96)
RESULT = assemble(PREDICTIONS, threshold=0.85, method="paper", checkpoint="fake", timings={})
RECORD = fake_attention(PREDICTIONS)


@pytest.mark.parametrize("segment", RESULT.segments, ids=lambda segment: segment.label)
def test_it_says_all_of_a_segment_in_both_languages(segment):
    html = why_value(IMAGE, RESULT, PREDICTIONS, RECORD, segment)
    assert language_faults(re.sub(r"<figcaption.*?</figcaption>", "", html)) == []
    assert f"Where query {segment.query} looks" in html
    # Mean, mask head and raw mask; eight heads of each; the picture, from the point, to the point.
    assert html.count("<img") == 3 + 16 + 3
    shares = re.findall(r"<b>([\d.]+)%</b>", html)
    assert len(shares) == 5
    assert float(shares[0]) == pytest.approx(100 * segment.score, abs=0.06)


def test_it_says_what_a_person_has_done():
    corrected = replace(RESULT.segments[0], hand_made=True)
    html = why_value(IMAGE, RESULT, PREDICTIONS, RECORD, corrected)
    assert "A person has changed this segment." in html
    assert "A person" not in why_value(IMAGE, RESULT, PREDICTIONS, RECORD, RESULT.segments[0])
    drawn = drawn_value(replace(corrected, query=-1))
    assert "Because a person drew it" in drawn
    assert language_faults(drawn) == []


def test_the_point_is_where_it_was_chosen():
    html = why_value(IMAGE, RESULT, PREDICTIONS, RECORD, RESULT.segments[0], (0.25, 0.9))
    assert "left:25.0%;top:90.0%" in html


@pytest.mark.parametrize("point", [(-1, 0.5), (0.5, 7), (1, 1), (0, 0)])
def test_points_at_and_beyond_the_edge_are_taken_to_it(point):
    html = why_value(IMAGE, RESULT, PREDICTIONS, RECORD, RESULT.segments[0], point)
    left, top = map(float, re.search(r"left:([\d.]+)%;top:([\d.]+)%", html).groups())
    assert 0 <= left <= 100
    assert 0 <= top <= 100


def test_different_segments_look_elsewhere():
    pictures = {
        segment.id: re.findall(r'src="([^"]+)"', why_value(
            IMAGE, RESULT, PREDICTIONS, RECORD, segment))[0]
        for segment in RESULT.segments
    }  # fmt: skip
    assert len(set(pictures.values())) == len(RESULT.segments)
