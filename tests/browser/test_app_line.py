"""Bad lines: slow ones, and cuts. Nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import loaded_anew
from tests.support.app_server import (
    EXAMPLES,
    add_picture,
    another_result,
    legend,
    save_picture,
    wait_for_result,
)
from tests.support.cut_line import Line
from tests.support.really_served import fake_app, free_port

pytestmark = pytest.mark.browser

SLOW = {
    "offline": False,
    "latency": 80,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 1_600_000 / 8,
}


PICTURES = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.endsWith("/picture.jpg"))
  .map(({ encodedBodySize }) => encodedBodySize)"""


class Received:
    """Bytes that a page receives, by the part of the address after the API's prefix."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.addresses: dict[str, str] = {}
        self.bytes: dict[str, int] = {}
        self.session.on("Network.responseReceived", self._on_response)
        self.session.on("Network.dataReceived", self._on_data)

    def _on_response(self, event):
        self.addresses[event["requestId"]] = event["response"]["url"].partition("/gradio_api/")[2]

    def _on_data(self, event):
        address = self.addresses.get(event["requestId"], "")
        self.bytes[address] = self.bytes.get(address, 0) + event["dataLength"]

    def of(self, start: str) -> int:
        return sum(size for address, size in self.bytes.items() if address.startswith(start))


def set_threshold(page, value: str) -> None:
    page.locator("[data-threshold=number]").fill(value)
    page.locator("[data-threshold=number]").press("Enter")


def test_a_picture_is_sent_once_and_a_new_threshold_without_it(app, open_page):
    page = open_page(app.url)
    received = Received(page)
    add_picture(page, EXAMPLES / "photo-astronaut.jpg")
    wait_for_result(page)
    page.locator("#picture").get_by_label("Remove the picture").click()
    opened = received.of("queue/data")
    with another_result(page):
        add_picture(page)
    answers = received.of("queue/data")
    pictures = page.evaluate(PICTURES)
    assert len(pictures) == 2
    assert pictures[1] > 300_000  # 1024 x 768
    assert answers - opened < 40_000
    with another_result(page):
        set_threshold(page, "0.6")
    assert page.evaluate(PICTURES) == pictures
    assert received.of("queue/data") - answers < 25_000


def test_a_change_during_a_transfer_is_not_lost(app, open_page):
    page = open_page(app.url)
    page.locator("#picture input[type=file]").wait_for(state="attached")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    add_picture(page)
    facts = page.locator(".panoptic-viewer .facts")
    expect(facts).to_contain_text("threshold 85%")
    # One notch after the other, while answers are still on their way.
    slider = page.locator("[data-threshold=range]")
    slider.focus()
    for _ in range(25):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(40)
    expect(facts).to_contain_text("threshold 60%")
    expect(legend(page).filter(has_text="dog 1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(facts).to_contain_text("threshold 61%")
    page.get_by_role("button", name="Downloads").click()
    with page.expect_download() as download:
        page.locator("#download-coco_json").click()
    document = json.loads(download.value.path().read_text())
    assert len(document["annotations"][0]["segments_info"]) == 5
    with loaded_anew(page):
        page.locator("[data-language=es]").click()
    expect(legend(page).first).to_have_text("cielo")
    page.locator("[data-act=why]").first.click()
    expect(page.locator("#why h3")).to_contain_text("¿Por qué cielo?")


def test_a_cut_loses_nothing_and_is_told(app, chromium, tmp_path):
    # Without ``open_page``: what the browser says of a cut line would fail there.
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    line = Line(app.url)
    page.goto(line.url)
    page.evaluate("window.kept = true")
    add_picture(page)
    wait_for_result(page)
    # One that is at rest, and one that is at work.
    line.cut()
    page.locator("[data-threshold=range]").press("ArrowLeft")
    told = page.locator("#status .line")
    expect(told).to_contain_text("No connection to the server.")
    line.mend()
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("threshold 84%")
    expect(told).to_have_count(0)
    page.locator("#picture").get_by_label("Remove the picture").click()
    with app.segmenter.held():
        add_picture(page, save_picture(tmp_path / "wide.png", (400, 200)))
        expect(page.locator("#status .running")).to_contain_text("The network is looking")
        line.cut()
        expect(told).to_be_visible()
        expect(page.locator(".panoptic-viewer .facts")).to_contain_text("1067 × 800")
        # Where it stays lost for long, nothing says for ever that the network is looking.
        page.evaluate(
            "window.dispatchEvent(new CustomEvent('detr-connection', { detail: 'gone' }))"
        )
        expect(page.locator("#status .error.line")).to_contain_text("cannot be reached")
        expect(page.locator("#status .running")).to_have_count(0)
        line.mend()
        expect(told).to_have_count(0)
    expect(page.locator(".panoptic-viewer .facts")).to_contain_text("1600 × 800")
    expect(page.locator("#status .running")).to_have_count(0)
    assert page.evaluate("window.kept")
    assert urlsplit(page.url).netloc == urlsplit(line.url).netloc
    context.close()


def test_what_the_server_has_lost_the_browser_sends_again(chromium, tmp_path):
    # Without ``open_page``: what the browser says of a server that is gone would fail there.
    page = chromium.new_context(locale="en-GB").new_page()
    place = {"DETR_PORT": str(free_port()), "GRADIO_TEMP_DIR": str(tmp_path)}
    facts, said = page.locator("#viewer .facts"), page.locator("#status .restored")
    with fake_app(**place) as server:
        page.goto(server.url)
        page.evaluate("window.kept = true")
        add_picture(page)
        wait_for_result(page)
        expect(page.locator("#picture img")).to_be_visible()
    with fake_app(**place) as server:
        page.locator("#viewer [data-threshold=range]").press("ArrowLeft")
        expect(facts).to_contain_text("threshold 84%")
        expect(said).to_contain_text("your browser has sent it again")
        expect(legend(page)).to_have_count(4)
        assert page.evaluate("window.kept")
        # Where the file alone is gone, the server has the decoded picture.
        for path in tmp_path.rglob("photo-cows.jpg"):
            path.unlink()
        with loaded_anew(page):
            page.reload()
        expect(said).to_contain_text("Shown again as it was")
        expect(facts).to_contain_text("threshold 84%")
    with fake_app(**place) as server:
        with loaded_anew(page):
            page.reload()
        expect(said).to_contain_text("your browser has sent it again")
        expect(facts).to_contain_text("threshold 84%")
        expect(legend(page)).to_have_count(4)
        page.context.close()
