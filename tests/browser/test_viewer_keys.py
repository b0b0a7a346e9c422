"""Everything by keyboard."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# Id of the row under a place, once the browser has told the page that the pointer is on it.
TOLD_TO_BE_UNDER = """([x, y]) => {
  const row = document.elementFromPoint(x, y).closest("tbody tr");
  return row?.matches(":hover") && Number(row.dataset.id);
}"""


def status(viewer):
    return viewer.root.locator(".status")


def test_arrows_walk_the_segments_and_are_announced(viewer):
    viewer.key("ArrowRight")
    viewer.has(hovered=1)
    expect(status(viewer)).to_have_text("sky, stuff, confidence 97%, 44.2% of the picture")
    viewer.key("ArrowDown", "ArrowDown")
    viewer.has(hovered=3)
    expect(status(viewer)).to_have_text("person 1, thing, confidence 99%, 7.0% of the picture")
    expect(viewer.root.locator(".detail .name")).to_have_text("person 1")
    viewer.key("ArrowLeft")
    viewer.has(hovered=2)
    viewer.key("ArrowUp", "ArrowUp")
    viewer.has(hovered=4)  # round


def test_enter_locks_and_the_arrows_move_the_lock(viewer):
    viewer.key("ArrowRight", "Enter")
    viewer.has(locked=1)
    viewer.key("ArrowRight")
    viewer.has(locked=2)
    viewer.received("segment_select {'id': 2}")
    viewer.key("Escape")
    viewer.has(locked="")


def test_space_hides_and_shows(viewer):
    filled = viewer.color("fill", 70, 160)
    assert filled[3] == 255
    viewer.key("ArrowLeft", "ArrowLeft", "Space")
    viewer.has(hidden=3)
    expect(status(viewer)).to_have_text("person 1 hidden")
    assert viewer.color("fill", 70, 160)[3] == 0
    viewer.key("Space")
    viewer.has(hidden="")
    assert viewer.color("fill", 70, 160) == filled


def test_hidden_segment_does_not_answer_the_pointer(viewer):
    viewer.hover(70, 160)
    viewer.key("Space")
    viewer.hover(72, 161)
    viewer.has(hidden=3, hovered="")


def test_solo_and_back(viewer):
    viewer.key("ArrowRight", "s")
    viewer.has(hidden="2 3 4")
    expect(viewer.root.locator(".hidden-note")).to_contain_text("3 segments are hidden")
    viewer.key("S")
    viewer.has(hidden="")
    viewer.key("s")
    viewer.root.get_by_role("button", name="Show all").click()
    viewer.has(hidden="")


def test_zoom_keys_and_reset(viewer):
    viewer.key("+", "+")
    viewer.has(zoom=1.56)
    viewer.key("-")
    viewer.has(zoom=1.25)
    viewer.key("+", "0")
    viewer.has(zoom=1)


def test_walking_brings_the_segment_into_sight(viewer):
    viewer.key("+", "+", "+", "+", "+", "+", "+", "+")
    viewer.key("ArrowLeft")
    inside = viewer.page.evaluate(
        """() => {
          const { view, map } = document.querySelector(".panoptic-viewer").viewer;
          const { x, y } = view.toStage(...map.byId.get(4).anchor);
          return x >= 0 && y >= 0 && x <= view.stageWidth && y <= view.stageHeight;
        }"""
    )
    assert inside


def test_views_and_layers_have_keys(viewer):
    for key, view in (("2", "original"), ("3", "map"), ("4", "masks"), ("1", "overlay")):
        viewer.stage.focus() if view != "overlay" else viewer.root.locator(".mask").first.focus()
        viewer.page.keyboard.press(key)
        viewer.has(view=view)
    viewer.key("o", "l", "c")
    expect(viewer.root.get_by_label("Outlines")).not_to_be_checked()
    expect(viewer.root.get_by_label("Labels")).not_to_be_checked()
    viewer.has(compare="true")


def test_list_of_keys_keeps_the_focus_and_gives_it_back(viewer):
    viewer.key("?")
    dialog = viewer.root.locator("dialog.keys")
    expect(dialog).to_be_visible()
    # Those of a correction are for viewers that offer it.
    expect(dialog.locator("dt:visible")).to_have_count(19)
    for _ in range(4):
        viewer.page.keyboard.press("Tab")
        assert viewer.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    viewer.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(viewer.stage).to_be_focused()


def test_full_screen_and_back(viewer):
    viewer.key("f")
    button = viewer.root.get_by_label("Full screen")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_keys_of_others_are_left_alone(viewer):
    viewer.root.locator(".search").fill("s")
    viewer.root.locator(".search").press("o")
    expect(viewer.root.locator(".search")).to_have_value("so")
    expect(viewer.root.get_by_label("Outlines")).to_be_checked()
    viewer.key("+", "Control+0")
    viewer.drawn()
    viewer.has(zoom=1.25)


def test_what_scrolls_under_a_resting_pointer_takes_nothing_from_the_keys(viewer):
    viewer.show("crowd")
    rows = viewer.root.locator("tbody tr")
    rows.nth(5).hover()
    viewer.has(hovered=6)
    box = rows.nth(5).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    rows.nth(8).locator(".name").focus()
    viewer.page.keyboard.press("ArrowDown")
    viewer.has(hovered=10)
    viewer.root.locator(".legend-rows").evaluate("node => (node.scrollTop = 300)")
    told = viewer.page.wait_for_function(TOLD_TO_BE_UNDER, arg=[x, y]).json_value()
    assert told != 10
    viewer.has(hovered=10)
    viewer.page.mouse.move(x + 2, y)
    viewer.has(hovered=told)  # the pointer leads again
