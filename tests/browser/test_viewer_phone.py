"""Touch, and widths from 360 to 2560."""

import pytest
from playwright.sync_api import expect

from tests.support.viewer_pages import ViewerPage

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

PINCH = """(stage) => {
  const box = stage.getBoundingClientRect();
  const fire = (type, pointerId, x, y) => stage.dispatchEvent(new PointerEvent(type, {
    pointerId, pointerType: "touch", bubbles: true, clientX: box.left + x, clientY: box.top + y,
  }));
  stage.setPointerCapture = () => {};  // pointers made by a script cannot be captured
  fire("pointerdown", 11, 100, 100);
  fire("pointerdown", 12, 140, 100);
  fire("pointermove", 12, 180, 100);
  fire("pointerup", 11, 100, 100);
  fire("pointerup", 12, 180, 100);
}"""


@pytest.fixture
def phone(open_page, viewer_url):
    viewer = ViewerPage(open_page(viewer_url, **PHONE))
    viewer.show("actions")
    return viewer


def test_tap_opens_a_sheet_at_the_bottom(phone):
    phone.page.touchscreen.tap(*phone.place(70, 160))
    phone.has(locked=3)
    sheet = phone.root.locator(".detail")
    expect(sheet.locator(".name")).to_have_text("person 1")
    box = sheet.bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    sheet.get_by_role("button", name="cut-out").tap()
    phone.received("segment_cutout {'id': 3}")
    sheet.get_by_role("button", name="Hide person 1").tap()
    phone.has(hidden=3)
    sheet.get_by_role("button", name="Close").tap()
    expect(sheet).to_be_hidden()
    phone.has(locked="")


def test_the_sheet_covers_no_control(phone):
    phone.page.touchscreen.tap(*phone.place(70, 160))
    sheet = phone.root.locator(".detail")
    expect(sheet).to_be_visible()
    phone.root.get_by_role("button", name="Layers").tap()
    controls = phone.root.locator(".bar :is(input, button):visible, tbody .name:visible")
    assert controls.count() > 15
    for control in controls.all():
        control.focus()  # which brings it into view
        box = control.bounding_box()
        assert box["y"] + box["height"] <= sheet.bounding_box()["y"] + 1


def test_pinch_zooms_and_is_no_tap(phone):
    phone.stage.evaluate(PINCH)
    phone.has(zoom=2, locked="")
    expect(phone.stage).to_have_class("stage zoomed")


def test_layers_are_folded_away(phone):
    opacity = phone.root.get_by_label("Opacity")
    expect(opacity).to_be_hidden()
    phone.root.get_by_role("button", name="Layers").tap()
    expect(opacity).to_be_visible()


@pytest.mark.parametrize("width", [360, 768, 1440, 2560])
def test_nothing_scrolls_sideways(open_page, viewer_url, width):
    page = open_page(viewer_url, viewport={"width": width, "height": 900})
    viewer = ViewerPage(page)
    for name in ("actions", "crowd"):
        viewer.show(name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert viewer.root.evaluate("node => node.scrollWidth <= node.clientWidth")
        table, room = viewer.root.locator("table"), viewer.root.locator(".legend-rows")
        assert table.bounding_box()["width"] <= room.bounding_box()["width"]
