"""What a notebook shows of a result answers the pointer, without scripts or a server."""

import numpy as np
import pytest

from detr_gradio.result.panoptic import assemble
from tests.support.panoptic_cases import CAR, SKY, from_owners

pytestmark = pytest.mark.browser

OPACITY = "e => getComputedStyle(e).fillOpacity"
WEIGHT = "e => getComputedStyle(e).fontWeight"


def test_hover_in_picture_and_legend(chromium):
    owners = np.zeros((100, 200), int)
    owners[60:90, 20:80] = 1
    result = assemble(from_owners(owners, [SKY, CAR], [0.9, 0.95]))
    context = chromium.new_context(java_script_enabled=False)  # as notebooks that trust nobody
    page = context.new_page()
    page.set_content(result._repr_html_() + result._repr_html_())
    first, second = page.locator("figure").all()
    car, row = first.locator("path.s2"), first.locator("li.s2")
    assert (car.evaluate(OPACITY), row.evaluate(WEIGHT)) == ("1", "400")
    first.locator("svg").hover(position={"x": 50, "y": 75})
    assert (car.evaluate(OPACITY), row.evaluate(WEIGHT)) == ("0.85", "700")
    # The other picture on the page and the other segment stay as they are.
    assert first.locator("li.s1").evaluate(WEIGHT) == "400"
    assert second.locator("li.s2").evaluate(WEIGHT) == "400"
    first.locator("svg").hover(position={"x": 150, "y": 20})
    assert (first.locator("li.s1").evaluate(WEIGHT), row.evaluate(WEIGHT)) == ("700", "400")
    row.hover()
    assert car.evaluate(OPACITY) == "0.85"
    assert first.locator("path.s1").evaluate(OPACITY) == "1"
    context.close()
