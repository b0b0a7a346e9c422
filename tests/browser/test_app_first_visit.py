"""The first visit: everything in sight, nothing that jumps, and something to try on every tab."""

import re
from threading import Event

import pytest
from playwright.sync_api import expect

from detr_gradio.checkpoints.catalogue import DEFAULT
from detr_gradio.ui import opening
from tests.browser.conftest import loaded_anew
from tests.support.app_server import (
    EXAMPLES,
    PICTURE,
    AppServer,
    add_picture,
    another_result,
    legend,
    open_settings,
    save_picture,
    wait_for_result,
)
from tests.support.fake import FakeService

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

COLLECT_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      window.shifts.push([value, sources.map(({ node }) => node?.id || node?.className)]);
  }).observe({ type: "layout-shift" });
}"""

LISTEN = """(copied) => {
  window.told = new Promise((done) => {
    new MutationObserver(() => copied.textContent && done(copied.textContent))
      .observe(copied, { childList: true });
  });
}"""


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en-GB", ["Image", "Webcam", "Gallery", "Video", "Learn"]),
        ("es-ES", ["Imagen", "Cámara", "Galería", "Video", "Aprender"]),
    ],
)
def test_all_tabs_are_in_sight_on_a_small_phone(app, open_page, language, names):
    page = open_page(app.url, locale=language, **PHONE)
    tabs = page.locator("#tabs > .tab-wrapper [role=tab]")
    expect(tabs).to_have_count(5)
    for tab in tabs.all():
        tab.wait_for()
        box = tab.bounding_box()
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 44
        tab.click()
        expect(tabs).to_have_text(names)
    expect(page.locator("#learn-tabs > .tab-wrapper [role=tab]")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_nothing_jumps_while_a_picture_is_segmented_again(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    open_settings(page)
    page.evaluate(COLLECT_SHIFTS)
    with app.segmenter.held():
        page.locator("#detail input[type=number]").fill("496")
        page.locator("#detail input[type=number]").press("Enter")
        page.locator("#segment").click()
        expect(page.locator("#status .running")).to_be_visible()
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("661 × 496")
    wait_for_result(page)
    assert page.evaluate("window.shifts") == []


def test_a_copied_link_is_told(app, open_page):
    page = open_page(app.url, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#copied").evaluate(LISTEN)  # it is told for three seconds only
    page.locator("#copy-link").click()
    assert "never your picture" in page.evaluate("window.told")


def test_a_file_that_the_browser_cannot_draw_leaves_no_broken_picture(app, open_page, tmp_path):
    page = open_page(app.url)
    bad = tmp_path / "notes.png"
    bad.write_text("This is a text.")
    add_picture(page, bad)
    expect(page.locator("#status [role=alert]")).to_be_visible()
    expect(page.locator("#picture img")).to_be_hidden()


def test_the_example_video_needs_one_click(app, open_page):
    assert (EXAMPLES / "video-street.mp4").stat().st_size < 400_000
    page = open_page(app.url)
    page.get_by_role("tab", name="Video", exact=True).click()
    page.locator("#video-example").click()
    expect(page.locator("#video-source video")).to_be_visible()
    expect(page.locator("#video-made video")).to_be_visible()
    expect(page.locator("#video-status")).to_contain_text("90 frames")
    expect(page.locator("#video-example")).to_be_hidden()


def test_the_camera_is_asked_for_in_the_language_of_the_page(app, open_page):
    page = open_page(app.url, locale="es-ES")
    page.get_by_role("tab", name="Cámara").click()
    expect(page.locator("#camera")).to_contain_text("Pulse para usar la cámara")
    expect(page.locator("#camera")).not_to_contain_text("Click")


def test_a_stand_in_is_told_to_whoever_comes_later(open_page, monkeypatch, tmp_path):
    monkeypatch.setattr("detr_gradio.service.checkpoints._PATIENCE", 0.0)
    started = Event()
    give = FakeService._give
    monkeypatch.setattr(
        FakeService, "_give", lambda *given, **told: started.wait(60) and give(*given, **told)
    )
    server = AppServer(missing=(DEFAULT,))
    try:
        page = open_page(server.url)
        # While the engine still starts: no photographs first, and no alarm.
        cards = page.locator("#welcome-cards [data-example]")
        expect(cards.first).to_have_attribute("data-example", re.compile("^scene-"))
        expect(page.locator("#header [data-state=stand_in]")).to_be_visible()
        started.set()
        add_picture(page, save_picture(tmp_path / "own.png"))
        wait_for_result(page)
        with loaded_anew(page):
            page.reload()
        expect(page.locator("#notice")).to_contain_text("stands in")
        expect(page.locator("#header")).to_contain_text("stand-in")
        open_settings(page)
        expect(page.locator("#checkpoint input")).to_have_value("Toy scenes · ready")
        # In the gallery, what it was made for comes first; the others say what they need.
        page.get_by_role("tab", name="Gallery").click()
        cards = page.locator("#gallery-cards [data-example]")
        expect(cards.nth(7)).to_have_attribute("data-example", re.compile("^scene-"))
        expect(cards.nth(7)).not_to_contain_text("Needs")
        expect(cards.nth(8)).to_have_attribute("data-example", "photo-city")
        expect(cards.nth(8)).to_contain_text("Needs DETR-R101: now it would be a guess")
        page.context.close()  # before its server, which it would miss
    finally:
        server.close()


def test_the_page_opens_on_a_result_that_answers(app, open_page):
    page = open_page(app.url, locale="es-ES")
    viewer = page.locator("#viewer .panoptic-viewer[data-opening][data-state=ready]")
    viewer.wait_for()
    passes = app.segmenter.passes
    expect(page.locator("#invitation")).to_contain_text("Ahora la suya")
    place = viewer.locator(".stage").bounding_box()
    bear = place["x"] + 0.59 * place["width"], place["y"] + 0.7 * place["height"]
    page.mouse.move(*bear)
    expect(viewer.locator("tr.lit .name")).to_have_text("oso de peluche 1")
    page.mouse.click(*bear)
    page.mouse.move(place["x"] + 10, place["y"] + 10)
    expect(viewer).to_have_attribute("data-locked", "5")
    assert app.segmenter.passes == passes  # no network
    # It is nobody's choice: neither address nor reload name it.
    assert "example" not in page.url
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Elegir una imagen").click()
    chooser.value.set_files(PICTURE)
    wait_for_result(page)
    expect(legend(page)).to_have_count(4)
    expect(page.locator("#welcome")).to_be_hidden()


@pytest.fixture
def early_page(app, chromium):
    """The page before Gradio's scripts come, and a function that lets them come."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    held = []

    def hold(route):
        if held is None:
            route.continue_()
        else:
            held.append(route)

    context.route("**/assets/*.js", hold)
    page = context.new_page()
    page.goto(app.url, wait_until="commit")
    page.locator("#early .panoptic-viewer[data-state=ready]").wait_for()

    def go_on():
        nonlocal held
        page.wait_for_function("document.querySelector('script[type=module]')")
        held, started = None, held
        for route in started:
            route.continue_()
        page.locator("#early").wait_for(state="detached")

    yield page, go_on
    context.close()


def test_the_first_view_answers_before_gradio_has_started(early_page):
    page, go_on = early_page
    viewer = page.locator("#early .panoptic-viewer")
    viewer.locator("tbody tr", has_text="teddy bear 1").click()
    expect(viewer).to_have_attribute("data-locked", "5")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(PICTURE)
    expect(page.locator("#early #status")).to_contain_text("what you asked for comes next")
    go_on()
    # What was chosen meanwhile is segmented without another click.
    wait_for_result(page)
    expect(legend(page)).to_have_text(["sky", "grass", "person 1", "person 2"])
    expect(page.locator("#picture img")).to_have_attribute("src", re.compile("/photo-cows.jpg$"))


def test_a_pointer_at_rest_is_answered_by_the_view_that_takes_over(early_page):
    page, go_on = early_page
    place = page.locator("#early .stage").bounding_box()
    page.mouse.move(place["x"] + 0.59 * place["width"], place["y"] + 0.7 * place["height"])
    expect(page.locator("#early tr.lit .name")).to_have_text("teddy bear 1")
    go_on()
    expect(page.locator("gradio-app tr.lit .name")).to_have_text("teddy bear 1")


def test_what_is_set_in_the_first_view_counts_in_the_one_that_takes_over(early_page):
    page, go_on = early_page
    early = page.locator("#early")
    for language, pressed in {"en": "true", "es": "false"}.items():
        button = early.locator(f"[data-language={language}]")
        expect(button).to_have_attribute("aria-pressed", pressed)
    early.get_by_role("button", name="Hide airplane 1").click()
    early.locator("[data-choice=view] label", has_text="Map").click()
    early.locator(".search").fill("car")
    go_on()
    viewer = page.locator("#viewer .panoptic-viewer")
    expect(viewer).to_have_attribute("data-view", "map")
    expect(viewer).to_have_attribute("data-hidden", "6")
    expect(legend(page)).to_have_text(["car 1", "car 2"])


@pytest.mark.parametrize("asked", ["threshold", "why"])
def test_what_is_asked_in_the_first_view_is_answered_by_the_next(early_page, asked):
    page, go_on = early_page
    early = page.locator("#early")
    if asked == "why":
        early.locator("[data-act=why]").first.click()
    else:
        early.locator("[data-threshold=range]").press("ArrowLeft")
    expect(early.locator("#status")).to_contain_text("what you asked for comes next")
    go_on()
    if asked == "why":
        expect(page.locator("#why h3")).to_contain_text("Why")
    else:
        expect(page.locator("#viewer .facts")).to_contain_text("threshold 84%")


def test_a_link_s_example_comes_without_another_one_before_it(app, open_page):
    with app.segmenter.held():
        page = open_page(f"{app.url}?example=photo-river&detail=208")
        page.locator("#status .running").wait_for()
        expect(page.locator("#viewer .panoptic-viewer")).to_have_attribute("data-state", "loading")
        expect(page.locator("#welcome")).to_be_hidden()
    wait_for_result(page)


def test_who_clicks_at_once_gets_language_and_settings_of_the_link(app, open_page, monkeypatch):
    # The event that sets the page up, and with it language and settings, comes after the result.
    reached = Event()
    set_up = opening.read_address
    monkeypatch.setattr(opening, "read_address", lambda *given: reached.wait(60) and set_up(*given))
    page = open_page(f"{app.url}?threshold=0.6&detail=480", locale="es-ES")
    page.locator("#welcome-cards button").first.click()
    wait_for_result(page)
    reached.set()
    expect(legend(page).first).to_have_text("cielo")
    facts = page.locator(".panoptic-viewer .facts")
    expect(facts).to_contain_text("umbral 60")
    expect(facts).to_contain_text(re.compile("× 480|480 ×"))
    # From now on the settings count, whatever the link said.
    open_settings(page)
    expect(page.locator("#detail input[type=number]")).to_have_value("480")
    page.locator("#detail input[type=number]").fill("496")
    with another_result(page):
        page.locator("#segment").click()
    expect(facts).to_contain_text(re.compile("× 496|496 ×"))


def test_the_way_back_from_the_masks_is_in_sight(app, open_page):
    page = open_page(app.url, viewport={"width": 390, "height": 560})
    add_picture(page)
    viewer = wait_for_result(page)
    viewer.locator("[data-choice=view] label", has_text="Masks").click()
    expect(viewer.locator(".mask")).to_have_count(4)
    page.evaluate("window.scrollTo(0, 0)")
    assert viewer.locator(".masks").evaluate("list => list.getBoundingClientRect().bottom") > 560
    expect(viewer.locator("[data-choice=view]")).to_be_in_viewport(ratio=1)
