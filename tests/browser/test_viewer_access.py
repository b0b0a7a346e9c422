"""No serious barrier, in either theme and in every state."""

import pytest

from tests.support.app_server import violations
from tests.support.viewer_pages import ViewerPage

pytestmark = pytest.mark.browser


def barriers(page):
    return violations(page, context=".panoptic-viewer")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_barrier(open_page, viewer_url, theme):
    viewer = ViewerPage(open_page(f"{viewer_url}?__theme={theme}"))
    viewer.has(state="empty")
    assert barriers(viewer.page) == []
    viewer.show("actions")
    viewer.page.locator(".facts").hover()
    viewer.root.locator("[data-switch=compare]").check()
    viewer.key("ArrowRight", "Enter")
    assert barriers(viewer.page) == []
    viewer.key("4")
    assert barriers(viewer.page) == []
    viewer.root.locator(".mask").first.focus()
    viewer.page.keyboard.press("?")
    assert barriers(viewer.page) == []
    viewer.page.keyboard.press("Escape")
    viewer.show("nothing", state="nothing")
    assert barriers(viewer.page) == []


def test_motion_stops_where_less_is_asked_for(open_page, viewer_url):
    viewer = ViewerPage(open_page(viewer_url, reduced_motion="reduce"))
    veil = viewer.root.locator(".veil")
    assert veil.evaluate("node => getComputedStyle(node).transitionDuration") == "0s"


def test_forced_colours_keep_the_swatches(open_page, viewer_url):
    viewer = ViewerPage(open_page(viewer_url, forced_colors="active"))
    viewer.show("quarters")
    colors = viewer.root.locator("tbody .swatch").evaluate_all(
        "nodes => new Set(nodes.map((node) => getComputedStyle(node).backgroundColor)).size"
    )
    assert colors == 4
