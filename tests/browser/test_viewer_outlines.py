"""The outlines that the browser traces, worked out by hand on tiny maps."""

from pathlib import Path

import pytest

import detr_gradio.ui.viewer as viewer_package

pytestmark = pytest.mark.browser

SOURCE = (Path(viewer_package.__file__).parent / "segments.js").read_text("utf-8")


@pytest.fixture(scope="module")
def trace(chromium):
    """Call traceLoops in a blank page: rows of ids -> {id: loops}."""
    page = chromium.new_page()

    def trace_rows(rows):
        return page.evaluate(
            f"""(rows) => {{
              {SOURCE}
              const ids = Uint16Array.from(rows.flat());
              return Object.fromEntries(traceLoops(ids, rows[0].length, rows.length));
            }}""",
            rows,
        )

    yield trace_rows
    page.close()


def test_one_pixel_is_a_diamond_through_its_sides(trace):
    assert trace([[5]]) == {"5": [[0.5, 0, 1, 0.5, 0.5, 1, 0, 0.5]]}


def test_straight_runs_keep_only_their_ends(trace):
    assert trace([[1, 1, 1]]) == {"1": [[0.5, 0, 2.5, 0, 3, 0.5, 2.5, 1, 0.5, 1, 0, 0.5]]}


def test_hole_is_a_loop_of_its_own(trace):
    loops = trace([[1, 1, 1], [1, 2, 1], [1, 1, 1]])
    assert len(loops["1"]) == 2
    assert sorted(loops["1"][1][i : i + 2] for i in range(0, 8, 2)) == [
        [1, 1.5], [1.5, 1], [1.5, 2], [2, 1.5],
    ]  # fmt: skip
    assert loops["2"] == [[1.5, 1, 2, 1.5, 1.5, 2, 1, 1.5]]


def test_pixels_that_touch_at_a_corner_are_two_loops(trace):
    loops = trace([[1, 0], [0, 1]])
    assert len(loops["1"]) == len(loops["0"]) == 2


def test_every_region_is_enclosed_once(trace):
    """Area by the shoelace formula: half a pixel less at each corner that is cut."""
    loops = trace([[1, 1, 2, 2], [1, 1, 2, 2]])
    for id_ in "12":
        (loop,) = loops[id_]
        points = [(loop[i], loop[i + 1]) for i in range(0, len(loop), 2)]
        pairs = zip(points, points[1:] + points[:1], strict=True)
        area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2
        assert area == 4 - 4 * 0.125
