"""Take the pictures of the app for the documentation: each tab, desktop and phone, light and dark.

    python scripts/screenshots.py [--output docs/screenshots] [--example scene-tram]

Needs the development requirements, Chromium, and a checkpoint at hand; it starts the app itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from detr_gradio.server.launch import launch
from detr_gradio.service import Service
from detr_gradio.settings import Settings

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
CHROMIUM = Path("/usr/bin/chromium")


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs/screenshots"))
    parser.add_argument("--checkpoint", default="toy-scenes", help="what segments")
    parser.add_argument("--example", default="scene-tram", help="name of an example picture")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    service = Service(checkpoint=arguments.checkpoint)
    app = launch(Settings(), service, block=False)
    options = {"args": ["--no-sandbox", "--use-fake-device-for-media-stream"]}
    if CHROMIUM.exists():
        options["executable_path"] = str(CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        for device, (width, height) in SIZES.items():
            for theme in THEMES:
                page = _open(browser, app.url, theme, width, height)
                _take_tabs(page, arguments.output, f"{device}-{theme}", arguments.example)
                page.context.close()
        browser.close()
    app.close()


def _open(browser: Browser, url: str, theme: str, width: int, height: int) -> Page:
    page = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-US"
    ).new_page()
    page.set_default_timeout(180_000)  # loading the checkpoint may come first
    page.goto(f"{url}?__theme={theme}")
    page.locator("#settings").wait_for()
    page.locator("#early").wait_for(state="detached")
    return page


def _take_tabs(page: Page, folder: Path, name: str, example: str) -> None:
    page.wait_for_timeout(1500)  # the header learns the checkpoint's state
    _take(page, folder / f"start-{name}.jpg")
    page.get_by_role("tab", name="Gallery").click()
    page.locator(f'#gallery-cards [data-example="{example}"]').click()
    own = ".panoptic-viewer[data-state=ready]:not([data-opening])"
    page.locator(own).wait_for(timeout=120_000)
    page.locator("#status .running").wait_for(state="detached")
    _take(page, folder / f"gallery-{name}.jpg")
    page.get_by_role("tab", name="Image").click()
    page.locator(".panoptic-viewer tbody tr", has_text="thing").first.hover()
    _take(page, folder / f"image-{name}.jpg")
    page.get_by_role("tab", name="Webcam").click()
    _take(page, folder / f"webcam-{name}.jpg")
    page.get_by_role("tab", name="Video", exact=True).click()
    page.locator("#video-example").click()
    page.wait_for_function("document.querySelector('#video-made video')?.readyState >= 2")
    _take(page, folder / f"video-{name}.jpg")
    page.get_by_role("tab", name="Learn").click()
    page.locator("#learn-show").click()
    page.locator("#learn-how .steps > li").nth(6).locator("img").first.wait_for()
    _take(page, folder / f"learn-{name}.jpg", full_page=False)


def _take(page: Page, path: Path, *, full_page: bool = True) -> None:
    page.wait_for_timeout(700)  # fonts, thumbnails and transitions settle
    page.screenshot(path=path, full_page=full_page, type="jpeg", quality=85)


if __name__ == "__main__":
    main()
