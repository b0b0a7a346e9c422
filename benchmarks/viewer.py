"""How smoothly the viewer answers the pointer, and whether it gives memory back.

Hovers over all 60 segments of a 12-megapixel picture in headless Chromium and counts the frames
that the page draws meanwhile: as a hand does, 24 pixels a frame from one segment to the next, and
as no hand can, in another segment at every frame. It corrects that picture with a brush, at its
full size, 24 pixels a frame, and tells how long each frame takes, and what follows a stroke. Then
it shows 50 pictures one after the other and compares the page's heap, nodes and listeners before
and after, each time after garbage collection.

Run: python -m benchmarks.viewer
"""

from __future__ import annotations

import argparse
import itertools
import math
import time

from playwright.sync_api import CDPSession, Page, sync_playwright

from detr_gradio.ui.viewer import viewer_value
from detr_gradio.ui.viewer.correction import correction_value
from tests.browser.conftest import chromium_options
from tests.support.viewer_app import build, crowd

# Moves the pointer along a path through every segment, one place a frame, and returns the
# milliseconds between frames. Events are made in the page: driving each from outside would
# measure the driver.
HOVER = """
async ({ points, rounds }) => {
  const stage = document.querySelector(".stage");
  const box = stage.getBoundingClientRect();
  const frames = [];
  const lit = new Set();
  await new Promise((done) => {
    let step = 0;
    let before = performance.now();
    const frame = (now) => {
      frames.push(now - before);
      before = now;
      if (step === points.length * rounds) return done();
      const [x, y] = points[step++ % points.length];
      stage.dispatchEvent(new PointerEvent("pointermove", {
        clientX: box.left + x * box.width, clientY: box.top + y * box.height,
        pointerType: "mouse", pointerId: 1, bubbles: true,
      }));
      lit.add(stage.closest(".panoptic-viewer").dataset.hovered);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  lit.delete("");
  return { frames: frames.slice(2), lit: lit.size };
}
"""


# Draws with a brush along a path, one place a frame, as ``HOVER`` moves the pointer; returns the
# milliseconds between frames, those that the page's own code takes in each, and those after the
# stroke's end.
STROKE = """
async ({ points, tool, size }) => {
  const { viewer } = document.querySelector(".panoptic-viewer");
  const { stage, correcting } = viewer;
  correcting.useTool(tool);
  correcting.set("brush", size);
  correcting.chosen = [viewer.legend.order()[0]];
  correcting.paint();
  const box = stage.getBoundingClientRect();
  const tell = (type, [x, y]) => stage.dispatchEvent(new PointerEvent(type, {
    clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    pointerType: "mouse", pointerId: 1, button: 0, bubbles: true,
  }));
  stage.setPointerCapture = () => {}; // there is no such pointer
  const nextFrame = () => new Promise((done) => requestAnimationFrame(done));
  await nextFrame();
  tell("pointerdown", points[0]);
  const [frames, work] = [[], []];
  let drawing = 0;
  const { layer } = correcting;
  layer.drawBox = (...box) => {
    const start = performance.now();
    Object.getPrototypeOf(layer).drawBox.apply(layer, box);
    drawing += performance.now() - start;
  };
  let before = await nextFrame();
  for (const point of points.slice(1)) {
    const start = performance.now();
    tell("pointermove", point);
    const told = performance.now() - start;
    drawing = 0;
    const now = await nextFrame();
    work.push(told + drawing);
    frames.push(now - before);
    before = now;
  }
  const start = performance.now();
  tell("pointerup", points.at(-1));
  const end = performance.now() - start;
  const undoing = performance.now();
  correcting.undo();
  const undo = performance.now() - undoing;
  delete layer.drawBox;
  return { frames, work, end, undo, pixels: correcting.map.ids.length };
}
"""


def labels(page: Page) -> list[tuple[float, float]]:
    """Where the labels of all segments are, as fractions of the stage."""
    return page.evaluate(
        """() => {
          const { view, map } = document.querySelector(".panoptic-viewer").viewer;
          return map.segments.map(({ anchor }) => {
            const { x, y } = view.toStage(...anchor);
            return [x / view.stageWidth, y / view.stageHeight];
          });
        }"""
    )


def path_through(points: list[tuple[float, float]], step: float) -> list[tuple[float, float]]:
    """The way from point to point in steps of at most this fraction of the stage."""
    path = []
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        steps = max(1, math.ceil(max(abs(x2 - x1), abs(y2 - y1)) / step))
        path += [(x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps) for i in range(steps)]
    return [*path, points[-1]]


def hover(page: Page, points: list[tuple[float, float]], rounds: int = 1) -> dict:
    """Milliseconds between frames while the pointer visits the points, one a frame."""
    return page.evaluate(HOVER, {"points": points, "rounds": rounds})


def stroke(page: Page, points: list[tuple[float, float]], tool: str, size: int) -> None:
    """Draw through the points, and print how it went."""
    run = page.evaluate(STROKE, {"points": points, "tool": tool, "size": size})
    frames, work = sorted(run["frames"]), sorted(run["work"])
    print(
        f"{tool}, {size} pixels wide, {run['pixels'] / 1e6:.0f} megapixels: "
        f"{1000 * len(frames) / sum(frames):.1f} frames per second over {len(frames)}; 95% of "
        f"frames within {frames[int(len(frames) * 0.95)]:.1f} ms, worst {frames[-1]:.1f} ms; the "
        f"page's code takes {work[len(work) // 2]:.1f} ms of a frame, 95% within "
        f"{work[int(len(work) * 0.95)]:.1f} ms; the end takes {run['end']:.0f} ms, undoing it "
        f"{run['undo']:.0f} ms",
        flush=True,
    )


def memory(session: CDPSession) -> dict[str, float]:
    """Heap in MB, nodes and listeners of the page after garbage collection."""
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return {
        "heap MB": metrics["JSHeapUsedSize"] / 1e6,
        "nodes": metrics["Nodes"],
        "listeners": metrics["JSEventListeners"],
    }


def show(page: Page, name: str) -> None:
    """Click the button of a value and wait until the viewer has drawn it."""
    drawn = int(page.locator(".panoptic-viewer").get_attribute("data-drawn") or 0)
    page.click(f"#show-{name}")
    page.wait_for_function(
        "drawn => Number(document.querySelector('.panoptic-viewer').dataset.drawn) > drawn",
        arg=drawn,
        timeout=60_000,
    )


def tell(label: str, run: dict) -> None:
    """Print frames per second and the slow frames."""
    frames = sorted(run["frames"])
    print(
        f"{label}: {1000 * len(frames) / sum(frames):.1f} frames per second over {run['lit']} "
        f"segments; 95% of frames within {frames[int(len(frames) * 0.95)]:.1f} ms, worst "
        f"{frames[-1]:.1f} ms",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="visits of every segment")
    parser.add_argument("--pictures", type=int, default=50)
    parser.add_argument("--viewport", type=int, nargs=2, default=(1440, 900))
    options = parser.parse_args()

    image, result = crowd(60, 4000, 3000)
    started = time.perf_counter()
    values = {"a": viewer_value(image, result)}
    print(f"viewer_value, 12 megapixels: {time.perf_counter() - started:.3f} s, ", end="")
    print(f"{sum(len(values['a'][key]) for key in ('image',)) / 1e6:.2f} MB of picture")
    started = time.perf_counter()
    correct = correction_value(result, result, "en")
    print(
        f"its map in full: {time.perf_counter() - started:.3f} s, "
        f"{len(correct['network']['ids']['deflated']) / 1e6:.2f} MB"
    )
    values["correct"] = {**viewer_value(image, result, actions=["correct"]), "correct": correct}
    values["b"] = viewer_value(image[:, ::-1].copy(), result)

    demo = build(values)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_options())
        width, height = options.viewport
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(url)
        show(page, "a")
        time.sleep(1)
        for label, prepare in {"overlay": "1", "map": "3", "zoomed in": "1++++"}.items():
            page.locator(".stage").focus()
            for key in prepare:
                page.keyboard.press(key)
            time.sleep(0.5)
            points = labels(page)
            tell(f"hover, {label}, by hand", hover(page, path_through(points, 24 / width)))
            tell(f"hover, {label}, by leaps", hover(page, points, options.rounds))
        page.keyboard.press("0")
        path = path_through(labels(page)[::3], 24 / width)
        show(page, "correct")
        page.locator(".correction").wait_for()
        for size in (24, 120):
            for tool in ("add", "take"):
                stroke(page, path, tool, size)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        for index in range(4):
            show(page, "ba"[index % 2])
        before = memory(session)
        for index in range(options.pictures):
            show(page, "ba"[index % 2])
        after = memory(session)
        for key in before:
            print(f"{key}, after {options.pictures} pictures: {before[key]:.1f} → {after[key]:.1f}")
        browser.close()
    demo.close()


if __name__ == "__main__":
    main()
