"""The image tab: pictures in by mouse, keyboard and clipboard; results, thresholds, problems."""

import base64

import pytest
from playwright.sync_api import expect

from tests.support.app_server import (
    PICTURE,
    add_picture,
    another_result,
    copied_link,
    legend,
    save_picture,
    wait_for_result,
)

pytestmark = pytest.mark.browser

PASTE = """async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const picture = new Blob([bytes], { type: "image/png" });
  await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}"""

DROPPED = """(encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], "cows.jpg", { type: "image/jpeg" }));
  return carried;
}"""


def test_upload_is_segmented_at_once(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    expect(legend(page)).to_have_text(["sky", "grass", "person 1", "person 2"])
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("DETR-R101")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("1067 × 800")
    expect(page.locator("#welcome")).to_have_count(0)


def test_paste_is_segmented(app, open_page, tmp_path):
    page = open_page(app.url, permissions=["clipboard-read", "clipboard-write"])
    picture = save_picture(tmp_path / "clip.png")
    page.evaluate(PASTE, base64.b64encode(picture.read_bytes()).decode())
    page.locator("#picture").get_by_label("Paste from clipboard").click()
    wait_for_result(page)
    expect(legend(page)).to_have_count(4)


def test_a_dropped_file_is_segmented(app, open_page):
    page = open_page(app.url)
    dropped = page.evaluate_handle(DROPPED, base64.b64encode(PICTURE.read_bytes()).decode())
    target = page.locator("#picture button[aria-label*=Drop], #picture .wrap").first
    target.dispatch_event("dragenter", {"dataTransfer": dropped})
    target.dispatch_event("drop", {"dataTransfer": dropped})
    wait_for_result(page)
    expect(legend(page)).to_have_count(4)


def test_example_by_keyboard_alone(app, open_page):
    page = open_page(app.url)
    first = page.locator("#welcome-cards button").first
    first.focus()
    page.keyboard.press("Enter")
    wait_for_result(page)
    # Space on the threshold's number, then the arrow keys of the slider.
    slider = page.locator("#threshold input[type=range]")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 75%")


def test_threshold_and_method_need_no_network(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    passes = app.segmenter.passes
    page.locator("#threshold input[type=number]").fill("0.6")
    page.locator("#threshold input[type=number]").press("Enter")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")
    expect(legend(page).filter(has_text="dog 1")).to_be_visible()
    with another_result(page):
        page.get_by_label("Released code").check()
    expect(page.locator("#method input[value=reference]")).to_be_checked()
    assert app.segmenter.passes == passes


def test_a_copied_link_shows_the_same_again(app, open_page):
    page = open_page(app.url, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#welcome-cards button").first.click()
    wait_for_result(page)
    page.get_by_label("Released code").check()
    page.locator("#threshold input[type=number]").fill("0.6")
    page.locator("#threshold input[type=number]").press("Enter")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")
    page.get_by_role("button", name="Copy link").click()
    again = open_page(copied_link(page, "method=reference"))
    wait_for_result(again)
    expect(again.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")
    expect(again.locator("#method input[value=reference]")).to_be_checked()
    expect(legend(again)).to_have_text(legend(page).all_inner_texts())


def test_nothing_found_offers_a_lower_threshold(app, open_page):
    page = open_page(f"{app.url}?threshold=0.99")
    expect(page.locator("#threshold input[type=number]")).to_have_value("0.99")
    add_picture(page)
    page.locator(".panoptic-viewer[data-state=nothing]").wait_for()
    page.get_by_role("button", name="Lower the threshold").click()
    page.locator(".panoptic-viewer[data-state=ready]").wait_for()
    expect(page.locator("#threshold input[type=number]")).to_have_value("0.84")


def test_a_file_that_is_no_picture_gets_a_sentence(app, open_page, tmp_path):
    page = open_page(app.url)
    bad = tmp_path / "notes.png"
    bad.write_text("This is a text.")
    add_picture(page, bad)
    error = page.locator("#status [role=alert]")
    expect(error).to_contain_text("This file is not a picture that can be read here.")
    assert "/" not in error.inner_text()
    expect(page.locator("#segment")).to_be_enabled()


def test_segment_without_a_picture_says_so(app, open_page):
    page = open_page(app.url)
    page.locator("#segment").click()
    expect(page.locator("#status [role=alert]")).to_contain_text("There is no picture yet.")


def test_who_was_forgotten_is_told_and_can_go_on(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    sessions = app.demo.state_holder
    for number in range(sessions.capacity):
        assert sessions[f"another visitor {number}"]
    said = page.locator("#status [role=alert]")
    page.locator("#segment").click()
    expect(said).to_contain_text("The picture on show is no longer kept")
    page.locator("#threshold input[type=number]").fill("0.6")
    page.locator("#threshold input[type=number]").press("Enter")
    expect(said).to_contain_text("The picture on show is no longer kept")
    page.get_by_role("button", name="Downloads").click()
    page.locator("#download-legend").click()
    expect(page.locator(".toast-body")).to_contain_text("is no longer kept")
    expect(legend(page)).to_have_text(["sky", "grass", "person 1", "person 2"])
    with another_result(page):
        add_picture(page)
    expect(said).to_have_count(0)
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")


def test_stop_ends_the_wait(app, open_page, tmp_path):
    page = open_page(app.url)
    with app.segmenter.held():
        add_picture(page, save_picture(tmp_path / "slow.png", (200, 150)))
        expect(page.locator("#status .running")).to_be_visible()
        page.locator("#stop").click()
        expect(page.locator("#status .stopped")).to_contain_text("Stopped.")
        expect(page.locator("#stop")).to_be_disabled()
        expect(page.locator("#segment")).to_be_enabled()


def test_other_settings_are_used_at_the_next_run(app, open_page):
    page = open_page(app.url)
    add_picture(page, PICTURE)
    wait_for_result(page)
    page.locator("#detail input[type=number]").fill("480")
    page.locator("#detail input[type=number]").press("Enter")
    page.locator("#segment").click()
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("640 × 480")
