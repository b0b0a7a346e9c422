"""English and Spanish: the browser decides, the switch overrides, all of the page follows."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import loaded_anew
from tests.support.app_server import add_picture, legend, open_settings, wait_for_result

pytestmark = pytest.mark.browser

TABS = {"en": ["Image", "Webcam", "Gallery"], "es": ["Imagen", "Cámara", "Galería"]}


def expect_language(page, language: str) -> None:
    for index, name in enumerate(TABS[language]):
        expect(page.get_by_role("tab").nth(index)).to_have_text(name)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize(("locale", "language"), [("en-US", "en"), ("es-MX", "es"), ("fr", "en")])
def test_the_browser_decides(app, open_page, locale, language):
    page = open_page(app.url, locale=locale)
    expect_language(page, language)


def test_the_switch_changes_everything_and_keeps_the_picture(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    with loaded_anew(page):
        page.get_by_role("button", name="ES", exact=True).click()
    expect(page.locator("#settings .label-wrap")).to_contain_text("Avanzado")
    open_settings(page)
    expect(page.locator("#picture img")).to_be_visible()
    expect(page.get_by_label("Umbral").first).to_be_visible()
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("umbral 85")
    expect(legend(page)).to_have_text(["cielo", "césped", "persona 1", "persona 2"])
    expect(page.locator("#checkpoint input")).to_have_value("DETR-R101 · PQ 45.1 · listo")
    expect_language(page, "es")
    with loaded_anew(page):
        page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#settings .label-wrap")).to_contain_text("Advanced")
    wait_for_result(page)
    expect_language(page, "en")
    expect(legend(page).first).to_have_text("sky")


def test_gradios_own_words_follow_from_the_start_and_after_the_switch(app, open_page):
    page = open_page(f"{app.url}?lang=es", locale="en-GB")
    box = page.locator("#picture")
    expect(box).to_contain_text("Coloque la imagen aquí")
    with loaded_anew(page):
        page.get_by_role("button", name="EN", exact=True).click()
    expect(box).to_contain_text("Drop Image Here")
    with loaded_anew(page):
        page.get_by_role("button", name="ES", exact=True).click()
    expect(box).to_contain_text("Coloque la imagen aquí")
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_the_choice_is_remembered(app, open_page):
    page = open_page(app.url)
    with loaded_anew(page):
        page.get_by_role("button", name="ES", exact=True).click()
    expect(page.locator("#settings .label-wrap")).to_contain_text("Avanzado")
    other = page.context.new_page()
    other.goto(app.url)
    expect(other.locator("#settings .label-wrap")).to_contain_text("Avanzado")


def test_a_link_decides_over_the_browser(app, open_page):
    page = open_page(f"{app.url}?lang=es", locale="en-GB")
    expect(page.locator("#settings .label-wrap")).to_contain_text("Avanzado")
    expect(page.get_by_role("tab").nth(2)).to_have_text("Galería")
    expect(page.get_by_text("suelte, pegue o elija una imagen")).to_be_visible()


def test_problems_are_told_in_the_language(app, open_page, tmp_path):
    page = open_page(app.url, locale="es-ES")
    bad = tmp_path / "vacía.png"
    bad.touch()
    add_picture(page, bad)
    expect(page.locator("#status [role=alert]")).to_contain_text("Este archivo está vacío.")


# Every name that a listener hears, of what is on show.
NAMES = """() => [...document.querySelectorAll("[aria-label], [title], [placeholder]")]
  .filter((each) => each.checkVisibility())
  .filter((each) => !each.closest(".cards, [lang]:not(html, .panoptic-viewer)"))
  .flatMap((each) => [each.ariaLabel, each.title, each.placeholder])
  .filter(Boolean)"""
ENGLISH = re.compile(
    r"(?i)\b(the|for|of|to|with|file|upload|image|button|input|slider|value|screen|adjust|clip\w*"
    r"|capture|webcam|remove|clear|trim|footer|language|dark|use|via|select|start|stop)\b"
)


def test_names_are_in_the_language_of_the_page_gradio_s_too(app, open_page):
    page = open_page(app.url, locale="es-ES")
    add_picture(page)
    wait_for_result(page)
    open_settings(page)
    heard = page.evaluate(NAMES)
    assert heard.count("Detalle") == 2  # the number and the slider
    assert {"Idioma", "Oscuro o claro", "Quitar la imagen", "Volver al valor habitual"} <= {*heard}
    for tab in ("Cámara", "Galería", "Video", "Aprender"):
        page.get_by_role("tab", name=tab, exact=True).click()
        heard += page.evaluate(NAMES)
    assert "Grabar con la cámara" in heard
    page.get_by_role("tab", name="Video", exact=True).click()
    page.locator("#video-example").click()
    expect(page.locator("#video-made video")).to_be_visible()
    heard += page.evaluate(NAMES)
    assert "Reproducir o pausar" in heard
    assert [name for name in heard if ENGLISH.search(name)] == []
    expect(page.locator("body")).not_to_contain_text("common.")  # live regions too


def test_no_word_of_the_other_language_is_seen(app, open_page):
    page = open_page(app.url, locale="es-ES")
    # The last ones to come: Gradio's own words, and what the server says of the checkpoint.
    expect(page.locator("#settings .label-wrap")).to_contain_text("Avanzado")
    open_settings(page)
    expect(page.locator("#checkpoint input")).to_have_value("DETR-R101 · PQ 45.1 · listo")
    expect_language(page, "es")
    seen = page.locator("body").inner_text()
    for word in (
        "Threshold",
        "Advanced",
        "Segment again",
        "Segments",
        "Drop, paste",
        "Copy link",
        "ready",
    ):
        assert word not in seen
