"""The viewer in an app that has nothing else of ours: the one that docs/viewer.md names."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.really_served import Served

ROOT = Path(__file__).parents[2]
APP = ROOT / "examples" / "viewer_app.py"

pytestmark = pytest.mark.browser


@pytest.fixture
def address():
    with Served(str(APP)) as served:
        yield served.url


def test_ten_lines_are_an_app_with_the_viewer(address, chromium):
    assert len([line for line in APP.read_text().splitlines() if line]) <= 11  # with what it is
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(90_000)
    page.goto(address)
    viewer = page.locator(".panoptic-viewer")
    expect(viewer).to_have_attribute("data-state", "empty")
    page.locator("input[type=file]").set_input_files(ROOT / "examples" / "scene-car.jpg")
    expect(viewer).to_have_attribute("data-state", "ready")
    car = viewer.locator("tbody tr", has_text="car 1")
    car.hover()
    expect(viewer).to_have_attribute("data-hovered", re.compile(r"\d"))
    page.close()
