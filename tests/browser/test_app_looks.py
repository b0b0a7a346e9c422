"""Accessibility by axe, light and dark; no sideways scrolling from 360 to 2560 pixels."""

import pytest
from playwright.sync_api import expect

from detr_gradio.checkpoints.catalogue import DEFAULT
from tests.support.app_server import (
    AppServer,
    add_picture,
    open_settings,
    violations,
    wait_for_result,
)

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
