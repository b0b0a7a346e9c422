"""What the tests of the viewer share: its page, and reading what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

# Nothing waits to be drawn or measured.
DRAWN = """() => {
  const { viewer } = document.querySelector(".panoptic-viewer");
  const { view, stage, frame } = viewer;
  const { clientWidth: width, clientHeight: height } = stage;
  const measured = !width || (view.stageWidth === width && view.stageHeight === height);
  return !frame && measured && document.fonts.status === "loaded";
}"""

# What the viewer has, once its script runs: [value, number of the value].
HELD = """() => {
  const viewer = document.querySelector(".panoptic-viewer")?.viewer;
  return viewer && [viewer.value, viewer.load];
}"""

# It shows another value than the one held before. Neither the state nor what is drawn tells that:
# a page that moves is drawn again, and is ready all the time.
SHOWN = """([[value, load], state]) => {
  const root = document.querySelector(".panoptic-viewer");
  const { viewer } = root;
  if (viewer.load === load || root.dataset.state !== state) return false;
  return state === "ready" || state === "nothing" ? viewer.value !== value : true;
}"""


class ViewerPage:
    """A page with the viewer, and places of the picture in pixels of the picture."""

    def __init__(self, page: Page):
        self.page = page
        self.root: Locator = page.locator(".panoptic-viewer:not(.kept)")
        self.stage: Locator = page.locator(".panoptic-viewer:not(.kept) .stage")

    @contextmanager
    def another_value(self, state: str = "ready") -> Iterator[None]:
        """Leave the block once the viewer shows and has drawn a value that came meanwhile."""
        held = self.page.wait_for_function(HELD)
        yield
        self.page.wait_for_function(SHOWN, arg=[held, state])
        self.drawn()

    def show(self, name: str, state: str = "ready") -> None:
        """Show a value of ``viewer_app`` by the button of its name; the pointer stays."""
        with self.another_value(state):
            self.page.locator(f"#show-{name}").dispatch_event("click")

    def drawn(self) -> None:
        """Wait until nothing is left to be drawn."""
        self.page.wait_for_function(DRAWN)

    def place(self, x: float, y: float, size: tuple[int, int] = (400, 300)) -> tuple[float, float]:
        """Where in the window a pixel of the unzoomed picture is."""
        self.stage.scroll_into_view_if_needed()
        box = self.stage.bounding_box()
        scale = min(box["width"] / size[0], box["height"] / size[1])
        left = box["x"] + (box["width"] - size[0] * scale) / 2
        top = box["y"] + (box["height"] - size[1] * scale) / 2
        return left + (x + 0.5) * scale, top + (y + 0.5) * scale

    def hover(self, x: float, y: float) -> None:
        """Move the pointer to a pixel of the unzoomed picture."""
        self.page.mouse.move(*self.place(x, y))

    def click(self, x: float, y: float) -> None:
        """Click a pixel of the unzoomed picture."""
        self.page.mouse.click(*self.place(x, y))

    def key(self, *keys: str) -> None:
        """Press keys while the stage has the focus."""
        self.stage.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def has(self, **data: object) -> None:
        """Expect data attributes of the viewer: ``has(hovered=3, locked="")``."""
        for name, value in data.items():
            expect(self.root).to_have_attribute(f"data-{name}", str(value))

    def received(self, text: str) -> None:
        """Expect the last event that Python got."""
        expect(self.page.locator("#told textarea, #told input")).to_have_value(text)

    def lit_row(self, name: str) -> None:
        """Expect one row of the legend to be lit: that of the name."""
        expect(self.root.locator("tr.lit .name")).to_have_text([name])

    def color(self, layer: str, x: float, y: float) -> list[int]:
        """[red, green, blue, alpha] of a layer at a pixel of the picture as it is zoomed now."""
        self.drawn()
        return self.page.evaluate(
            """([layer, x, y]) => {
              const { view, layers } = document.querySelector(".panoptic-viewer").viewer;
              const at = view.toStage(x + 0.5, y + 0.5);
              const context = layers.contexts[layer];
              const [column, row] = [at.x * layers.ratio, at.y * layers.ratio];
              return [...context.getImageData(column, row, 1, 1).data];
            }""",
            [layer, x, y],
        )
