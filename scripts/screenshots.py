"""Take the pictures of the app for the documentation: each tab, desktop and phone, light and dark.

    python scripts/screenshots.py [--output docs/screenshots] [--example scene-tram]

Needs the development requirements, Chromium, and a checkpoint at hand; it starts the app itself.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from detr_gradio.settings import Settings
from detr_gradio.ui.launch import launch
from detr_gradio.ui.service import Service
from tests.made_videos import write_video

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
    demo = launch(Settings(), service, block=False)
    options = {"args": ["--no-sandbox", "--use-fake-device-for-media-stream"]}
    if CHROMIUM.exists():
        options["executable_path"] = str(CHROMIUM)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as made:
        browser = playwright.chromium.launch(**options)
        video = _pan_over(arguments.example, Path(made))
        for device, (width, height) in SIZES.items():
            for theme in THEMES:
                page = _open(browser, demo.local_url, theme, width, height)
                _take_tabs(page, arguments.output, f"{device}-{theme}", arguments.example, video)
                page.context.close()
        browser.close()
    demo.close(verbose=False)


def _open(browser: Browser, url: str, theme: str, width: int, height: int) -> Page:
    page = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-US"
    ).new_page()
    page.set_default_timeout(180_000)  # loading the checkpoint may come first
    page.goto(f"{url}?__theme={theme}")
    page.locator("#segment").wait_for()
    return page


def _pan_over(example: str, folder: Path) -> Path:
    """Write a video of two seconds: a camera that moves over an example picture."""
    root = Path(__file__).parents[1] / "examples"
    picture = np.asarray(Image.open(next(root.glob(f"{example}.*"))).convert("RGB"))
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] * 3 // 8 * 2
    starts = np.linspace(0, picture.shape[1] - width, 50).astype(int)
    frames = [picture[:height, start : start + width] for start in starts]
    return write_video(folder / "pan.mp4", frames)


def _take_tabs(page: Page, folder: Path, name: str, example: str, video: Path) -> None:
    page.wait_for_timeout(1500)  # the header learns the checkpoint's state
    _take(page, folder / f"start-{name}.jpg")
    page.get_by_role("tab", name="Gallery").click()
    page.locator(f'#gallery-cards [data-example="{example}"]').click()
    page.locator(".panoptic-viewer[data-state=ready]").wait_for(timeout=120_000)
    page.locator("#status .running").wait_for(state="detached")
    _take(page, folder / f"gallery-{name}.jpg")
    page.get_by_role("tab", name="Image").click()
    page.locator(".panoptic-viewer tbody tr", has_text="thing").first.hover()
    _take(page, folder / f"image-{name}.jpg")
    page.get_by_role("tab", name="Webcam").click()
    _take(page, folder / f"webcam-{name}.jpg")
    _open_tab(page, "Video")
    page.locator("#video-source input[type=file]").set_input_files(video)
    page.locator("#video-source video").wait_for()
    page.locator("#video-begin").click()
    page.wait_for_function("document.querySelector('#video-made video')?.readyState >= 2")
    _take(page, folder / f"video-{name}.jpg")
    _open_tab(page, "Learn")
    page.locator("#learn-show").click()
    page.locator("#learn-how .steps > li").nth(6).locator("img").first.wait_for()
    _take(page, folder / f"learn-{name}.jpg", full_page=False)


def _open_tab(page: Page, name: str) -> None:
    """Choose a tab, also where it is hidden behind the dots of a narrow screen."""
    tab = page.get_by_role("tab", name=name, exact=True)
    if tab.is_visible():
        tab.click()
        return
    hidden = page.locator(".overflow-dropdown button", has_text=name)
    menu = page.locator(".overflow-menu", has=hidden)
    menu.locator("> button").click()
    menu.locator(hidden).click()


def _take(page: Page, path: Path, *, full_page: bool = True) -> None:
    page.wait_for_timeout(700)  # fonts, thumbnails and transitions settle
    page.screenshot(path=path, full_page=full_page, type="jpeg", quality=85)


if __name__ == "__main__":
    main()
