"""A checkpoint with invented categories in the app, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from detr_gradio.server.launch import launch
from detr_gradio.service import Service
from detr_gradio.settings import Settings
from tests.browser.test_learn_pages import open_tab
from tests.support.app_server import add_picture, legend, violations, wait_for_result
from tests.support.own_checkpoint import ARABIC, HTML, write_own_checkpoint

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own_app(tmp_path_factory):
    folder = write_own_checkpoint(tmp_path_factory.mktemp("my zoo"))
    served = launch(Settings(), Service(checkpoint=str(folder)), block=False)
    yield served
    served.close()


def test_names_of_any_kind_are_shown_as_they_are(own_app, open_page):
    page = open_page(own_app.url)
    add_picture(page, Path("examples/scene-bear.jpg"))
    wait_for_result(page)
    names = ["glass", "Гора", "=1+1", "open sea", f"{ARABIC} 1", f"{HTML} 1", "汽车 1", "汽车 2"]
    expect(legend(page)).to_have_text(names)
    kinds = page.locator(".panoptic-viewer tbody .of-kind").all_inner_texts()
    assert kinds == ["stuff"] * 4 + ["thing"] * 4
    # The name is text: nothing of it was made, and nothing ran.
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.title() != "broken"
    # From right to left, within its own cell alone.
    bear = legend(page).nth(4)
    assert bear.evaluate("e => getComputedStyle(e).unicodeBidi") == "plaintext"
    bear.click()
    expect(page.locator(".panoptic-viewer .detail-name .name")).to_have_text(f"{ARABIC} 1")
    row = page.locator(".panoptic-viewer tbody tr").nth(5)
    row.locator("[data-act=why]").first.click()
    expect(page.locator("#why h3")).to_contain_text(HTML)
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert violations(page) == []
    open_tab(page, "Learn")
    open_tab(page, "Train your own")
    own = page.locator("#learn-train .own-checkpoint")
    expect(own.locator("h3")).to_contain_text("my zoo")
    expect(own.locator("dt [lang=en]")).to_have_text(["4 things", "4 stuff"])
    expect(own.locator("li")).to_have_count(8)
    expect(own.locator("li").nth(1)).to_have_text(HTML)
    assert violations(page) == []
