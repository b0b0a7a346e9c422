"""Views, layers, comparison and masks."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def style(locator, name):
    return locator.evaluate(f"node => getComputedStyle(node)['{name}']")


def choose(viewer, choice, value):
    viewer.root.locator(f"[data-choice={choice}] input[value={value}]").check()


def layer(viewer, name):
    return viewer.root.locator(f"canvas[data-layer={name}]")


def test_opacity_acts_at_once(viewer):
    assert style(layer(viewer, "fill"), "opacity") == "0.45"
    viewer.root.get_by_label("Opacity").fill("80")
    assert style(layer(viewer, "fill"), "opacity") == "0.8"
    expect(viewer.root.locator("output")).to_have_text("80%")


def test_original_hides_fill_and_marks_and_map_hides_the_picture(viewer):
    choose(viewer, "view", "original")
    assert style(layer(viewer, "fill"), "visibility") == "hidden"
    assert style(layer(viewer, "marks"), "visibility") == "hidden"
    assert style(layer(viewer, "picture"), "visibility") == "visible"
    expect(viewer.root.get_by_label("Opacity")).to_be_disabled()
    choose(viewer, "view", "map")
    assert style(layer(viewer, "picture"), "visibility") == "hidden"
    assert style(layer(viewer, "fill"), "opacity") == "1"


def test_fill_has_the_colours_of_the_legend_and_void_has_none(viewer):
    swatch = viewer.root.locator("tbody .swatch").nth(3)
    expected = style(swatch, "backgroundColor")
    red, green, blue, alpha = viewer.color("fill", 290, 225)
    assert f"rgb({red}, {green}, {blue})" == expected
    assert alpha == 255
    assert viewer.color("fill", 200, 150) == [0, 0, 0, 0]


def test_void_is_hatched(viewer):
    found = {tuple(viewer.color("marks", 150 + x / 4, 150)) for x in range(40)}
    inks = {color[:3] for color in found if color[3] > 100}
    assert any(max(ink) < 100 for ink in inks)
    assert any(min(ink) > 170 for ink in inks)


def test_things_only_and_stuff_only(viewer):
    choose(viewer, "kinds", "things")
    viewer.has(hidden="1 2")
    expect(viewer.root.locator("tbody .name")).to_have_text(["person 1", "car 1"])
    viewer.hover(200, 60)
    viewer.has(hovered="")
    choose(viewer, "kinds", "stuff")
    viewer.has(hidden="3 4")
    expect(viewer.root.locator("tbody .name")).to_have_text(["sky", "grass"])


def test_a_lock_that_the_filter_takes_away_is_freed(viewer):
    viewer.click(70, 160)
    viewer.received("segment_select {'id': 3}")
    choose(viewer, "kinds", "stuff")
    viewer.has(locked="")
    viewer.received("segment_select {'id': None}")


def test_colours_by_category(viewer):
    viewer.show("crowd")
    swatches = viewer.root.locator("tbody tr.is-thing .swatch")
    colors = "nodes => new Set(nodes.map((node) => node.style.backgroundColor)).size"
    assert swatches.evaluate_all(colors) > 20
    choose(viewer, "colors", "category")
    assert swatches.evaluate_all(colors) == 4  # person, dog, car, bird


def test_outlines_and_labels_can_be_switched_off(viewer):
    edge = viewer.color("marks", 40, 120)
    assert edge[3] > 0
    viewer.root.get_by_label("Outlines").uncheck()
    viewer.root.get_by_label("Labels").uncheck()
    assert viewer.color("marks", 40, 120)[3] == 0
    assert viewer.color("marks", 290, 210)[3] == 0


def test_comparison_by_pointer_and_keyboard(viewer):
    divider = viewer.root.get_by_role("slider", name="Comparison: how much of the original")
    expect(divider).to_be_hidden()
    viewer.root.get_by_label("Compare").check()
    expect(divider).to_have_attribute("aria-valuenow", "50")
    assert style(layer(viewer, "fill"), "clipPath") == "inset(0px 0px 0px 50%)"
    divider.focus()
    for key, value in (("ArrowRight", 52), ("PageDown", 42), ("Home", 0), ("End", 100)):
        viewer.page.keyboard.press(key)
        expect(divider).to_have_attribute("aria-valuenow", str(value))
    viewer.page.keyboard.press("Home")
    viewer.page.keyboard.press("PageUp")
    box, room = divider.bounding_box(), viewer.stage.bounding_box()
    viewer.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    viewer.page.mouse.down()
    viewer.page.mouse.move(room["x"] + room["width"] * 0.75, box["y"] + 40, steps=3)
    viewer.page.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "75")
    choose(viewer, "view", "original")
    expect(divider).to_be_hidden()


def test_masks_one_by_one(viewer):
    choose(viewer, "view", "masks")
    cards = viewer.root.locator(".mask")
    expect(cards).to_have_count(4)
    expect(cards.nth(2)).to_have_text("person 199%")
    expect(cards.nth(2)).to_have_attribute("data-drawn", "true")
    inside, outside = (
        cards.nth(2)
        .locator("canvas")
        .evaluate(
            """(canvas) => {
          const context = canvas.getContext("2d");
          const at = (x, y) => {
            const pixel = context.getImageData(x * canvas.width, y * canvas.height, 1, 1);
            return Math.max(...pixel.data.slice(0, 3));
          };
          return [at(0.175, 0.5), at(0.6, 0.2)];
        }"""
        )
    )
    assert inside > 120
    assert outside < 80
    cards.nth(2).click()
    viewer.has(locked=3)
    expect(cards.nth(2)).to_have_attribute("aria-pressed", "true")
    choose(viewer, "view", "overlay")
    viewer.has(locked=3)
    expect(cards).to_have_count(0)


def test_masks_are_drawn_when_they_come_into_sight(viewer):
    viewer.show("crowd")
    choose(viewer, "view", "masks")
    expect(viewer.root.locator(".mask")).to_have_count(60)
    expect(viewer.root.locator(".mask").first).to_have_attribute("data-drawn", "true")
    last = viewer.root.locator(".mask").last
    assert last.get_attribute("data-drawn") is None
    last.scroll_into_view_if_needed()
    expect(last).to_have_attribute("data-drawn", "true")
