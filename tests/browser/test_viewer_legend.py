"""The legend: sorting, searching, choosing, deeds."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def names(viewer):
    return viewer.root.locator("tbody .name")


def test_rows_tell_the_segments(viewer):
    expect(names(viewer)).to_have_text(["sky", "grass", "person 1", "car 1"])
    row = viewer.root.locator("tbody tr").nth(3)
    assert row.locator("td, th").all_inner_texts()[:6] == [
        "4", "car 1", "thing", "88%", "5.0%", "240, 180, 100 × 60",
    ]  # fmt: skip
    expect(viewer.root.locator("tfoot tr")).to_contain_text("void")
    expect(viewer.root.locator("tfoot tr")).to_contain_text("5.7%")
    expect(viewer.root.locator(".facts")).to_contain_text("1066 × 800")
    expect(viewer.root.locator(".facts")).to_contain_text("4 segments")


@pytest.mark.parametrize(
    ("header", "first", "then"),
    [
        ("Label", ["car 1", "grass", "person 1", "sky"], ["sky", "person 1", "grass", "car 1"]),
        ("Confidence", ["person 1", "sky", "grass", "car 1"], None),
        ("Area", ["sky", "grass", "person 1", "car 1"], ["car 1", "person 1", "grass", "sky"]),
        ("Kind", ["person 1", "car 1", "sky", "grass"], ["sky", "grass", "person 1", "car 1"]),
    ],
)
def test_headers_sort(viewer, header, first, then):
    button = viewer.root.locator("thead").get_by_role("button", name=header)
    button.click()
    expect(names(viewer)).to_have_text(first)
    column = button.locator("xpath=..")
    order = "descending" if header in ("Confidence", "Area") else "ascending"
    expect(column).to_have_attribute("aria-sort", order)
    button.press("Enter")
    expect(names(viewer)).to_have_text(then or first[::-1])
    expect(viewer.root.locator("th[aria-sort=none]")).to_have_count(4)


def test_numbers_sort_as_numbers(viewer):
    viewer.show("crowd")
    viewer.root.locator("thead").get_by_role("button", name="Label").click()
    people = [name for name in names(viewer).all_inner_texts() if name.startswith("person")]
    assert people == [f"person {number}" for number in range(1, len(people) + 1)]
    assert len(people) > 10


def test_search(viewer):
    search = viewer.root.get_by_role("searchbox", name="Search the legend")
    search.fill("PERS")
    expect(names(viewer)).to_have_text(["person 1"])
    search.fill("zebra")
    expect(names(viewer)).to_have_count(0)
    expect(viewer.root.locator(".no-match")).to_have_text("No segment matches “zebra”.")
    search.fill("> 6%")
    expect(names(viewer)).to_have_text(["sky", "grass", "person 1"])
    search.fill("confidence < 96%")
    expect(names(viewer)).to_have_text(["grass", "car 1"])
    search.fill("> 6% confidence < 96%")
    expect(names(viewer)).to_have_text(["grass"])
    # The help of the legend says so.
    search.fill("")
    viewer.root.get_by_role("button", name="Keys and search").click()
    expect(viewer.root.locator(".keys")).to_contain_text("confidence < 90%")
    viewer.page.keyboard.press("Escape")
    search.fill("")
    expect(names(viewer)).to_have_count(4)


def test_search_forgives_accents(viewer):
    viewer.show("spanish")
    viewer.root.locator(".search").fill("CESPED")
    expect(names(viewer)).to_have_text(["césped"])


def test_row_lights_the_segment_and_a_click_locks_it(viewer):
    row = viewer.root.locator("tbody tr").nth(3)
    row.locator(".of-kind").hover()
    viewer.has(hovered=4)
    expect(viewer.stage).to_have_class("stage lit")
    row.locator(".of-kind").click()
    viewer.has(locked=4)
    viewer.received("segment_select {'id': 4}")
    expect(row.locator(".name")).to_have_attribute("aria-pressed", "true")
    row.locator(".name").click()
    viewer.has(locked="")


def test_arrow_keys_move_between_rows_and_one_row_is_in_the_tab_order(viewer):
    names(viewer).first.focus()
    viewer.has(hovered=1)
    viewer.page.keyboard.press("ArrowDown")
    expect(names(viewer).nth(1)).to_be_focused()
    viewer.has(hovered=2)
    viewer.page.keyboard.press("Enter")
    viewer.has(locked=2)
    expect(viewer.root.locator("tbody .name[tabindex='0']")).to_have_text(["grass"])


def test_eye_hides_and_shows(viewer):
    viewer.root.get_by_role("button", name="Hide person 1").click()
    viewer.has(hidden=3)
    viewer.root.get_by_role("button", name="Show person 1").click()
    viewer.has(hidden="")


def test_actions_only_where_the_app_offers_them(viewer):
    expect(viewer.root.get_by_role("button", name="Cut out")).to_have_count(0)
    viewer.show("actions")
    viewer.root.get_by_role("button", name="Cut out car 1").click()
    viewer.received("segment_cutout {'id': 4}")
    viewer.root.get_by_role("button", name="Why person 1?").click()
    viewer.received("segment_why {'id': 3}")
    viewer.has(locked="")


def test_hover_scrolls_the_legend_but_never_the_page(viewer):
    viewer.show("crowd")
    viewer.page.evaluate("window.scrollTo(0, 0)")
    viewer.key("ArrowLeft")  # the last one
    viewer.page.wait_for_function("document.querySelector('.legend-rows').scrollTop > 100")
    assert viewer.page.evaluate("window.scrollY") == 0
