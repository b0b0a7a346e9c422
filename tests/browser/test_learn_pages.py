"""The Learn pages in a browser: both languages, the visitor's own picture, narrow screens."""

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError as OutOfTime
from playwright.sync_api import expect

from tests.support.app_server import add_picture, violations, wait_for_result

pytestmark = pytest.mark.browser

TABS = {
    "en": ("Learn", "How DETR segments", "What panoptic means", "Train your own"),
    "es": ("Aprender", "Cómo segmenta DETR", "Qué es lo panóptico", "Entrene el suyo"),
}


def open_tab(page, name):
    """Choose a tab, also where it is hidden behind the dots of a narrow screen."""
    tab = page.get_by_role("tab", name=name, exact=True)
    # The page has tabs within a tab, and each row of tabs has dots of its own.
    hidden = page.locator(".overflow-dropdown button", has_text=name)
    menu = page.locator(".overflow-menu", has=hidden)
    # Gradio shows all tabs, measures, and then hides some: what is there now may soon be elsewhere.
    for _ in range(20):
        with suppress(OutOfTime):
            if tab.is_visible():
                return tab.click(timeout=4000)
            menu.locator("> button").click(timeout=4000)
            return menu.locator(hidden).click(timeout=4000)
    raise AssertionError(f"There is no tab {name}")


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_page_speaks_one_language(app, open_page, language):
    page = open_page(f"{app.url}?lang={language}")
    page.locator("#settings").wait_for()
    other = "es" if language == "en" else "en"
    learn, *pages = TABS[language]
    page.get_by_role("tab", name=learn, exact=True).click()
    for name in pages:
        page.get_by_role("tab", name=name, exact=True).click()
        shown = page.locator(".learn:visible")
        shown.first.wait_for()
        assert shown.locator(f"[lang={language}]:visible").count() > 5
        expect(shown.locator(f"[lang={other}]:visible")).to_have_count(0)


def test_each_step_is_shown_with_the_visitors_picture(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    page.evaluate("scrollTo(0, 300)")
    page.get_by_role("tab", name="Learn", exact=True).dispatch_event("click")
    page.locator("#learn-how").wait_for()
    page.wait_for_function("scrollY === 0")  # at its top, wherever the page was
    assert page.locator("#learn-how .steps img").count() == 0
    page.locator("#learn-show").click()
    steps = page.locator("#learn-how .steps > li")
    steps.nth(6).locator("img").first.wait_for()
    for step in steps.all()[:7]:
        step.locator("img").first.wait_for()
    expect(steps.nth(0)).to_contain_text("px → 3 × 800 × ")
    expect(page.locator("#learn-status .status")).to_have_count(0)
    page.evaluate("scrollTo(0, 900)")
    page.get_by_role("tab", name="What panoptic means").dispatch_event("click")
    page.wait_for_function("scrollY === 0")
    expect(page.locator("#learn-panoptic .formula").first).to_have_css("overflow-y", "hidden")
    expect(
        page.locator("#learn-panoptic figcaption", has_text="Instance: 2 things")
    ).to_be_visible()


def test_without_a_picture_an_example_is_taken(app, open_page):
    page = open_page(app.url)
    page.locator("#settings").wait_for()
    page.get_by_role("tab", name="Learn", exact=True).click()
    page.locator("#learn-show").click()
    page.locator("#learn-how .steps > li").nth(6).locator("img").first.wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(app, open_page, theme):
    page = open_page(f"{app.url}?__theme={theme}")
    page.locator("#settings").wait_for()
    page.get_by_role("tab", name="Learn", exact=True).click()
    page.locator("#learn-show").click()
    page.locator("#learn-how .steps > li").nth(6).locator("img").first.wait_for()
    for name in TABS["en"][1:]:
        page.get_by_role("tab", name=name, exact=True).click()
        page.locator(".learn:visible").first.wait_for()
        assert violations(page) == [], name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_phone(app, open_page, theme):
    page = open_page(f"{app.url}?__theme={theme}", viewport={"width": 390, "height": 844})
    page.locator("#settings").wait_for()
    open_tab(page, "Learn")
    for name in TABS["en"][1:]:
        open_tab(page, name)
        page.locator(".learn:visible").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
