"""Hover, tooltip, lock, wheel and drag."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ZOOMED = "Number(document.querySelector('.panoptic-viewer').dataset.zoom) > 1"


def test_hover_lights_the_segment_its_row_and_a_tooltip(viewer):
    viewer.hover(70, 160)
    viewer.has(hovered=3, locked="")
    viewer.lit_row("person 1")
    detail = viewer.root.locator(".detail")
    facts = detail.locator(".detail-facts")
    expect(detail.locator(".name")).to_have_text("person 1")
    expect(facts).to_have_text("thing · confidence 99% · 7.0% of the picture")
    viewer.hover(200, 60)
    viewer.has(hovered=1)
    expect(facts).to_have_text("stuff · confidence 97% · 44.2% of the picture")
    viewer.page.mouse.move(2, 2)
    viewer.has(hovered="")
    expect(detail).to_be_hidden()
    expect(viewer.root.locator("tr.lit")).to_have_count(0)


@pytest.mark.parametrize(
    ("x", "y", "id_"),
    [(40, 90, 3), (39, 90, 1), (99, 229, 3), (100, 229, 2), (240, 180, 4), (0, 0, 1)],
)
def test_the_pixel_decides(viewer, x, y, id_):
    viewer.hover(x, y)
    viewer.has(hovered=id_)


def test_void_is_told_but_not_lit(viewer):
    viewer.hover(200, 150)
    viewer.has(hovered="")
    expect(viewer.root.locator(".detail .name")).to_have_text("void")
    expect(viewer.root.locator(".detail-facts")).to_have_text("5.7% of the picture")


def test_click_locks_and_escape_frees(viewer):
    viewer.click(70, 160)
    viewer.has(locked=3)
    viewer.received("segment_select {'id': 3}")
    viewer.hover(290, 210)
    viewer.has(locked=3)
    viewer.lit_row("person 1")
    expect(viewer.root.locator(".detail .name")).to_have_text("person 1")
    viewer.key("Escape")
    viewer.has(locked="")
    viewer.received("segment_select {'id': None}")


def test_click_on_another_moves_the_lock_and_on_the_same_or_void_frees(viewer):
    viewer.click(70, 160)
    viewer.click(290, 210)
    viewer.has(locked=4)
    viewer.click(290, 210)
    viewer.has(locked="")
    viewer.click(290, 210)
    viewer.click(200, 150)
    viewer.has(locked="")


def test_hover_asks_the_server_nothing(viewer):
    requests = []
    viewer.page.on("request", lambda request: requests.append(request.url))
    for x in range(10, 390, 20):
        viewer.hover(x, 200)
    viewer.has(hovered=2)
    viewer.page.keyboard.down("Control")
    viewer.page.mouse.wheel(0, -300)
    viewer.page.wait_for_function(ZOOMED)
    assert [url for url in requests if "heartbeat" not in url] == []


def test_wheel_zooms_at_the_pointer_and_drag_pans(viewer):
    viewer.hover(290, 210)
    viewer.page.keyboard.down("Control")
    viewer.page.mouse.wheel(0, -400)
    viewer.page.keyboard.up("Control")
    viewer.page.wait_for_function(ZOOMED)
    viewer.page.mouse.move(*viewer.place(291, 211))
    viewer.has(hovered=4)  # still under the pointer
    x, y = viewer.place(290, 210)
    viewer.page.mouse.down()
    viewer.page.mouse.move(x + 60, y + 30, steps=4)
    viewer.page.mouse.up()
    viewer.has(locked="")  # a drag is no click
    moved = viewer.page.evaluate(
        """([x, y]) => {
          const { view, stage } = document.querySelector(".panoptic-viewer").viewer;
          const box = stage.getBoundingClientRect();
          const at = view.toPicture(x - box.left, y - box.top);
          return [at.x, at.y];
        }""",
        [x + 60, y + 30],
    )
    assert moved == pytest.approx([290.5, 210.5], abs=1.5)


def test_wheel_scrolls_the_page_in_both_directions(viewer):
    viewer.hover(200, 60)
    viewer.page.mouse.wheel(0, 200)
    viewer.page.wait_for_function("window.scrollY > 0")
    viewer.page.mouse.wheel(0, -200)
    viewer.page.wait_for_function("window.scrollY === 0")
    viewer.has(zoom=1)


def test_escape_frees_the_lock_wherever_the_focus_is(viewer):
    viewer.click(70, 160)
    viewer.has(locked=3)
    viewer.page.locator("#show-crowd").focus()
    viewer.page.keyboard.press("Escape")
    viewer.has(locked="")


def test_highlight_shows_the_bare_picture_on_a_dimmed_ground(viewer):
    viewer.hover(70, 160)
    expect(viewer.stage).to_have_class("stage lit")
    found = viewer.page.evaluate(
        """() => {
          const { layers } = document.querySelector(".panoptic-viewer").viewer;
          const { canvas } = layers.highlight.shown;
          const box = canvas.getBoundingClientRect();
          const colors = [...layers.highlight.shown.getImageData(40, 40, 1, 1).data];
          return { width: box.width, colors };
        }"""
    )
    red, green, blue, alpha = found["colors"]
    assert alpha == 255
    assert (red, green, blue) == pytest.approx((170, 90, 80), abs=45)  # the person, with its grain
    assert found["width"] < viewer.stage.bounding_box()["width"]
