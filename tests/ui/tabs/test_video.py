"""What the video tab says of a run."""

from detr_gradio.ui.tabs.video import summary_value
from detr_gradio.video.frame import VideoError
from detr_gradio.video.run import VideoSummary
from tests.support.bilingual import language_faults


def test_the_end_is_told():
    whole = summary_value(VideoSummary(frames=50, segmented=10, seconds=2.0))
    assert "50 frames, 10 of them seen by the network: 2.0 s of video." in whole
    assert "damaged" not in whole
    notes = [VideoError("video_damaged", seconds="1.2"), VideoError("video_mute")]
    broken = summary_value(VideoSummary(30, 6, 1.2, stopped=True, damaged_at=1.2, notes=notes))
    assert 'class="status error"' in broken
    assert "Stopped after 30 frames" in broken
    assert "se corta a los 1.2 s" in broken
    assert "el resultado no lo lleva" in broken
    assert language_faults(broken) == []
