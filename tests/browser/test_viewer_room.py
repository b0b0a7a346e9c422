"""Where picture, controls and legend have their room, and what stays usable when one disappears."""

import pytest
from playwright.sync_api import expect

from tests.support.viewer_pages import ViewerPage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scene", ["quarters", "tall", "crowd"])
def test_picture_and_legend_are_seen_together_on_a_laptop(open_page, viewer_url, scene):
    viewer = ViewerPage(open_page(viewer_url, viewport={"width": 1440, "height": 900}))
    viewer.show(scene)
    viewer.stage.evaluate("stage => window.scrollTo(0, stage.getBoundingClientRect().top)")
    stage, rows = viewer.stage.bounding_box(), viewer.root.locator("tbody tr")
    assert rows.first.bounding_box()["x"] >= stage["x"] + stage["width"]
    assert rows.nth(2).bounding_box()["y"] < stage["y"] + stage["height"]


def test_keys_go_on_when_the_masks_take_the_place_of_the_picture(viewer):
    viewer.key("4")
    viewer.has(view="masks")
    expect(viewer.root.locator(".mask").first).to_be_focused()
    viewer.page.keyboard.press("1")
    viewer.has(view="overlay")
    expect(viewer.stage).to_be_focused()
    viewer.page.keyboard.press("ArrowRight")
    viewer.has(hovered=2)  # the first one was that of the mask in focus


def test_keys_go_on_after_a_click_on_a_view(viewer):
    viewer.root.locator("[data-choice=view] label", has_text="Map").click()
    viewer.has(view="map")
    viewer.page.keyboard.press("c")
    viewer.has(compare="true")
    viewer.page.keyboard.press("2")
    viewer.has(view="original")


def test_a_locked_segment_offers_its_deeds_beside_it(open_page, viewer_url):
    viewer = ViewerPage(open_page(viewer_url))
    viewer.show("actions")
    tip = viewer.root.locator(".tip")
    expect(tip).to_contain_text("A click holds a segment")
    viewer.click(70, 160)
    expect(tip).to_be_hidden()
    detail = viewer.root.locator(".detail")
    expect(detail).to_contain_text("confidence 99%")
    detail.get_by_role("button", name="Only person 1").click()
    viewer.has(hidden="1 2 4", locked=3)
    detail.get_by_role("button", name="Show all").click()
    viewer.has(hidden="")
    detail.get_by_role("button", name="Hide person 1").click()
    viewer.has(hidden="3")
    viewer.page.keyboard.press("Escape")
    expect(detail).to_be_hidden()


def test_spanish_words_fit_a_small_phone(open_page, viewer_url):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    viewer = ViewerPage(open_page(viewer_url, **phone))
    viewer.show("spanish")
    assert viewer.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    room = viewer.root.bounding_box()
    for part in (".stage-room", ".bar", "[data-choice=view]", ".legend-rows"):
        box = viewer.root.locator(part).bounding_box()
        assert box["x"] + box["width"] <= room["x"] + room["width"] + 1


def test_nearly_sure_is_not_told_as_sure(viewer):
    words = viewer.root.evaluate(
        """({ viewer: { words } }) => [1, 0.999, 0.995, 0.994, 0.5].map((n) => words.percent(n))"""
    )
    assert words == ["100%", ">99%", ">99%", "99%", "50%"]
