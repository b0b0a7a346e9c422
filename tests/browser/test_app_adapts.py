"""Forced colours, paper, dark: what the system asks for is followed."""

import io
import re
import zlib

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import loaded_anew
from tests.support.app_server import add_picture, open_settings, wait_for_result
from tests.support.viewer_pages import ViewerPage

pytestmark = pytest.mark.browser


def colors(locator) -> int:
    """How many colours an element shows."""
    pixels = np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))
    return len(np.unique(pixels.reshape(-1, 3), axis=0))


def picture_colors(pdf: bytes) -> list[int]:
    """How many colours each picture of a PDF file has."""
    found = []
    for object_ in re.finditer(rb"/Subtype\s*/Image.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        raw = zlib.decompress(object_[1])
        found.append(
            len(np.unique(np.frombuffer(raw[: len(raw) // 3 * 3], np.uint8).reshape(-1, 3), axis=0))
        )
    return found


def test_forced_colors_leave_what_is_chosen_visible(app, open_page):
    page = open_page(app.url, forced_colors="active")
    add_picture(page)
    wait_for_result(page)
    # Without a track and a handle there is nothing but the ground.
    assert colors(page.locator("[data-threshold=range]")) > 3
    chosen, other = page.locator("[role=tab]").nth(0), page.locator("[role=tab]").nth(1)
    expect(chosen).to_have_css("outline-style", "solid")
    expect(other).to_have_css("outline-style", "none")
    ground = "el => getComputedStyle(el).backgroundColor"
    english, spanish = (page.locator(f"[data-language={code}]") for code in ("en", "es"))
    assert english.evaluate(ground) != spanish.evaluate(ground)
    open_settings(page)
    expect(page.locator("#method input[value=paper]")).to_have_css("appearance", "auto")
    # An open eye has a pupil.
    assert colors(page.locator(".panoptic-viewer .eye").first) > 2


def test_the_chosen_language_is_pressed(app, open_page):
    page = open_page(app.url)
    english, spanish = (page.locator(f"[data-language={code}]") for code in ("en", "es"))
    expect(english).to_have_attribute("aria-pressed", "true")
    expect(spanish).to_have_attribute("aria-pressed", "false")
    with loaded_anew(page):
        spanish.click()
    expect(spanish).to_have_attribute("aria-pressed", "true")
    expect(english).to_have_attribute("aria-pressed", "false")


def test_paper_gets_picture_and_legend_alone(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    page.emulate_media(media="print")
    for selector in ("#header", "#tabs", "#side", "#downloads", "footer", ".panoptic-viewer .bar"):
        expect(page.locator(selector).first).to_be_hidden()
    for selector in (".panoptic-viewer .stage", ".panoptic-viewer tbody tr"):
        expect(page.locator(selector).first).to_be_visible()
    paper = page.pdf(print_background=True)
    assert max(picture_colors(paper)) > 1000  # the photograph, not an empty canvas
    swatch = page.locator(".panoptic-viewer tbody .swatch").first
    expect(swatch).to_have_css("print-color-adjust", "exact")


LARGE = """() => {
  const texts = [...document.querySelectorAll(".gradio-container *")];
  const sizes = texts.map((text) => Number.parseFloat(getComputedStyle(text).fontSize));
  texts.forEach((text, index) => (text.style.fontSize = `${2 * sizes[index]}px`));
}"""
# What is beyond an edge that hides it, or beyond the window.
CUT_OFF = """() => [...document.querySelectorAll("#viewer *, #side *, #header *")]
  .filter((each) => each.checkVisibility() && each.clientWidth > 1 && !each.closest(".ground"))
  .filter((each) => {
    const { overflowX } = getComputedStyle(each);
    const hides = ["hidden", "clip"].includes(overflowX) && each.scrollWidth > each.clientWidth + 2;
    const scrolls = each.parentElement.closest(".legend-rows") !== null;
    return hides || (!scrolls && each.getBoundingClientRect().right > innerWidth + 1);
  })
  .map((each) => each.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("width", [1440, 390])
def test_text_at_twice_its_size_is_cut_off_nowhere(app, open_page, width):
    page = open_page(app.url, viewport={"width": width, "height": 900}, locale="es-ES")
    add_picture(page)
    viewer = wait_for_result(page)
    page.evaluate(LARGE)
    ViewerPage(page).drawn()
    assert page.evaluate(CUT_OFF) == []
    # Where there is no room for all columns, they go on to the side.
    last = viewer.locator("thead .of-share")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=0.99)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_browser_s_own_parts_follow_the_page(app, open_page, scheme):
    page = open_page(f"{app.url}?__theme={scheme}")
    page.locator("#settings").wait_for()
    expect(page.locator("body")).to_have_css("color-scheme", scheme)
