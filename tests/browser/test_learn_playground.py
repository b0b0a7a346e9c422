"""The laboratories of the Learn pages: their arithmetic, the mouse and the keyboard."""

import json
from pathlib import Path

import numpy as np
import pytest
from hotcoco.panoptic import pq_compute
from PIL import Image
from playwright.sync_api import expect
from scipy.optimize import linear_sum_assignment

from detr_gradio.ui.scripts import bundle

pytestmark = pytest.mark.browser

CATEGORIES = {1: True, 18: True, 193: False}  # id: is it a thing?


def random_maps(seed: int) -> list[dict]:
    """Truth and prediction with void and chance overlaps: {ids, categories} of 24 x 32 pixels."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 5, (3, 4))
    truth = coarse.repeat(8, 0).repeat(8, 1)
    predicted = np.roll(truth, generator.integers(0, 4, 2), (0, 1))
    noise = generator.random(truth.shape) < 0.15
    predicted = np.where(noise, generator.integers(0, 5, truth.shape), predicted)
    categories = {str(i): int(generator.choice([1, 18, 193])) for i in range(1, 5)}
    other = dict(categories)
    other["4"] = int(generator.choice([1, 18, 193]))
    return [
        {"ids": truth.ravel().tolist(), "categories": categories},
        {"ids": predicted.ravel().tolist(), "categories": other},
    ]


def hotcoco_quality(maps: list[dict], folder: Path) -> dict:
    """What the reference implementation says of the two maps."""
    paths = []
    for name, each in zip(("truth", "predicted"), maps, strict=True):
        ids = np.array(each["ids"], np.uint32).reshape(24, 32)
        (folder / name).mkdir()
        colors = np.stack([ids, ids * 0, ids * 0], axis=2).astype(np.uint8)
        Image.fromarray(colors).save(folder / name / "a.png")
        segments = [
            {"id": i, "category_id": each["categories"][str(i)], "area": int((ids == i).sum()),
             "iscrowd": 0, "bbox": [0, 0, 1, 1]}
            for i in np.unique(ids).tolist() if i
        ]  # fmt: skip
        content = {
            "images": [{"id": 1, "file_name": "a.jpg", "width": 32, "height": 24}],
            "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": segments}],
            "categories": [
                {"id": i, "name": str(i), "isthing": int(thing)} for i, thing in CATEGORIES.items()
            ],
        }
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(content))
    return pq_compute(*(str(path) for path in paths))


def test_its_arithmetic_is_that_of_hotcoco(chromium, tmp_path):
    page = chromium.new_page()
    page.set_content("<p></p>")
    script = bundle("ui/tabs/learn/pq.js")
    scores = []
    for seed in range(12):
        maps = random_maps(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        mine = page.evaluate(f"(maps) => {{ {script}; return panopticQuality(...maps); }}", maps)
        expected = hotcoco_quality(maps, folder)
        for key in ("pq", "sq", "rq"):
            assert mine["mean"][key] == pytest.approx(expected["All"][key], abs=1e-9), (seed, key)
        scores.append(mine["mean"]["pq"])
    page.close()
    assert np.ptp(scores) > 0.2  # the cases differ, and are neither all right nor all wrong


@pytest.fixture
def playground(app, open_page):
    page = open_page(app.url)
    page.locator("#settings").wait_for()
    page.get_by_role("tab", name="Learn").click()
    page.get_by_role("tab", name="What panoptic means").click()
    page.locator(".playground .readout table").wait_for()
    return page


def quality(page) -> dict:
    return json.loads(page.locator(".playground").get_attribute("data-quality"))


@pytest.mark.parametrize(
    ("preset", "person", "dog"),
    [
        # true positives, false positives, false negatives
        ("Exact", (2, 0, 0), (1, 0, 0)),
        ("One missed", (2, 0, 0), (0, 0, 1)),
        ("One split", (2, 0, 0), (1, 1, 0)),
        ("Two merged", (0, 1, 2), (1, 0, 0)),
    ],
)
def test_presets_show_each_kind_of_mistake(playground, preset, person, dog):
    playground.get_by_role("button", name=preset).click()
    counted = quality(playground)["categories"]
    assert tuple(counted["person"][key] for key in ("tp", "fp", "fn")) == person
    assert tuple(counted["dog"][key] for key in ("tp", "fp", "fn")) == dog
    if preset == "Exact":
        assert quality(playground)["mean"] == {"sq": 1, "rq": 1, "pq": 1}
    if preset == "One missed":
        # The ground takes the dog's place: 6812 of 7580 pixels are right; people 1, dog 0.
        grass = 6812 / 7580
        assert quality(playground)["mean"]["pq"] == pytest.approx((1 + grass + 0) / 3, abs=1e-9)


def test_the_keyboard_moves_and_resizes(playground):
    playground.get_by_role("button", name="Exact").click()
    playground.locator(".playground .box").nth(2).focus()
    for _ in range(8):
        playground.keyboard.press("ArrowRight")
    # 24 of 32 columns are common: 24 / 40.
    pairs = quality(playground)["pairs"]
    dog = next(pair for pair in pairs if pair["truth"] == 3 and pair["predicted"] == 3)
    assert dog["iou"] == pytest.approx(24 / 40)
    for _ in range(3):
        playground.keyboard.press("ArrowRight")
    counted = quality(playground)["categories"]["dog"]
    assert (counted["tp"], counted["fp"], counted["fn"]) == (0, 1, 1)
    playground.get_by_role("button", name="Exact").click()
    playground.locator(".playground .box").nth(2).focus()
    for _ in range(8):
        playground.keyboard.press("Shift+ArrowLeft")
    pairs = quality(playground)["pairs"]
    dog = next(pair for pair in pairs if pair["truth"] == 3 and pair["predicted"] == 3)
    assert dog["iou"] == pytest.approx(24 / 32)


def test_the_mouse_drags(playground):
    playground.get_by_role("button", name="Exact").click()
    body = playground.locator(".playground .box .body").nth(2).bounding_box()
    scale = playground.locator(".playground .stage").bounding_box()["width"] / 120
    x, y = body["x"] + body["width"] / 2, body["y"] + body["height"] / 2
    playground.mouse.move(x, y)
    playground.mouse.down()
    playground.mouse.move(x - 8 * scale, y, steps=4)
    playground.mouse.up()
    pairs = quality(playground)["pairs"]
    dog = next(pair for pair in pairs if pair["truth"] == 3 and pair["predicted"] == 3)
    assert dog["iou"] == pytest.approx(24 / 40)
    expect(playground.get_by_role("button", name="Exact")).to_have_attribute(
        "aria-pressed", "false"
    )


def test_the_matching_is_the_cheapest(app, open_page):
    page = open_page(app.url)
    page.locator("#settings").wait_for()
    page.get_by_role("tab", name="Learn").click()
    lab = page.locator(".matching")
    lab.locator("table").wait_for()
    seen = set()
    for box, key, times in ((0, "ArrowRight", 0), (0, "ArrowRight", 30), (1, "ArrowLeft", 10)):
        lab.locator(".box").nth(box).focus()
        for _ in range(times):
            page.keyboard.press(key)
        matching = json.loads(lab.get_attribute("data-matching"))
        costs = np.array(matching["costs"])
        assert costs.shape == (4, 3)
        rows, columns = linear_sum_assignment(costs)
        assert matching["total"] == pytest.approx(costs[rows, columns].sum())
        assert matching["queries"] == [int(rows[columns == t][0]) for t in range(3)]
        seen.add(tuple(matching["queries"]))
    assert len(seen) > 1
