"""Bad lines: slow ones, and cuts. Nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.support.app_server import EXAMPLES, add_picture, another_result, legend, wait_for_result

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
    page.locator("#threshold input[type=number]").fill(value)
    page.locator("#threshold input[type=number]").press("Enter")


def test_a_picture_is_sent_once_and_a_new_threshold_without_it(app, open_page):
    page = open_page(app.url)
    received = Received(page)
    add_picture(page, EXAMPLES / "photo-astronaut.jpg")
    wait_for_result(page)
    page.locator("#picture").get_by_label("Remove Image").click()
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
    slider = page.locator("#threshold input[type=range]")
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
    page.locator("[data-language=es]").click()
    expect(legend(page).first).to_have_text("cielo")
    page.locator("[data-act=why]").first.click()
    expect(page.locator("#why h3")).to_contain_text("¿Por qué cielo?")
