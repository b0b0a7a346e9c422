"""One whole way of a user in Firefox and in WebKit, with the engines that Debian has."""

import csv
import io
import shutil

import pytest
from playwright.sync_api import expect
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import STARTED, loaded_anew
from tests.support.app_server import (
    OWN,
    PICTURE,
    add_picture,
    legend,
    open_settings,
    wait_for_result,
)
from tests.support.handles import SLIDERS, expect_whole_handles
from tests.support.viewer_pages import ViewerPage
from tests.support.webkit import WebKit

pytestmark = pytest.mark.browser

FIREFOX, WEBKIT = shutil.which("firefox-esr"), shutil.which("WebKitWebDriver")


@pytest.fixture(scope="module")
def firefox(playwright):
    """Debian's Firefox, by WebDriver BiDi."""
    if not FIREFOX:
        pytest.skip("firefox-esr is not installed")
    browser = playwright.firefox.launch(channel="moz-firefox", executable_path=FIREFOX)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def webkit():
    """Debian's WebKitGTK."""
    if not WEBKIT:
        pytest.skip("webkit2gtk-driver is not installed")
    with WebKit(WEBKIT) as browser:
        yield browser


def test_firefox_from_the_picture_to_the_download(app, firefox, open_page):
    page = open_page(app.url, browser=firefox, started=False)
    # The result that the page opens on answers, whether Gradio has taken over from it or not.
    stage = page.locator(".panoptic-viewer[data-opening][data-state=ready] .stage").first
    place = stage.bounding_box()
    page.mouse.move(place["x"] + 0.59 * place["width"], place["y"] + 0.7 * place["height"])
    expect(page.locator("tr.lit .name").first).to_have_text("teddy bear 1")
    page.wait_for_function(STARTED)
    expect(page.locator("tr.lit .name")).to_have_text("teddy bear 1")
    open_settings(page)
    expect_whole_handles(page, SLIDERS[2:])  # the others are Firefox's own
    add_picture(page)
    wait_for_result(page)
    expect(legend(page)).to_have_text(["sky", "grass", "person 1", "person 2"])
    viewer = ViewerPage(page)
    # Sky fills the upper half of the picture.
    viewer.hover(100, 20)
    viewer.lit_row("sky")
    viewer.key("Escape")
    page.locator("[data-threshold=range]").focus()
    for _ in range(25):  # 0.85 to 0.6
        page.keyboard.press("ArrowLeft")
    expect(legend(page).filter(has_text="dog 1")).to_be_visible()
    # An expert's tools.
    search = page.get_by_role("searchbox", name="Search the legend")
    search.fill("confidence < 90%")
    expect(legend(page)).to_have_text(["dog 1"])
    search.fill("")
    page.get_by_role("button", name="Side by side").click()
    kept = page.locator(".panoptic-viewer.kept")
    expect(kept).to_have_attribute("data-state", "ready")
    viewer.hover(512, 20)
    expect(kept.locator("tr.lit .name")).to_have_text("sky")
    page.get_by_role("button", name="Side by side").click()
    expect(kept).to_have_count(0)
    legend(page).first.click()
    page.locator(".detail").get_by_role("button", name="copy mask").click()
    expect(page.locator(".detail").get_by_role("button", name="copied")).to_be_visible()
    page.get_by_role("button", name="Downloads").click()
    with page.expect_download() as download:
        page.locator("#download-legend").click()
    with open(download.value.path(), newline="", encoding="utf-8-sig") as file:  # noqa: PTH123
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows][:2] == ["sky", "grass"]
    with loaded_anew(page):
        page.locator("[data-language=es]").click()
    expect(legend(page).first).to_have_text("cielo")
    # Gradio's own names, too.
    expect(page.get_by_role("button", name="Quitar la imagen")).to_be_visible()


def test_firefox_brings_what_was_asked_for_into_view(app, firefox, open_page):
    page = open_page(app.url, browser=firefox, viewport={"width": 844, "height": 390})
    add_picture(page)
    wait_for_result(page)
    expect(page.locator(".panoptic-viewer .stage-room")).to_be_in_viewport(ratio=0.99)
    top = page.evaluate("scrollY")
    page.locator(".panoptic-viewer .stage").hover()
    page.mouse.wheel(0, 60)  # which scrolls the page, and zooms nothing
    page.wait_for_function("(top) => scrollY > top", arg=top)
    expect(page.locator(".panoptic-viewer")).to_have_attribute("data-zoom", "1")


def test_webkit_from_the_picture_to_the_download(app, webkit):
    webkit.open(app.url)
    opening = ".panoptic-viewer[data-opening][data-state=ready] .stage"
    webkit.wait_for(opening)
    webkit.hover(opening, 0.59, 0.7)
    webkit.wait_until(lambda: "teddy bear 1" in webkit.texts(".panoptic-viewer tr.lit .name"))
    webkit.choose_file("#picture input[type=file]", PICTURE)
    webkit.wait_for(f".panoptic-viewer[data-state=ready]{OWN}")
    names = ["sky", "grass", "person 1", "person 2"]
    webkit.wait_until(lambda: webkit.texts(".panoptic-viewer tbody tr .name") == names)
    webkit.hover(".panoptic-viewer .stage", 0.5, 0.1)
    webkit.wait_until(lambda: webkit.texts(".panoptic-viewer tr.lit .name") == ["sky"])
    webkit.press("[data-threshold=range]", Keys.ARROW_LEFT * 25)  # 0.85 to 0.6
    webkit.wait_until(lambda: "dog 1" in webkit.texts(".panoptic-viewer tbody tr .name"))
    webkit.press(".panoptic-viewer .search", "confidence < 90%")
    webkit.wait_until(lambda: webkit.texts(".panoptic-viewer tbody tr .name") == ["dog 1"])
    webkit.press(".panoptic-viewer .search", Keys.BACKSPACE * 16)
    webkit.click("[data-do=beside]")
    webkit.wait_for(".panoptic-viewer.kept[data-state=ready]")
    webkit.hover(".panoptic-viewer .stage", 0.5, 0.1)
    webkit.wait_for(".panoptic-viewer.kept tr.lit .name")
    assert webkit.texts(".panoptic-viewer.kept tr.lit .name") == ["sky"]
    webkit.click("[data-do=beside]")
    webkit.click("#downloads button")
    data = webkit.downloaded("#download-legend")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row["name"] for row in rows][:2] == ["sky", "grass"]
