"""The gallery: one click segments, the second time is instant, everybody gets their credit."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.app_server import (
    EXAMPLES,
    another_result,
    copied_link,
    legend,
    open_settings,
    wait_for_result,
)

pytestmark = pytest.mark.browser

CREDITS = json.loads((EXAMPLES / "credits.json").read_text(encoding="utf-8"))


def test_every_example_is_there_with_its_credits(app, open_page):
    page = open_page(app.url)
    page.get_by_role("tab", name="Gallery").click()
    cards = page.locator("#gallery-cards li")
    expect(cards).to_have_count(len(CREDITS))
    assert len(CREDITS) >= 12
    for card, entry in zip(cards.all(), CREDITS, strict=True):
        expect(card).to_contain_text(entry["title_en"])
        expect(card).to_contain_text(entry["author"])
        expect(card).not_to_contain_text("Needs")
        expect(card.locator("a")).to_have_attribute("href", entry["source"])
        card.scroll_into_view_if_needed()  # or it is not loaded
        expect(card.locator("img")).to_have_js_property("naturalWidth", 320)


def test_second_click_runs_no_network(app, open_page):
    page = open_page(app.url)
    page.get_by_role("tab", name="Gallery").click()
    card = page.locator("#gallery-cards [data-example]").nth(3)
    card.click()
    wait_for_result(page)
    with another_result(page):
        page.locator("#gallery-cards [data-example]").nth(4).click()
    passes = app.segmenter.passes
    with another_result(page):
        card.click()
    assert app.segmenter.passes == passes


def test_link_opens_an_example_with_its_settings(app, open_page):
    page = open_page(f"{app.url}?example=photo-cows&threshold=0.6&detail=480&lang=es")
    wait_for_result(page)
    expect(legend(page)).to_have_text(["cielo", "césped", "persona 1", "persona 2", "perro 1"])
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("640 × 480")
    expect(page.locator("[data-threshold=number]")).to_have_value("0,6")


def test_copied_link_reproduces_the_view_without_the_picture(app, open_page):
    page = open_page(app.url, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#welcome-cards [data-example]").nth(1).click()
    wait_for_result(page)
    page.locator("#copy-link").click()
    link = copied_link(page, "example")
    name = CREDITS[1]["file"].split(".")[0]
    for part in (f"example={name}", "threshold=0.85", "detail=800", "lang=en", "checkpoint="):
        assert part in link


def test_wrong_parameters_are_ignored(app, open_page):
    page = open_page(f"{app.url}?example=../app&threshold=much&detail=-5&checkpoint=/etc&lang=xx")
    page.locator("#welcome-cards [data-example='photo-cows']").click()
    wait_for_result(page)
    expect(page.locator("[data-threshold=number]")).to_have_value("0.85")
    open_settings(page)
    expect(page.locator("#detail input[type=number]")).to_have_value("64")  # the least there is
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("85 × 64")
