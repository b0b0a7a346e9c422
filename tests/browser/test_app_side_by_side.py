"""Two results of one picture side by side: pointer and zoom are shared, the settings are not."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.app_server import (
    add_picture,
    another_result,
    open_settings,
    save_picture,
    wait_for_result,
)

pytestmark = pytest.mark.browser


def names(viewer):
    return viewer.locator("tbody .name")


def point(page, viewer, x: float, y: float) -> None:
    """Move the pointer to a place of the picture, in fractions of its sides."""
    stage = viewer.locator(".stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_result_stays_beside_the_next_ones_of_its_picture(app, open_page, tmp_path):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    now = page.locator(".panoptic-viewer:not(.kept)")
    kept = page.locator(".panoptic-viewer.kept")
    now.get_by_role("button", name="Side by side").click()
    expect(kept).to_have_attribute("data-state", "ready")
    expect(kept.locator(".made-with")).to_have_text("Kept: DETR-R101 · 1067 × 800 · threshold 85%")
    expect(now.locator(".made-with")).to_contain_text("the same. Change a setting")
    left, right = (each.locator(".stage").bounding_box() for each in (now, kept))
    assert left["x"] + left["width"] < right["x"]
    assert (left["width"], left["height"], left["y"]) == pytest.approx(
        (right["width"], right["height"], right["y"]), abs=1
    )

    with another_result(page):  # of a threshold, and of another checkpoint, which sees less
        now.locator("[data-threshold=number]").fill("0.6")
        now.locator("[data-threshold=number]").press("Enter")
    open_settings(page)
    page.locator("#checkpoint input").click()
    page.get_by_role("option", name="DETR-R50 ·").click()
    expect(page.locator("#checkpoint input")).to_have_value(re.compile("^DETR-R50 ·"))
    page.locator("#detail input[type=number]").fill("480")
    page.locator("#detail input[type=number]").press("Enter")
    with another_result(page):
        page.locator("#segment").click()
    expect(now.locator(".made-with")).to_have_text("Now: DETR-R50 · 640 × 480 · threshold 60%")
    expect(kept.locator(".made-with")).to_contain_text("1067 × 800 · threshold 85%")
    expect(names(now)).to_have_text(["sky", "grass", "person 1", "person 2", "dog 1"])
    expect(names(kept)).to_have_text(["sky", "grass", "person 1", "person 2"])

    # The dog of the one is grass in the other, in both directions.
    point(page, now, 0.5, 0.7)
    expect(now.locator("tr.lit .name")).to_have_text("dog 1")
    expect(kept.locator("tr.lit .name")).to_have_text("grass")
    expect(kept.locator(".other-pointer")).to_be_visible()
    point(page, kept, 0.25, 0.5)
    expect(now.locator("tr.lit .name")).to_have_text("person 1")
    page.mouse.move(2, 2)
    expect(page.locator("tr.lit")).to_have_count(0)
    names(now).filter(has_text="dog 1").hover()
    expect(kept.locator("tr.lit .name")).to_have_text("grass")

    point(page, kept, 0.5, 0.5)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(kept).not_to_have_attribute("data-zoom", "1")
    expect(now).to_have_attribute("data-zoom", kept.get_attribute("data-zoom"))
    now.locator("[data-choice=view] input[value=map]").check(force=True)
    expect(kept).to_have_attribute("data-view", "map")

    # A lock in what is kept is none of the result on show, of which downloads are made.
    names(kept).filter(has_text="sky").click()
    expect(kept).to_have_attribute("data-locked", "1")
    page.get_by_role("button", name="Downloads").click()
    page.locator("#download-cutout").click()
    expect(page.get_by_text("Select a segment first")).to_be_visible()

    page.locator("#picture").get_by_label("Remove the picture").click()
    add_picture(page, save_picture(tmp_path / "another.png"))
    expect(kept).to_have_count(0)
    expect(now.get_by_role("button", name="Side by side")).to_have_attribute(
        "aria-pressed", "false"
    )
