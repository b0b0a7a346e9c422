"""The image tab: pictures in by mouse, keyboard and clipboard; results, thresholds, problems."""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import loaded_anew
from tests.support.app_server import (
    PICTURE,
    add_picture,
    another_result,
    carried,
    copied_link,
    drop,
    legend,
    open_settings,
    save_picture,
    wait_for_result,
)

pytestmark = pytest.mark.browser

PASTE = """async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const picture = new Blob([bytes], { type: "image/png" });
  await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}"""


HEAR = """() => {
  window.heard = [];
  new MutationObserver((changes) => {
    for (const { target } of changes)
      if (target.matches?.(".panoptic-viewer > .status")) heard.push(target.textContent);
  }).observe(document.body, { subtree: true, childList: true });
}"""


def test_upload_is_segmented_at_once(app, open_page):
    page = open_page(app.url)
    page.evaluate(HEAR)
    add_picture(page)
    wait_for_result(page)
    expect(legend(page)).to_have_text(["sky", "grass", "person 1", "person 2"])
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("DETR-R101")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("1067 × 800")
    expect(page.locator("#welcome")).to_be_hidden()
    assert page.evaluate("heard") == ["4 segments: sky, grass, person 1, person 2"]  # once


def test_paste_is_segmented(app, open_page, tmp_path):
    page = open_page(app.url, permissions=["clipboard-read", "clipboard-write"])
    picture = save_picture(tmp_path / "clip.png")
    page.evaluate(PASTE, base64.b64encode(picture.read_bytes()).decode())
    page.locator("#picture").get_by_label("Paste from the clipboard").click()
    wait_for_result(page)
    expect(legend(page)).to_have_count(4)


def test_example_by_keyboard_alone(app, open_page):
    page = open_page(app.url)
    first = page.locator("#welcome-cards button").first
    first.focus()
    page.keyboard.press("Enter")
    wait_for_result(page)
    expect(page.locator(".panoptic-viewer .stage")).to_be_focused()
    # Space on the threshold's number, then the arrow keys of the slider.
    slider = page.locator("[data-threshold=range]")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 75%")


def test_threshold_and_method_need_no_network(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    passes = app.segmenter.passes
    page.locator("[data-threshold=number]").fill("0.6")
    page.locator("[data-threshold=number]").press("Enter")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")
    expect(legend(page).filter(has_text="dog 1")).to_be_visible()
    open_settings(page)
    with another_result(page):
        page.get_by_label("Released code").check()
    expect(page.locator("#method input[value=reference]")).to_be_checked()
    assert app.segmenter.passes == passes


def test_a_number_that_is_being_typed_outlasts_a_result_that_arrives(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    open_settings(page)
    number = page.locator("[data-threshold=number]")
    number.fill("0.6")
    page.evaluate("document.querySelector('#method input[value=reference]').click()")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("released code")
    expect(number).to_have_value("0.6")
    number.press("Enter")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")


def test_a_copied_link_shows_the_same_again(app, open_page):
    page = open_page(app.url, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#welcome-cards button").first.click()
    wait_for_result(page)
    open_settings(page)
    page.get_by_label("Released code").check()
    page.locator("[data-threshold=number]").fill("0.6")
    page.locator("[data-threshold=number]").press("Enter")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")
    page.get_by_role("button", name="Copy link").click()
    again = open_page(copied_link(page, "method=reference"))
    wait_for_result(again)
    expect(again.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")
    open_settings(again)
    expect(again.locator("#method input[value=reference]")).to_be_checked()
    expect(legend(again)).to_have_text(legend(page).all_inner_texts())


def test_nothing_found_offers_a_lower_threshold(app, open_page):
    page = open_page(f"{app.url}?threshold=0.99&detail=480")
    open_settings(page)
    expect(page.locator("#detail input[type=number]")).to_have_value("480")
    add_picture(page)
    page.locator(".panoptic-viewer[data-state=nothing]").wait_for()
    page.get_by_role("button", name="Lower the threshold").click()
    wait_for_result(page)
    expect(page.locator("[data-threshold=number]")).to_have_value("0.84")


def test_a_file_that_is_no_picture_gets_a_sentence(app, open_page, tmp_path):
    page = open_page(app.url)
    bad = tmp_path / "notes.png"
    bad.write_text("This is a text.")
    add_picture(page, bad)
    error = page.locator("#status [role=alert]")
    expect(error).to_contain_text("This file is not a picture that can be read here.")
    assert "/" not in error.inner_text()


def test_the_threshold_takes_what_is_typed_when_it_is_typed(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    with loaded_anew(page):
        page.locator("[data-language=es]").click()
    number, facts = page.locator("[data-threshold=number]"), page.locator(".panoptic-viewer .facts")
    expect(number).to_have_value("0,85")
    wait_for_result(page)
    number.fill("")
    number.press_sequentially("0,6")
    page.wait_for_timeout(300)  # none of the numbers in between is taken
    expect(facts).to_contain_text("umbral 85")
    number.press("Enter")
    expect(facts).to_contain_text("umbral 60")
    number.fill("0.2")
    number.blur()
    expect(facts).to_contain_text("umbral 50")
    expect(number).to_have_value("0,5")
    number.fill("")
    number.blur()
    expect(number).to_have_value("0,5")
    expect(page.locator("[data-threshold=range]")).to_have_value("0.5")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_a_new_threshold_keeps_the_lock(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    viewer = wait_for_result(page)
    legend(page).filter(has_text="person 2").click()
    expect(viewer).to_have_attribute("data-locked", "4")
    with another_result(page):
        page.locator("[data-threshold=range]").press("ArrowLeft")
    expect(viewer).to_have_attribute("data-locked", "4")
    page.get_by_role("button", name="Downloads").click()
    with page.expect_download() as download:
        page.locator("#download-cutout").click()
    assert download.value.suggested_filename.endswith("_segment_4.png")


def test_the_box_shows_what_is_segmented(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    page.get_by_role("tab", name="Gallery").click()
    with another_result(page):
        page.locator("[data-example=photo-horses]").first.click()
    page.get_by_role("tab", name="Image", exact=True).click()
    expect(page.locator("#picture img")).to_have_attribute("src", re.compile("photo-horses.jpg$"))
    open_settings(page)
    page.locator("#detail input[type=number]").fill("480")
    with another_result(page):
        page.locator("#segment").click()
    assert "example=photo-horses" in page.url


def test_a_page_that_is_loaded_anew_shows_what_it_showed(app, open_page):
    page = open_page(f"{app.url}?example=photo-horses&__theme=dark")
    wait_for_result(page)
    with another_result(page):
        drop(page)
    with another_result(page):
        page.locator("[data-threshold=range]").press("ArrowLeft")
    page.get_by_role("tab", name="Gallery").click()
    assert "example" not in page.url
    with loaded_anew(page):
        page.reload()
    wait_for_result(page)
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 84%")
    expect(page.locator("#status .restored")).to_contain_text("Shown again as it was")
    expect(page.get_by_role("tab", name="Gallery", exact=True, selected=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("tab", name="Image", exact=True, selected=True)).to_be_visible()
    expect(page.locator("#picture img")).to_have_attribute("src", re.compile("/cows.jpg$"))
    page.go_forward()
    expect(page.get_by_role("tab", name="Gallery", exact=True, selected=True)).to_be_visible()


def test_a_picture_may_be_dropped_anywhere_and_again(app, open_page):
    page = open_page(app.url)
    drop(page, "#header")
    wait_for_result(page)
    expect(page.locator("#drop")).to_be_hidden()
    with another_result(page):
        drop(page, "#viewer", PICTURE.parent / "photo-horses.jpg", name="no ending", kind="")
    with another_result(page):
        drop(page, "#picture")  # which is filled
    expect(page.locator("#picture img")).to_have_attribute("src", re.compile("/cows.jpg$"))
    dragged = carried(page, PICTURE, "cows.jpg", "image/jpeg")
    page.locator("#header").dispatch_event("dragover", {"dataTransfer": dragged})
    expect(page.locator("#drop")).to_be_visible()
    expect(page.locator("#drop")).to_be_hidden()  # it has left


def test_pasting_works_anywhere(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    with another_result(page):
        page.evaluate(
            """(carried) => window.dispatchEvent(Object.assign(
              new ClipboardEvent("paste", { bubbles: true, clipboardData: carried })))""",
            carried(page, PICTURE.parent / "photo-horses.jpg", "horses.jpg", "image/jpeg"),
        )
    expect(page.locator("#picture img")).to_have_attribute("src", re.compile("/horses.jpg$"))


def test_who_was_forgotten_goes_on(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    sessions = app.demo.state_holder
    for number in range(sessions.capacity):
        assert sessions[f"another visitor {number}"]
    # What the server has forgotten, the page knows.
    page.locator("[data-threshold=number]").fill("0.6")
    page.locator("[data-threshold=number]").press("Enter")
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 60%")
    for number in range(sessions.capacity):
        assert sessions[f"yet another visitor {number}"]
    page.get_by_role("button", name="Downloads").click()
    with page.expect_download() as download:
        page.locator("#download-legend").click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) >= 6


def test_stop_ends_the_wait(app, open_page, tmp_path):
    page = open_page(app.url)
    with app.segmenter.held():
        add_picture(page, save_picture(tmp_path / "slow.png", (200, 150)))
        expect(page.locator("#status .running")).to_be_visible()
        page.locator("#stop").click()
        expect(page.locator("#status .stopped")).to_contain_text("Stopped.")
        expect(page.locator("#stop")).to_be_hidden()
        # At once, while the network is still at it.
        page.locator("#segment").click()
        expect(page.locator("#stop")).to_be_visible()
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("1067 × 800")


def test_other_settings_are_used_at_the_next_run(app, open_page):
    page = open_page(app.url)
    add_picture(page, PICTURE)
    wait_for_result(page)
    expect(page.locator("#segment")).to_be_hidden()
    open_settings(page)
    page.locator("#detail input[type=number]").fill("480")
    page.locator("#detail input[type=number]").press("Enter")
    expect(page.locator("#older")).to_contain_text("made with other settings")
    with another_result(page):
        page.locator("#segment").press("Enter")
    expect(page.locator(".panoptic-viewer .stage")).to_be_focused()
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("640 × 480")
    expect(page.locator("#segment")).to_be_hidden()
    expect(page.locator("#older")).to_be_hidden()
    # A number on its way to another one, and one that there is not: no toast, and the nearest.
    page.locator("#detail input[type=number]").fill("4")
    expect(page.locator("#segment")).to_be_visible()
    page.locator("#detail input[type=number]").fill("480")
    expect(page.locator("#segment")).to_be_hidden()
    expect(page.locator(".toast-body")).to_have_count(0)
