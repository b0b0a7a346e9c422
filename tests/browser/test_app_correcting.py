"""A person corrects the result: in the page at once, and in all that leaves it."""

import csv
import io
import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import loaded_anew
from tests.browser.test_app_downloads import take
from tests.support.app_server import (
    add_picture,
    another_result,
    drop,
    open_settings,
    save_picture,
    violations,
    wait_for_result,
)
from tests.support.viewer_pages import ViewerPage

pytestmark = pytest.mark.browser

SIZE = (640, 480)


def begin(page) -> ViewerPage:
    """Correct the result of a picture of 640 x 480, of which sky and grass are halves."""
    viewer = ViewerPage(page)
    viewer.root.get_by_role("button", name="Correct", exact=True).click()
    expect(viewer.root.get_by_role("button", name="Done")).to_be_visible()
    return viewer


@pytest.fixture
def page(app, open_page, tmp_path):
    page = open_page(app.url)
    add_picture(page, save_picture(tmp_path / "made.png", SIZE))
    wait_for_result(page)
    return page


def row(viewer, name):
    return viewer.root.locator("tbody tr").filter(has_text=name)


def box_of(viewer, name) -> list[int]:
    """Left, top, width and height, as the legend tells them."""
    title = row(viewer, name).locator("th").get_attribute("title")
    return [int(part) for part in title.split(": ")[1].replace("×", ",").split(",")]


def share_of(viewer, name) -> str:
    return row(viewer, name).locator(".of-share .figure").inner_text()


def table(page) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(take(page, "legend")[1].decode("utf-8-sig")))
    return {each["name"]: each for each in rows}


def areas(page) -> dict[int, int]:
    document = json.loads(take(page, "coco_json")[1])
    segments = document["annotations"][0]["segments_info"]
    return {each["category_id"]: each["area"] for each in segments}


def test_what_is_corrected_is_what_leaves_the_page(page):
    page.get_by_role("button", name="Downloads").click()
    before = table(page)
    viewer = begin(page)
    stage, note = viewer.stage, viewer.root.locator(".correction-note")

    # Without a segment there is nothing to do.
    viewer.key("k")
    expect(note).to_have_text("Choose a segment first, in the picture or in the legend.")

    # Another category, found by the beginning of its name.
    row(viewer, "person 2").click()
    expect(viewer.root.locator(".correction .chosen")).to_have_text("person 2")
    assert violations(page, ".panoptic-viewer") == []
    viewer.key("k")
    page.keyboard.press("Enter")  # nothing has been typed that would say which one
    page.keyboard.type("zebz")
    expect(page.get_by_role("dialog")).to_contain_text("No category matches “zebz”.")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(row(viewer, "zebra 1")).to_contain_text("by hand")
    expect(viewer.root.locator(".changes summary")).to_have_text("Changes: 1")

    # A stroke of the brush gives it sky; a download waits for what it lacks.
    viewer.key("b")
    page.mouse.move(*viewer.place(100, 60, SIZE))
    page.mouse.down()
    page.mouse.move(*viewer.place(500, 60, SIZE), steps=4)
    page.mouse.up()
    expect(viewer.root.locator(".changes summary")).to_have_text("Changes: 2")
    left, top, width, height = box_of(viewer, "zebra 1")
    assert left < 100
    assert top < 60
    assert width > 400
    zebra = table(page)["zebra 1"]
    assert [int(zebra[side]) for side in ("x", "y", "width", "height")] == [
        left, top, width, height,
    ]  # fmt: skip
    assert int(zebra["pixels"]) > int(before["person 2"]["pixels"])
    assert share_of(viewer, "zebra 1") == f"{float(zebra['share of the image']):.1%}"
    painted = areas(page)
    assert painted[24] == int(zebra["pixels"])
    assert sum(painted.values()) == 640 * 480  # a partition, without void

    # A new one is drawn with the keys alone; the dialog leaves them where it is drawn.
    viewer.root.get_by_role("button", name="New segment").click()
    page.keyboard.type("kite")
    page.keyboard.press("Enter")
    expect(viewer.root.locator(".correction .chosen")).to_have_text("New: kite")
    expect(note).to_have_text("Now draw it with the brush: kite.")
    expect(stage).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(viewer, "kite 1")).to_contain_text("by hand")
    expect(note).to_have_text("")
    viewer.key("Control+z")

    # Undone and made again, with the keys, down to the network's answer.
    viewer.key("Control+z")
    expect(viewer.root.locator(".changes summary")).to_have_text("Changes: 1")
    viewer.key("Control+Shift+z")
    expect(viewer.root.locator(".changes summary")).to_have_text("Changes: 2")
    viewer.key("Control+z", "Control+z")
    expect(row(viewer, "person 2")).to_be_visible()
    assert table(page) == before
    viewer.root.locator(".changes summary").click()
    viewer.root.get_by_role("button", name="Brush: zebra 1").click()
    viewer.root.locator(".changes summary").click()
    expect(row(viewer, "zebra 1")).to_be_visible()

    # The result that is looked at is the corrected one, and why says so.
    with another_result(page):
        viewer.root.get_by_role("button", name="Done").click()
    assert box_of(viewer, "zebra 1") == [left, top, width, height]
    row(viewer, "zebra 1").get_by_label("Why").click()
    expect(page.locator("#why")).to_contain_text("A person has changed this segment.")
    assert violations(page, ".panoptic-viewer") == []

    # Another language has it still, as one change, which can be undone.
    page.locator("[data-language=es]").click()
    expect(page.get_by_role("dialog")).to_contain_text("with your corrections")
    with loaded_anew(page):
        page.get_by_role("button", name="Change the language").click()
    wait_for_result(page)
    assert box_of(viewer, "cebra 1") == [left, top, width, height]
    viewer.root.get_by_role("button", name="Corregir", exact=True).click()
    expect(viewer.root.locator(".changes summary")).to_have_text("Cambios: 1")
    assert violations(page, ".panoptic-viewer") == []
    viewer.key("Control+z")
    expect(row(viewer, "persona 2")).to_be_visible()
    assert stage.is_visible()


def test_what_would_end_a_correction_asks_first(page, tmp_path):
    viewer = begin(page)
    row(viewer, "person 1").click()
    row(viewer, "person 2").click(modifiers=["Shift"])
    viewer.key("m")
    expect(viewer.root.locator("tbody tr")).to_have_count(3)
    viewer.key("Escape", "Delete")
    expect(viewer.root.locator("tbody tr")).to_have_count(3)  # nothing was chosen any more
    with another_result(page):
        viewer.key("r")
    ask = viewer.root.get_by_role("dialog")

    def keep(what) -> None:
        what()
        expect(ask).to_contain_text("your correction is lost")
        ask.get_by_role("button", name="Keep the correction").click()
        expect(viewer.root.locator("tbody tr")).to_have_count(3)

    number = viewer.root.locator("[data-threshold=number]")
    number.fill("0.6")
    keep(lambda: number.press("Enter"))
    expect(number).to_have_value("0.85")
    open_settings(page)
    keep(lambda: page.locator("#method input[value=reference]").click())
    expect(page.locator("#method input:checked")).to_have_value("paper")
    other = save_picture(tmp_path / "other.png", (500, 400))
    keep(lambda: drop(page, path=other, name="other.png", kind="image/png"))
    expect(page.locator("#picture img")).to_have_attribute("src", re.compile("made"))
    number.fill("0.6")
    number.press("Enter")
    with another_result(page):
        ask.get_by_role("button", name="Go on without it").click()
    expect(viewer.root.locator("tbody tr")).to_have_count(5)
    number.fill("0.85")
    with another_result(page):
        number.press("Enter")  # nothing is left to be asked about
    expect(viewer.root.locator("tbody tr")).to_have_count(4)


def test_the_live_camera_asks_first(app, open_page, camera_chromium, tmp_path):
    page = open_page(app.url, browser=camera_chromium, permissions=["camera"])
    add_picture(page, save_picture(tmp_path / "made.png", SIZE))
    wait_for_result(page)
    viewer = begin(page)
    row(viewer, "person 2").click()
    viewer.key("Delete")
    expect(viewer.root.locator("tbody tr")).to_have_count(3)
    page.get_by_role("tab", name="Webcam").click()
    page.locator("#webcam-mode").get_by_label("Live").check()
    ask = viewer.root.get_by_role("dialog")
    video = page.locator("#live-camera video")

    page.locator("#live-camera").get_by_text("Click to use the camera").click()
    ask.get_by_role("button", name="Keep the correction").click()
    expect(ask).to_be_hidden()
    expect(viewer.root.locator("tbody tr")).to_have_count(3)
    page.locator("#live-camera").get_by_text("Click to use the camera").click()
    ask.get_by_role("button", name="Go on without it").click()
    expect(viewer.root.locator("tbody tr")).to_have_count(4)
    page.wait_for_function("document.querySelector('#live-camera video')?.videoWidth > 0")
    expect(video).to_be_visible()
