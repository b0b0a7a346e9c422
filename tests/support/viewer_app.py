"""A small page around the viewer, on painted scenes: for the tests, and to look at.

Run: python tests/browser/viewer_app.py
"""

from __future__ import annotations

import cv2
import gradio as gr
import numpy as np

from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import PanopticResult, Segment
from detr_gradio.ui.viewer import PanopticViewer, viewer_hint, viewer_value

SKY, GRASS, SEA, SAND, TREE = 187, 193, 155, 154, 184
PERSON, CAR, DOG, BIRD = 1, 3, 18, 16


def result_of(segment_ids, category_ids, *, scores=None, threshold=0.85) -> PanopticResult:
    """The result whose segment i+1 has ``category_ids[i]``; every id has a pixel."""
    segment_ids = np.asarray(segment_ids, np.int32)
    segments, numbers = [], {}
    for index, category_id in enumerate(category_ids):
        rows, columns = np.nonzero(segment_ids == index + 1)
        numbers[category_id] = numbers.get(category_id, 0) + 1
        left, top = int(columns.min()), int(rows.min())
        segments.append(
            Segment(
                id=index + 1,
                category=COCO[category_id],
                number=numbers[category_id],
                score=0.99 - index * 0.1 / max(1, len(category_ids)) if scores is None
                else scores[index],
                area=len(rows),
                area_fraction=len(rows) / segment_ids.size,
                bbox=(left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1),
                query=index * 3,
            )
        )  # fmt: skip
    return PanopticResult(
        segment_ids=segment_ids,
        segments=tuple(segments),
        categories=COCO,
        checkpoint="facebook/detr-resnet-101-panoptic",
        threshold=threshold,
        method="paper",
        input_size=(800, 1066),
        timings={"preprocess": 0.1, "network": 1.5, "assemble": 0.1},
    )


def textured(segment_ids, colors, seed=0):
    """(H, W, 3) uint8 picture with a colour per id and some grain."""
    grain = np.random.default_rng(seed).normal(0, 9, (*segment_ids.shape, 1))
    return np.clip(np.asarray(colors)[segment_ids] + grain, 0, 255).astype(np.uint8)


def quarters():
    """400 x 300: sky above, grass below, a person on the left, a car on the right, a void strip.

    Sky is x 0..400, y 0..140; grass y 160..300; void y 140..160; person x 40..100, y 90..230;
    car x 240..340, y 180..240.
    """
    ids = np.zeros((300, 400), np.int32)
    ids[:140], ids[160:] = 1, 2
    ids[90:230, 40:100] = 3
    ids[180:240, 240:340] = 4
    colors = [(90, 90, 90), (150, 190, 230), (110, 150, 80), (170, 90, 80), (60, 70, 110)]
    return textured(ids, colors), result_of(
        ids, [SKY, GRASS, PERSON, CAR], scores=[0.97, 0.95, 0.992, 0.88]
    )


def one_segment():
    """60 x 80, all of it sky."""
    ids = np.ones((60, 80), np.int32)
    return textured(ids, [(0, 0, 0), (150, 190, 230)]), result_of(ids, [SKY])


def nothing(threshold=0.85):
    """90 x 120 in which nothing was found."""
    ids = np.zeros((90, 120), np.int32)
    return textured(ids, [(120, 130, 140)]), result_of(ids, [], threshold=threshold)


def crowd(count=60, width=1200, height=900):
    """``count`` segments: sky, sea, sand, and rounded figures on them."""
    ids = np.ones((height, width), np.int32)
    horizon, shore = int(height * 0.34), int(height * 0.55)
    rows = np.arange(height)[:, None]
    wave = (np.sin(np.arange(width) / width * 9) * height * 0.015).astype(int)
    ids[rows > horizon + wave] = 2
    ids[rows > shore + 2 * wave] = 3
    rng = np.random.default_rng(4)
    kinds = [PERSON, PERSON, PERSON, DOG, CAR, BIRD]
    categories = [SKY, SEA, SAND]
    columns = 10
    for index in range(count - 3):
        row, column = divmod(index, columns)
        x = int((column + 0.5 + rng.uniform(-0.2, 0.2)) * width / columns)
        y = int(height * (0.16 + 0.145 * row + rng.uniform(-0.02, 0.02)))
        size = width * rng.uniform(0.012, 0.032)
        figure = len(categories) + 1
        cv2.ellipse(ids, (x, y), (int(size), int(size * 1.5)), 0, 0, 360, figure, -1)
        cv2.circle(ids, (x, int(y - size * 1.7)), int(size * 0.75), figure, -1)
        categories.append(kinds[index % len(kinds)])
    ids[int(height * 0.96) :, : int(width * 0.3)] = 0
    palette = [(60, 58, 55), (168, 200, 232), (70, 120, 160), (214, 196, 156)]
    palette += [tuple(rng.integers(40, 220, 3)) for _ in categories[3:]]
    return textured(ids, palette), result_of(ids, categories)


def tall():
    """The quarters on their side: 300 x 400 becomes 400 x 300."""
    image, result = quarters()
    turned = np.ascontiguousarray(result.segment_ids.T)
    return np.ascontiguousarray(image.transpose(1, 0, 2)), result_of(
        turned, [segment.category_id for segment in result.segments]
    )


def hostile() -> dict:
    """A value whose texts try to become code or markup."""
    value = viewer_value(*quarters(), title="${document.title='broken'}<b>bold</b>")
    value["segments"][2]["name"] = "<img src=x onerror=\"document.title='broken'\">"
    value["segments"][3]["name"] = "{{value}}${document.title='broken'}<script>"
    return value


SCENES = {
    "quarters": quarters,
    "one": one_segment,
    "nothing": nothing,
    "crowd": crowd,
    "tall": tall,
}


def build(values=None) -> gr.Blocks:
    """A page with a button a value, the viewer, and a line that tells its last event."""
    with gr.Blocks(title="Viewer", analytics_enabled=False) as demo:
        viewer = PanopticViewer(elem_id="viewer")
        told = gr.Textbox(label="Last event", elem_id="told")
        with gr.Row():
            for name, value in (values or default_values()).items():
                button = gr.Button(name, elem_id=f"show-{name}")
                button.click(lambda value=value: value, None, viewer, show_progress="hidden")
        for event in ("segment_select", "segment_cutout", "segment_why", "threshold_change"):

            def tell(data: gr.EventData, event=event):
                return f"{event} {data._data}"

            getattr(viewer, event)(
                tell, None, told, show_progress="hidden", trigger_mode="multiple"
            )
    return demo


def default_values() -> dict[str, dict | None]:
    """Every scene in English, the quarters in Spanish and with actions, and the hint."""
    values = {name: viewer_value(*scene()) for name, scene in SCENES.items()}
    values["actions"] = viewer_value(*quarters(), actions=("why", "cutout"), title="DETR-R101")
    values["spanish"] = viewer_value(*quarters(), "es")
    values["hostile"] = hostile()
    values["lowest"] = viewer_value(*nothing(0.5))
    values["hint"] = viewer_hint()
    values["none"] = None
    return values


if __name__ == "__main__":
    build().launch()
