"""Why this segment, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import loaded_anew
from tests.support.app_server import add_picture, wait_for_result

pytestmark = pytest.mark.browser


@pytest.fixture
def page(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    page.get_by_role("button", name="Why grass?").click()
    page.locator("#why .why").wait_for()
    return page


def test_it_shows_the_segment_that_was_asked_for(page):
    expect(page.locator("#why h3")).to_contain_text("Why grass?")
    expect(page.locator("#why .shares li").first).to_contain_text("95.0%")
    page.locator("#why summary").first.click()
    expect(page.locator("#why details").first.locator("img:visible")).to_have_count(8)


def test_a_point_can_be_chosen_by_mouse_and_keyboard(page):
    target = page.locator("#why .pointable")
    box = target.bounding_box()
    target.click(position={"x": 0.25 * box["width"], "y": 0.75 * box["height"]})
    expect(target).to_have_attribute("aria-label", "x 25%, y 75%")
    target.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(target).to_have_attribute("aria-label", "x 29%, y 75%")


def test_it_closes_and_does_not_outlive_its_picture(page):
    page.locator("#why .close").click()
    expect(page.locator("#why .why")).to_have_count(0)
    page.get_by_role("button", name="Why sky?").click()
    page.locator("#why .why").wait_for()
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-cards [data-example]").nth(2).click()
    expect(page.locator("#why .why")).to_have_count(0)


def test_another_language_tells_first_what_it_ends(page):
    told = page.locator("#language-ends")
    page.locator("[data-language=es]").click()
    expect(told).to_contain_text("the answer to why and a finished video go")
    told.get_by_role("button", name="Stay here").click()
    expect(told).to_have_count(0)
    expect(page.locator("#why .why")).to_be_visible()
    page.locator("[data-language=es]").click()
    with loaded_anew(page):
        told.get_by_role("button", name="Change the language").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("#why .why")).to_have_count(0)
    with loaded_anew(page):  # nothing ends, and nothing is asked
        page.locator("[data-language=en]").click()
