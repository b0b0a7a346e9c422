"""A video from upload to playback, and Stop."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.support import made_videos, moving_scene
from tests.support.app_server import violations
from tests.support.children import child_with

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two seconds of moving discs, with a tone."""
    images = [moving_scene.picture(truth) for truth in moving_scene.discs(50)]
    return made_videos.write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", images, tone=True)


def add_video(page, path):
    page.locator("#settings").wait_for()
    page.get_by_role("tab", name="Video", exact=True).click()
    page.locator("#video-source input[type=file]").set_input_files(path)
    page.locator("#video-source video").wait_for()


def made_video(page) -> dict:
    """What the browser says of the video on show, once it plays."""
    page.locator("#video-made video").wait_for()
    page.wait_for_function("document.querySelector('#video-made video').readyState >= 2")
    page.evaluate(
        """async () => {
          const video = document.querySelector("#video-made video");
          video.muted = true;
          await video.play();
        }"""
    )
    page.wait_for_function(
        "(({ currentTime, error }) => currentTime > 0 || error)"
        "(document.querySelector('#video-made video'))"
    )
    return page.evaluate(
        """() => {
          const video = document.querySelector("#video-made video");
          return {
            duration: video.duration,
            width: video.videoWidth,
            time: video.currentTime,
            error: video.error?.message ?? null,
          };
        }"""
    )


def test_from_upload_to_playback(app, open_page, clip):
    page = open_page(app.url)
    add_video(page, clip)
    page.locator("#video-begin").click()
    status = page.locator("#video-status .status")
    expect(status).to_contain_text("50 frames, 10 of them seen by the network: 2.0 s of video.")
    shown = made_video(page)
    assert shown["error"] is None
    assert shown["duration"] == pytest.approx(2.0, abs=0.1)
    assert shown["width"] == 320
    assert shown["time"] > 0
    expect(page.locator("#video-timeline .name:visible")).to_have_text(
        ["person 1", "person 2", "sky", "grass"], use_inner_text=True
    )
    # Named after the video.
    for name in ("clip_panoptic.mp4", "clip_frames.csv", "clip_frames.jsonl"):
        expect(page.locator("#video-files").get_by_role("cell", name=name)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(app, open_page, clip, theme):
    page = open_page(f"{app.url}?__theme={theme}")
    page.get_by_role("tab", name="Video", exact=True).click()
    assert violations(page) == []
    page.locator("#video-source input[type=file]").set_input_files(clip)
    page.locator("#video-source video").wait_for()
    page.locator("#video-begin").click()
    made_video(page)
    assert violations(page) == []


def test_stop_gives_what_is_done(app, open_page, clip):
    page = open_page(app.url)
    add_video(page, clip)
    page.locator("#video-detail input[type=number]").fill("416")  # seen by no test before
    with app.segmenter.held(after=3):
        page.locator("#video-begin").click()
        page.locator("#video-status .status", has_text="Frame").wait_for()
        with page.expect_response("**/gradio_api/run/**"):
            page.locator("#video-stop").click()
    expect(page.locator("#video-status .status")).to_contain_text("Stopped after")
    shown = made_video(page)
    assert shown["error"] is None
    assert 0 < shown["duration"] < 2.0


def test_a_decoder_that_dies_is_a_sentence_and_the_next_video_has_its_turn(app, open_page, clip):
    page = open_page(app.url)
    add_video(page, clip)
    page.locator("#video-detail input[type=number]").fill("448")  # seen by no test before
    with app.segmenter.held(after=3):
        page.locator("#video-begin").click()
        page.locator("#video-status .status", has_text="Frame").wait_for()
        os.kill(child_with("detr_gradio.video.worker:work"), signal.SIGSEGV)
    status = page.locator("#video-status .status")
    expect(status).to_contain_text("the decoder failed there")
    page.locator("#video-detail input[type=number]").fill("480")
    page.locator("#video-begin").click()
    expect(status).to_contain_text("50 frames, 10 of them seen by the network: 2.0 s of video.")


def test_what_is_no_video_is_told_kindly(app, open_page, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 100)
    page = open_page(app.url)
    page.get_by_role("tab", name="Video", exact=True).click()
    page.locator("#video-begin").click()
    expect(page.locator("#video-status .error")).to_contain_text("There is no video yet.")
    page.locator("#video-source input[type=file]").set_input_files(broken)
    page.locator("#video-source video").wait_for(state="attached")
    page.locator("#video-begin").click()
    expect(page.locator("#video-status .error")).to_contain_text("is damaged or is not a video")
