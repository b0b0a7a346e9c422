"""The app with segmenters that answer at once, and what the tests of it share."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from detr_gradio.checkpoints.catalogue import DEFAULT
from detr_gradio.server.launch import launch
from detr_gradio.settings import Settings
from tests.support.fake import FakeSegmenter, FakeService
from tests.support.viewer_pages import ViewerPage

EXAMPLES = Path(__file__).parents[2] / "examples"
PICTURE = EXAMPLES / "photo-cows.jpg"


# Not the result that the page opens on.
OWN = ":not([data-opening])"

# No colour is on its way to another one.
SETTLED = """() => document.getAnimations().every(
  (each) => each.playState === "finished" || each.effect.getTiming().iterations === Infinity
)"""


class AppServer:
    """A running app.

    Attributes:
        url: where it is.
        segmenter: what stands for DETR-R101; ``passes`` and ``held`` are for tests.
    """

    def __init__(self, missing: tuple[str, ...] = ()):
        self.service = FakeService(missing=missing)
        self.segmenter: FakeSegmenter = self.service.segmenters[DEFAULT]
        self.served = launch(Settings(), self.service, block=False)
        self.url, self.demo = self.served.url, self.served.demo

    def close(self) -> None:
        self.served.close()


def add_picture(page, path: Path = PICTURE) -> None:
    """Upload a picture in the image tab."""
    page.locator("#picture input[type=file]").set_input_files(path)


CARRIED = """([encoded, name, type]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  return carried;
}"""


def carried(page, path, name, kind):
    """What the pointer or the clipboard carries: a picture with a name and a type."""
    return page.evaluate_handle(CARRIED, [base64.b64encode(path.read_bytes()).decode(), name, kind])


def drop(page, selector="#picture", path=PICTURE, name="cows.jpg", kind="image/jpeg"):
    """Drag a picture over a part of the page, and drop it."""
    transfer = carried(page, path, name, kind)
    for event in ("dragenter", "dragover", "drop"):
        page.locator(selector).dispatch_event(event, {"dataTransfer": transfer})


def open_settings(page) -> None:
    """Unfold what is set rarely."""
    page.locator("#settings .label-wrap").click()
    page.locator("#detail input[type=number]").wait_for()


def wait_for_result(page):
    """Return the viewer once it shows a result; ``another_result`` waits for a second one."""
    viewer = page.locator(f".panoptic-viewer:not(.kept)[data-state=ready]{OWN}")
    viewer.wait_for()
    page.locator("#status .running").wait_for(state="detached")
    ViewerPage(page).drawn()
    return viewer


@contextmanager
def another_result(page) -> Iterator[None]:
    """Leave the block once the viewer shows a result that came meanwhile."""
    with ViewerPage(page).another_value():
        yield
    wait_for_result(page)


def copied_link(page, part: str) -> str:
    """The link in the clipboard, once it is the page's address with some part in it."""
    page.wait_for_function(
        """async (part) => location.search.includes(part)
          && await navigator.clipboard.readText() === location.href""",
        arg=part,
    )
    return page.url


def legend(page):
    """Labels in the legend, from the top; to be expected, for the page may still be at it."""
    return page.locator(".panoptic-viewer tbody tr .name")


def violations(page, context: str | None = None) -> list[str]:
    """What axe finds serious or critical in a page or a part of it, with the elements."""
    page.wait_for_function(SETTLED)
    found = Axe().run(page, context=context).response["violations"]
    return [
        f"{each['id']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def save_picture(path: Path, size: tuple[int, int] = (320, 240)) -> Path:
    """Write a picture of a gradient."""
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def write_camera_file(path: Path) -> Path:
    """Write frames as JPEG, one behind the other: red at the left, blue at the right."""
    pixels = np.zeros((480, 640, 3), np.uint8)
    pixels[:, :320], pixels[:, 320:] = (220, 30, 30), (30, 30, 220)
    frame = io.BytesIO()
    Image.fromarray(pixels).save(frame, "JPEG", quality=90)
    path.write_bytes(frame.getvalue() * 5)
    return path
