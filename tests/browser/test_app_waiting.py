"""Whoever waits for the network is told the place, and whoever may not even wait is told why."""

import pytest
from playwright.sync_api import expect

from detr_gradio.limits import limits
from detr_gradio.ui.i18n import text
from tests.support.app_server import AppServer, add_picture, save_picture, wait_for_result

pytestmark = pytest.mark.browser


@pytest.fixture
def busy_app(monkeypatch):
    """An app in whose queue one may wait."""
    monkeypatch.setenv("DETR_QUEUE_SIZE", "1")
    limits.cache_clear()
    app = AppServer()
    yield app
    app.close()
    limits.cache_clear()


def test_place_and_refusal_are_told_in_the_page_s_language(busy_app, chromium, tmp_path):
    # Without ``open_page``: the refusal is an answer with an error's status, which fails there.
    pages = [
        chromium.new_context(locale=locale).new_page() for locale in ("en-GB", "en-GB", "es-ES")
    ]
    pictures = [save_picture(tmp_path / f"{side}.png", (side, 200)) for side in (300, 310, 320)]
    for page in pages:
        page.goto(busy_app.url)
        page.locator("#picture input[type=file]").wait_for(state="attached")
    first, second, third = pages
    with busy_app.segmenter.held():
        add_picture(first, pictures[0])
        expect(first.locator("#status .running")).to_contain_text(text("stage_network", "en"))
        add_picture(second, pictures[1])
        expect(second.locator("#status .waiting [lang=en]")).to_have_text("In the queue: 1 of 1")
        expect(second.locator("#status .waiting [lang=es]")).to_be_hidden()
        expect(second.locator("#status .progress-text")).to_be_hidden()
        add_picture(third, pictures[2])
        expect(third.locator(".toast-body")).to_contain_text(text("queue_full", "es", size=1))
    wait_for_result(first)
    wait_for_result(second)
    expect(second.locator("#status .waiting")).to_have_count(0)
    for page in pages:
        page.context.close()
