"""The parts of a picture's way with toy-scenes: in the server, page, API, video and camera.

Told are milliseconds: of the server's own parts the least of many runs, and what one processor
works for it in the thread that does it; of whole ways the medians. The page is headless Chromium,
and the camera its fake one; both share the processors with the server.

Run: python -m benchmarks.way [parts page api video camera] [--checkpoint FOLDER] [--detail 384]
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from detr_gradio import Segmenter, load_segmenter
from detr_gradio.images import load_image
from detr_gradio.result.panoptic import assemble
from detr_gradio.result.pictures import encode_picture
from detr_gradio.result.render import overlay
from detr_gradio.segmenter import _image_key
from detr_gradio.ui.viewer import PICTURE_QUALITY, viewer_value
from detr_gradio.ui.viewer.maps import map_value, reduced_ids
from detr_gradio.video.run import VideoRun
from tests.browser.conftest import STARTED, chromium_options
from tests.support.app_server import drop

from .camera import frame
from .server import Server
from .visitors import Visitor

ROOT = Path(__file__).parents[1]
SCENE = ROOT / "examples" / "scene-car.jpg"
VIDEO = ROOT / "examples" / "video-street.mp4"
THRESHOLD = 0.85
FAKE_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")

# Notes when a file was dropped and when each value is on the screen, by the page's own clock.
WATCH = """() => {
  window.way = { drawn: [], frames: 0 };
  window.addEventListener("drop", () => way.chosen = performance.now(), true);
  const { viewer } = document.querySelector(".panoptic-viewer");
  let last = viewer.value;
  const look = () => {
    const { viewer } = document.querySelector(".panoptic-viewer");
    if (viewer.value !== last && !viewer.frame) {
      last = viewer.value;
      way.drawn.push(performance.now());
    }
    requestAnimationFrame(look);
  };
  look();
}"""

REQUESTS = """() => performance.getEntriesByType("resource")
  .filter((each) => each.startTime >= way.chosen)
  .map((each) => [each.name.split("?")[0].split("gradio_api/").pop(), each.startTime - way.chosen,
                  each.responseEnd - way.chosen])"""


def tell(name: str, milliseconds: float, more: str = "") -> None:
    """Print a line."""
    print(f"{milliseconds:9.1f}  {name}{more}", flush=True)


def least(name: str, work: Callable[[], Any], runs: int = 30) -> Any:
    """Print the least milliseconds of some work, and return what it gave."""
    seconds, worked = [], []
    for _ in range(runs):
        start = time.perf_counter(), time.thread_time()
        done = work()
        seconds.append(time.perf_counter() - start[0])
        worked.append(time.thread_time() - start[1])
    tell(name, 1000 * min(seconds), f" (of a processor {1000 * min(worked):.1f})")
    return done


def parts(segmenter: Segmenter, detail: int | None) -> None:
    """Measure what the server does for a picture, part by part."""
    print(f"The server's parts, {SCENE.name}:")
    data = SCENE.read_bytes()
    rgb = least("decode", lambda: load_image(data))
    least("hash", lambda: _image_key(rgb))
    predictions = least("resize and network", lambda: segmenter.network.predict(rgb, detail))
    result = least("assemble", lambda: assemble(predictions, threshold=THRESHOLD))
    value = least("viewer's value", lambda: viewer_value(rgb, result, as_file=True))
    least("  of it the map", lambda: map_value(reduced_ids(result.segment_ids, result.input_size)))
    least("  of it the JPEG", lambda: _jpeg(rgb))
    least("JSON", lambda: json.dumps(value))
    drawn = least("overlay (API, video)", lambda: overlay(rgb, result))
    least("PNG of the overlay (API)", lambda: encode_picture("overlay.png", drawn))


def _jpeg(rgb: np.ndarray) -> None:
    Image.fromarray(rgb).save(io.BytesIO(), "JPEG", quality=PICTURE_QUALITY)


@contextmanager
def opened(server: Server, *arguments: str):
    """Give the app's page in Chromium, with Gradio at work."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_options(*arguments))
        page = browser.new_context(
            viewport={"width": 1440, "height": 900}, permissions=["camera"]
        ).new_page()
        page.set_default_timeout(120_000)
        page.goto(server.url)
        page.wait_for_function(STARTED)
        page.wait_for_function("document.querySelector('.panoptic-viewer').viewer")
        page.wait_for_timeout(3000)  # what sets the page up
        yield page
        browser.close()


def through_the_page(server: Server, pictures: int) -> None:
    """Measure from the drop of a file to the picture on the screen."""
    whole, steps = [], {}
    with opened(server) as page, tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        page.evaluate(WATCH)
        for number in range(pictures):
            page.evaluate("performance.clearResourceTimings(); way.drawn = []")
            Path(file.name).write_bytes(frame(50 * number))
            drop(page, path=Path(file.name))
            page.wait_for_function("way.drawn.length")
            page.wait_for_timeout(1000)
            whole.append(page.evaluate("way.drawn[0] - way.chosen"))
            for name, start, end in page.evaluate(REQUESTS):
                if name in ("upload", "queue/join"):
                    steps.setdefault(name, []).append((start, end))
    print("Page, from the file's drop:")
    for name, times in steps.items():
        start, end = (statistics.median(each) for each in zip(*times, strict=True))
        tell(f"{name} ends", end, f" (began at {start:.1f})")
    tell("on the screen", statistics.median(whole), f" (of {pictures}, least {min(whole):.1f})")


def through_the_api(server: Server, pictures: int) -> None:
    """Measure a program's upload, answer and download."""
    visitor = Visitor(server)
    times = []
    for number in range(pictures):
        start = time.perf_counter()
        file = visitor.upload(frame(50 * number + 1))
        sent = time.perf_counter()
        answer = visitor.run(server.event("segment"), [file, None, THRESHOLD, None, "paper"])
        answered = time.perf_counter()
        for place in (0, 2):
            visitor.get(answer.data[place]["path"])
        times.append((sent - start, answered - sent, time.perf_counter() - answered))
    print("API:")
    for name, each in zip(("upload", "answer", "download"), zip(*times, strict=True), strict=True):
        tell(name, 1000 * statistics.median(each))
    tell("in all", 1000 * statistics.median(map(sum, times)))


def through_a_video(segmenter: Segmenter, detail: int | None) -> None:
    """Compare a video, every frame segmented, with the network alone on the same frames."""
    frames = []

    def keep(rgb: np.ndarray):
        frames.append(rgb)
        return segmenter.segment(rgb, detail=detail, loaded=True)

    with tempfile.TemporaryDirectory() as folder:
        for _ in VideoRun(VIDEO, folder, keep, overlay, end=2.0):
            pass
        start = time.perf_counter()
        for rgb in frames:
            segmenter.network.predict(rgb, detail)
        network = (time.perf_counter() - start) / len(frames)

        def anew(rgb: np.ndarray):
            return segmenter.segment(rgb, detail=detail, loaded=True, owner=None)

        start = time.perf_counter()
        for _ in VideoRun(VIDEO, folder, anew, overlay, end=2.0):
            pass
        whole = (time.perf_counter() - start) / len(frames)
    print(f"Video, {frames[0].shape[1]}x{frames[0].shape[0]}, each of {len(frames)} frames:")
    tell("network alone, a frame", 1000 * network)
    tell("video, a frame", 1000 * whole, f" ({network / whole:.0%} of the network's speed)")


def through_a_camera(server: Server, seconds: float, detail: int | None) -> None:
    """Count the live camera's frames that come to the screen."""
    with opened(server, *FAKE_CAMERA) as page:
        page.get_by_role("tab", name="Webcam").click()
        page.locator("#webcam-mode").get_by_label("Live").check()
        page.locator("#live-camera").get_by_text("Click to use the camera").click()
        page.wait_for_function("document.querySelector('#live-camera video')?.videoWidth > 0")
        if detail:
            page.locator("#live-detail input[type=number]").fill(str(detail))
            page.locator("#live-detail input[type=number]").blur()
        page.evaluate(WATCH)
        page.locator("#live-camera .button-wrap button").first.click()
        page.wait_for_function("way.drawn.length > 5")
        page.evaluate("way.drawn = []")
        page.wait_for_timeout(1000 * seconds)
        drawn = page.evaluate("way.drawn")
        said = page.locator("#live-rate").inner_text()
    print(f"Live camera, {len(drawn)} frames on the screen in {seconds:g} s; the page says: {said}")
    if len(drawn) > 1:
        between = np.diff(drawn)
        rate = f" ({1000 / between.mean():.1f} a second)"
        tell("between two frames", float(np.median(between)), rate)


def main() -> None:
    """Measure and print."""
    ways = ("parts", "page", "api", "video", "camera")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "ways", nargs="*", metavar="WAY", default=ways, help=f"of {', '.join(ways)}"
    )
    parser.add_argument("--checkpoint", default="toy-scenes")
    parser.add_argument("--detail", type=int, help="of video and camera; the checkpoint's own")
    parser.add_argument("--pictures", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10, help="of the camera")
    options = parser.parse_args()
    chosen = {*options.ways} or {*ways}
    if chosen & {"parts", "video"}:
        segmenter = load_segmenter(options.checkpoint)
        if "parts" in chosen:
            parts(segmenter, options.detail)
        if "video" in chosen:
            through_a_video(segmenter, options.detail)
    if chosen & {"page", "api", "camera"}:
        with (
            tempfile.TemporaryDirectory() as files,
            Server(options.checkpoint, Path(files)) as server,
        ):
            if "api" in chosen:
                through_the_api(server, options.pictures)
            if "page" in chosen:
                through_the_page(server, options.pictures)
            if "camera" in chosen:
                through_a_camera(server, options.seconds, options.detail)


if __name__ == "__main__":
    main()
