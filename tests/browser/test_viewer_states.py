"""Empty, nothing found, one segment, sixty; other languages; hostile texts; new values."""

import pytest
from playwright.sync_api import expect

from tests.support.viewer_pages import ViewerPage

pytestmark = pytest.mark.browser


def test_before_the_first_picture_there_is_a_hint(open_page, viewer_url):
    viewer = ViewerPage(open_page(viewer_url))
    viewer.has(state="empty")
    expect(viewer.root.locator(".message-title")).to_contain_text("Choose a picture")
    expect(viewer.stage).to_be_hidden()
    expect(viewer.root.locator("table")).to_be_hidden()


@pytest.mark.parametrize("name", ["hint", "none"])
def test_back_to_the_hint(viewer, name):
    viewer.click(70, 160)
    viewer.show(name, state="empty")
    viewer.has(locked="", hovered="")
    expect(viewer.root.locator("table")).to_be_hidden()
    expect(viewer.root.locator(".detail")).to_be_hidden()
    viewer.show("quarters")
    expect(viewer.root.locator("tbody tr")).to_have_count(4)


def test_nothing_found_is_a_sentence_with_a_way_out(viewer):
    viewer.show("nothing", state="nothing")
    expect(viewer.root.locator(".message-title")).to_have_text("Nothing above 85%.")
    viewer.root.get_by_role("button", name="Lower the threshold to 70%").click()
    viewer.received("threshold_change {'threshold': 0.7}")
    expect(viewer.root.locator("table")).to_be_hidden()


def test_nothing_at_the_lowest_threshold_offers_no_lower_one(viewer):
    viewer.show("lowest", state="nothing")
    expect(viewer.root.locator(".message-title")).to_have_text("Nothing above 50%.")
    expect(viewer.root.locator("[data-do=lower_threshold]")).to_be_hidden()


def test_one_segment(viewer):
    viewer.show("one")
    viewer.page.mouse.move(*viewer.place(40, 30, (80, 60)))
    viewer.has(hovered=1)
    expect(viewer.root.locator(".facts")).to_contain_text("1 segment")
    expect(viewer.root.locator("tfoot tr")).to_be_hidden()
    viewer.key("ArrowRight", "ArrowRight")
    viewer.has(hovered=1)


def test_sixty_segments_each_answer_at_their_label(viewer):
    viewer.show("crowd")
    viewer.page.evaluate("window.scrollTo(0, 0)")
    places = viewer.page.evaluate(
        """() => {
          const { view, map, stage } = document.querySelector(".panoptic-viewer").viewer;
          const box = stage.getBoundingClientRect();
          return map.segments.map(({ id, anchor }) => {
            const { x, y } = view.toStage(...anchor);
            return [id, box.left + x, box.top + y];
          });
        }"""
    )
    assert len(places) == 60
    for id_, x, y in places[::6]:
        viewer.page.mouse.move(x, y)
        viewer.has(hovered=id_)


def test_picture_higher_than_wide_fits(viewer):
    viewer.show("tall")
    viewer.page.mouse.move(*viewer.place(160, 70, (300, 400)))
    viewer.has(hovered=3)


def test_texts_are_shown_as_they_are(viewer):
    viewer.show("hostile")
    expect(viewer.root.locator("tbody .name").nth(2)).to_have_text(
        "<img src=x onerror=\"document.title='broken'\">"
    )
    expect(viewer.root.locator("tbody .name").nth(3)).to_have_text(
        "{{value}}${document.title='broken'}<script>"
    )
    expect(viewer.root.locator(".fact").first).to_have_text("${document.title='broken'}<b>bold</b>")
    viewer.hover(70, 160)
    assert viewer.root.locator("img").count() == 0
    assert viewer.page.title() == "Viewer"


def test_spanish(viewer):
    viewer.show("spanish")
    expect(viewer.root.locator("tbody .name")).to_have_text(
        ["cielo", "césped", "persona 1", "coche 1"]
    )
    viewer.hover(70, 160)
    facts = viewer.root.locator(".detail-facts").inner_text().replace("\u00a0", " ")
    assert facts == "cosa · confianza 99 % · 7,0 % de la imagen"
    expect(viewer.root.get_by_label("Contornos")).to_be_checked()
    expect(viewer.root).to_have_attribute("lang", "es")


def test_same_picture_again_keeps_zoom_hidden_and_lock(viewer):
    viewer.key("+")
    viewer.root.get_by_role("button", name="Hide sky").click()
    viewer.root.locator("tbody .name").nth(1).click()
    viewer.has(locked=2)
    viewer.show("actions")  # the same picture with other actions
    viewer.has(zoom=1.25, hidden=1, locked=2)
    viewer.show("crowd")
    viewer.has(zoom=1, hidden="")


def test_settings_outlive_a_new_value(viewer):
    viewer.root.locator("[data-choice=view] input[value=map]").check()
    viewer.root.get_by_label("Labels").uncheck()
    viewer.show("crowd")
    viewer.has(view="map")
    expect(viewer.root.get_by_label("Labels")).not_to_be_checked()


def test_of_two_values_in_a_hurry_the_last_one_stays(viewer):
    viewer.page.evaluate(
        """() => {
          const { viewer } = document.querySelector(".panoptic-viewer");
          const first = { ...viewer.value };
          const second = { ...viewer.value, segments: viewer.value.segments.slice(0, 2) };
          return Promise.all([viewer.show(first), viewer.show(second)]);
        }"""
    )
    expect(viewer.root.locator("tbody tr")).to_have_count(2)


def test_broken_value_is_a_sentence(viewer):
    viewer.page.evaluate(
        """() => {
          const { viewer } = document.querySelector(".panoptic-viewer");
          const ids = { ...viewer.value.ids, width: 7 };
          return viewer.show({ ...viewer.value, ids });
        }"""
    )
    viewer.has(state="error")
    expect(viewer.root.locator(".message-title")).to_contain_text("could not show the result")
