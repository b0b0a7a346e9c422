"""How large the handle of a slider is drawn."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

AROUND = 8  # pixels: what would be cut off at the slider's ends
SLIDERS = ("[data-threshold=range]", "[data-range=opacity]", "#detail input[type=range]")
PLACE = "(e, place) => { e.value = Number(e.min) + place * (e.max - e.min); }"
HIDE = "(e, hidden) => { e.style.visibility = hidden ? 'hidden' : ''; }"


def expect_whole_handles(page: Page, sliders: tuple[str, ...] = SLIDERS) -> None:
    """Expect that handles end as far below their tracks as above, and are as wide everywhere."""
    for selector in sliders:
        slider = page.locator(selector).first
        expect(slider).to_be_visible()
        slider.scroll_into_view_if_needed()
        sizes = [handle_size(page, slider, place) for place in (0, 0.5, 1)]
        assert np.ptp([columns for columns, _, _ in sizes]) <= 1, (selector, sizes)
        for _, above, below in sizes:
            assert above > 2, (selector, sizes)
            assert abs(above - below) <= 1, (selector, sizes)


def handle_size(page: Page, slider: Locator, place: float) -> tuple[int, int, int]:
    """Pixels of a handle at a place in 0..1: how many columns, and rows above and below its track.

    Counted are columns in which it stands out from the track by more than two rows.
    """
    slider.evaluate(PLACE, place)
    box = slider.bounding_box()
    clip = {name: box[name] - AROUND for name in ("x", "y")} | {
        name: box[name] + 2 * AROUND for name in ("width", "height")
    }
    pictures = []
    for hidden in (False, True):
        slider.evaluate(HIDE, hidden)
        shot = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
        pictures.append(np.asarray(shot).astype(int))
    slider.evaluate(HIDE, False)
    drawn = np.abs(pictures[0] - pictures[1]).max(axis=2) > 40
    columns = np.flatnonzero(drawn.any(axis=0))
    first = drawn.argmax(axis=0)[columns]
    last = len(drawn) - 1 - drawn[::-1].argmax(axis=0)[columns]
    top, bottom = int(np.median(first)), int(np.median(last))
    wide = int(((last - first) > bottom - top + 2).sum())
    return wide, top - int(first.min()), int(last.max()) - bottom
