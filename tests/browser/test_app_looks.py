"""Accessibility by axe, light and dark; no sideways scrolling from 360 to 2560 pixels."""

import pytest
from playwright.sync_api import expect

from detr_gradio.checkpoints.catalogue import DEFAULT
from tests.support.app_server import (
    AppServer,
    add_picture,
    another_result,
    drop,
    open_settings,
    violations,
    wait_for_result,
)
from tests.support.handles import expect_whole_handles

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_tab(app, open_page, theme):
    page = open_page(f"{app.url}?__theme={theme}")
    page.locator("#settings").wait_for()
    problems = {"empty": violations(page)}
    add_picture(page)
    wait_for_result(page)
    page.get_by_role("button", name="Downloads").click()
    for tab in ("Image", "Webcam", "Gallery"):
        page.get_by_role("tab", name=tab).click()
        page.locator(f"#tab-{tab.lower()}").wait_for()
        problems[tab] = violations(page)
    assert not any(problems.values()), problems


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1440, 2560])
def test_nothing_scrolls_sideways(app, open_page, width):
    page = open_page(app.url, viewport={"width": width, "height": 800})
    page.locator("#welcome-cards [data-example]").first.click()
    wait_for_result(page)
    wide = """() => [...document.querySelectorAll(".gradio-container *")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility())
      .filter((e) => !e.closest(".tab-container, .legend-rows, .ground, .highlight"))
      .slice(0, 5).map((e) => e.outerHTML.slice(0, 120))"""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(wide) == []


@pytest.mark.parametrize("size", [(844, 390), (720, 450), (390, 844)])
def test_a_result_that_was_asked_for_is_in_view(app, open_page, size):
    width, height = size
    page = open_page(f"{app.url}?example=photo-horses", viewport={"width": width, "height": height})
    wait_for_result(page)
    assert page.evaluate("scrollY") == 0  # nobody has asked for it here
    with another_result(page):
        drop(page)
    expect(page.locator(".panoptic-viewer .stage-room")).to_be_in_viewport(ratio=0.99)
    box = page.locator("#picture").bounding_box()
    assert box["height"] == 64  # a strip
    # So is that of a video, and it stands above its settings.
    page.get_by_role("tab", name="Video", exact=True).click()
    page.locator("#video-example").click()
    expect(page.locator("#video-made video")).to_be_visible()
    expect(page.locator("#video-made")).to_be_in_viewport(ratio=0.99)
    made, detail = (page.locator(f"#video-{part}").bounding_box() for part in ("made", "detail"))
    assert made["y"] + made["height"] < detail["y"]


def test_a_pinch_on_a_trackpad_zooms_as_far_as_the_fingers_say(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    viewer = wait_for_result(page)
    box = viewer.locator(".stage").bounding_box()
    page.context.new_cdp_session(page).send(
        "Input.synthesizePinchGesture",
        {
            "x": box["x"] + 200,
            "y": box["y"] + 200,
            "scaleFactor": 2.5,
            "gestureSourceType": "mouse",
        },
    )
    page.wait_for_function(
        "Math.abs(document.querySelector('.panoptic-viewer').dataset.zoom - 2.5) < 0.05"
    )
    assert page.evaluate("[visualViewport.scale, scrollY]") == [1, 0]


def test_on_a_phone_the_settings_come_last(app, open_page):
    page = open_page(app.url, viewport={"width": 390, "height": 844})
    page.locator("#welcome-cards [data-example]").first.click()
    wait_for_result(page)
    tops = [
        page.locator(selector).bounding_box()["y"]
        for selector in ("#picture", "#viewer", "#settings")
    ]
    assert tops == sorted(tops)


def test_on_a_phone_the_gallery_ends_above_the_result(app, open_page):
    page = open_page(app.url, viewport={"width": 390, "height": 844})
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-cards [data-example]").first.click()
    wait_for_result(page)
    cards = page.locator("#gallery-cards .cards").bounding_box()
    assert cards["height"] <= 560
    assert cards["y"] + cards["height"] <= page.locator("#viewer").bounding_box()["y"]


def test_the_handles_of_sliders_are_whole(app, open_page):
    page = open_page(app.url)
    open_settings(page)
    expect_whole_handles(page)


def test_the_theme_switch_turns_the_page(app, open_page):
    page = open_page(f"{app.url}?__theme=light")
    switch = page.locator("[data-theme-switch]")
    switch.click()
    expect(page.locator("body.dark")).to_have_count(1)
    switch.click()
    expect(page.locator("body.dark")).to_have_count(0)


def test_a_stand_in_is_announced_with_its_reason(open_page):
    server = AppServer(missing=(DEFAULT,))
    try:
        page = open_page(server.url)
        add_picture(page)
        wait_for_result(page)
        notice = page.locator("#notice")
        expect(notice).to_contain_text("It is not made for photographs")
        notice.locator("summary").click()
        expect(notice).to_contain_text("DETR-R101")
        expect(page.locator(".panoptic-viewer .facts")).to_contain_text("Toy scenes")
        open_settings(page)
        expect(page.locator("#checkpoint input")).to_have_value("Toy scenes · ready")
        page.context.close()  # before its server, which it would miss
    finally:
        server.close()
