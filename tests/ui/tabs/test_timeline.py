"""The timeline of a video as a chart."""

import re

import numpy as np

from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import PanopticResult, Segment
from detr_gradio.ui.tabs.timeline import timeline_chart
from detr_gradio.video.tables import Timeline
from tests.support.bilingual import language_faults

GRASS, PERSON = 193, 1


def result(*segments: tuple[int, int, float]) -> PanopticResult:
    made = tuple(
        Segment(i, COCO[category], number, 0.9, 1, area, (0, 0, 1, 1), i)
        for i, (category, number, area) in enumerate(segments, start=1)
    )
    return PanopticResult(np.zeros((1, 1), np.int32), made, COCO, "made", 0.85, "paper", (1, 1))


def test_a_lane_for_each_segment_in_its_colour():
    timeline = Timeline(0, 10, bins=10)
    for second in range(10):
        there = [(GRASS, 1, 0.5)] + [(PERSON, 2, 0.1)] * (3 <= second < 6)
        timeline.add(second + 0.5, result(*there))
    html = timeline_chart(timeline)
    assert language_faults(html) == []
    assert re.findall(r'lang="[a-z]+">([^<]+)', html) == [
        "person 2", "persona 2", "grass", "césped",
    ]  # fmt: skip
    for category, number in ((PERSON, 2), (GRASS, 1)):
        assert 'fill="#{:02x}{:02x}{:02x}"'.format(*COCO[category].segment_color(number)) in html
    assert re.findall(r"<title>([^<]+)", html) == ["30-60 %", "0-100 %"]
    assert "10.0 s" in html


def test_no_frames_no_chart():
    assert timeline_chart(Timeline(0, 10)) == ""
