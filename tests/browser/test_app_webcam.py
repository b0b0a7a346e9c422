"""The webcam tab with a camera that plays a file, and without one."""

import pytest
from playwright.sync_api import expect

from tests.support.app_server import OWN, legend, wait_for_result
from tests.support.viewer_pages import ViewerPage

pytestmark = pytest.mark.browser

COLORS = """() => {
  const canvas = document.querySelector('.panoptic-viewer canvas[data-layer="picture"]');
  const pen = canvas.getContext("2d");
  const at = (x) => [...pen.getImageData(canvas.width * x, canvas.height / 4, 1, 1).data];
  return [at(0.3), at(0.7)];
}"""


def open_webcam(open_page, app, browser, **options):
    page = open_page(app.url, browser=browser, **options)
    page.get_by_role("tab", name="Webcam").click()
    return page


def test_snapshot_is_not_mirrored(app, open_page, camera_chromium):
    page = open_webcam(open_page, app, camera_chromium, permissions=["camera"])
    page.locator("#camera").get_by_text("Click to use the camera").click()
    page.wait_for_function("document.querySelector('#camera video')?.videoWidth > 0")
    page.locator("#camera").get_by_label("Take a picture").click()
    wait_for_result(page)
    page.locator(".panoptic-viewer [data-choice=view] input[value=original]").check(force=True)
    ViewerPage(page).drawn()
    left, right = page.evaluate(COLORS)
    assert left[0] > right[0]
    assert right[2] > left[2]


def test_live_shows_frames_and_their_rate(app, open_page, camera_chromium):
    page = open_webcam(open_page, app, camera_chromium, permissions=["camera"])
    page.locator("#webcam-mode").get_by_label("Live").check()
    page.locator("#live-camera").get_by_text("Click to use the camera").click()
    page.wait_for_function("document.querySelector('#live-camera video')?.videoWidth > 0")
    page.locator("#live-camera .button-wrap button").first.click()
    page.locator(f".panoptic-viewer[data-state=ready]{OWN}").wait_for()
    expect(page.locator("#live-rate")).to_contain_text("ms per frame")
    expect(page.locator("#live-rate")).not_to_contain_text("–")
    page.locator("#live-camera .button-wrap button").first.click()


def test_a_live_frame_is_not_kept_and_says_so(app, open_page, camera_chromium):
    page = open_webcam(open_page, app, camera_chromium, permissions=["camera"])
    page.locator("#webcam-mode").get_by_label("Live").check()
    page.locator("#live-camera").get_by_text("Click to use the camera").click()
    page.locator("#live-camera .button-wrap button").first.click()
    page.locator(f".panoptic-viewer[data-state=ready]{OWN}").wait_for()
    page.locator("#live-camera .button-wrap button").first.click()
    page.get_by_role("button", name="Downloads").click()
    page.locator("#download-legend").click()
    expect(page.locator(".toast-body")).to_contain_text("Please take a snapshot")
    expect(page.locator("#segment")).to_be_hidden()


@pytest.mark.parametrize("mode", ["Snapshot", "Live"])
def test_a_camera_that_goes_away_is_told_and_may_come_back(app, open_page, asking_chromium, mode):
    """The browser ends a camera whose permission is withdrawn as it ends an unplugged one."""
    page = open_webcam(open_page, app, asking_chromium, permissions=["camera"])
    page.locator("#webcam-mode").get_by_label(mode).check()
    side = page.locator("#camera" if mode == "Snapshot" else "#live-camera")
    access = side.get_by_text("Click to use the camera")
    access.click()
    page.wait_for_function("document.querySelector('.camera video')?.videoWidth > 0")
    if mode == "Live":
        side.locator(".button-wrap button").first.click()
        page.locator(f".panoptic-viewer[data-state=ready]{OWN}").wait_for()
    page.context.clear_permissions()
    gone = page.locator("#camera-note [data-reason=gone]")
    expect(gone).to_be_visible()
    expect(access).to_be_visible()
    page.context.grant_permissions(["camera"])
    access.click()
    page.wait_for_function("document.querySelector('.camera video')?.videoWidth > 0")
    expect(gone).to_be_hidden()
    if mode == "Live":
        expect(legend(page)).to_have_count(4)


def test_a_refused_camera_is_explained(app, chromium, open_page):
    page = open_webcam(open_page, app, chromium)
    page.evaluate(
        "() => window.dispatchEvent(new CustomEvent('detr-camera', { detail: 'refused' }))"
    )
    expect(page.locator("#camera-note")).to_contain_text("This page may not use the camera.")


def test_a_missing_camera_is_explained(app, chromium):
    # Without ``open_page``: Gradio leaves the browser's refusal uncaught, which would fail there.
    context = chromium.new_context(locale="en-GB", permissions=["camera"])
    context.set_default_timeout(90_000)
    page = context.new_page()
    page.goto(app.url)
    page.get_by_role("tab", name="Webcam").click()
    page.locator("#camera").get_by_text("Click to use the camera").click()
    expect(page.locator("#camera-note [data-reason=missing]")).to_be_visible()
    context.close()


KEEP_TRACKS = """() => {
  window.tracks = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}"""


def test_leaving_the_tab_ends_the_camera_and_what_is_chosen_then_stays(
    app, open_page, camera_chromium
):
    page = open_webcam(open_page, app, camera_chromium, permissions=["camera"])
    page.evaluate(KEEP_TRACKS)
    page.locator("#webcam-mode").get_by_label("Live").check()
    page.locator("#live-camera").get_by_text("Click to use the camera").click()
    page.wait_for_function("document.querySelector('#live-camera video')?.videoWidth > 0")
    page.locator("#live-camera .button-wrap button").first.click()
    viewer = page.locator(f".panoptic-viewer[data-state=ready]{OWN}")
    viewer.wait_for()
    # The lock stays with its segment from frame to frame.
    legend(page).filter(has_text="person 2").click()
    with ViewerPage(page).another_value():
        pass
    expect(viewer).to_have_attribute("data-locked", "4")
    page.get_by_role("tab", name="Gallery").click()
    page.wait_for_function("tracks.length && tracks.every((one) => one.readyState === 'ended')")
    page.locator("[data-example=photo-horses]").first.click()
    facts = page.locator(".panoptic-viewer .facts")
    expect(facts).to_contain_text("× 800")
    page.wait_for_timeout(1500)
    expect(facts).to_contain_text("× 800")
    # Its turn is over, too: the next one need not wait for the end of its time.
    page.get_by_role("tab", name="Webcam").click()
    page.locator("#live-camera").get_by_text("Click to use the camera").click()
    page.wait_for_function("document.querySelector('#live-camera video')?.videoWidth > 0")
    page.locator("#live-camera .button-wrap button").first.click()
    expect(facts).not_to_contain_text("× 800", timeout=25_000)
