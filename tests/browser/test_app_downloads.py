"""Each download is made when asked for, and opens as what it claims to be."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from pycocotools import mask as coco_mask

from tests.support.app_server import PICTURE, add_picture, legend, wait_for_result

pytestmark = pytest.mark.browser


@pytest.fixture
def result_page(app, open_page):
    page = open_page(app.url)
    add_picture(page)
    wait_for_result(page)
    page.get_by_role("button", name="Downloads").click()
    return page


def take(page, kind: str):
    with page.expect_download() as download:
        page.locator(f"#download-{kind}").click()
    file = download.value
    return file.suggested_filename, open(file.path(), "rb").read()  # noqa: PTH123


def ids_of(data: bytes) -> np.ndarray:
    rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int64)
    return rgb @ [1, 256, 65536]


def test_pictures_and_tables(result_page):
    size = Image.open(PICTURE).size
    name, data = take(result_page, "overlay")
    assert name == "photo-cows_overlay.png"
    assert Image.open(io.BytesIO(data)).size == size

    name, data = take(result_page, "coco_png")
    assert name == "photo-cows_panoptic.png"
    ids = ids_of(data)
    assert ids.shape == size[::-1]

    name, data = take(result_page, "coco_json")
    dataset = json.loads(data)
    assert name == "photo-cows_panoptic.json"
    areas = {info["id"]: info["area"] for info in dataset["annotations"][0]["segments_info"]}
    assert len(areas) == 4
    for segment_id, area in areas.items():
        assert (ids == segment_id).sum() == area

    name, data = take(result_page, "legend")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert name == "photo-cows_legend.csv"
    assert len(rows) == 5
    assert [row for row in rows if "grass" in row]


def test_zip_holds_everything(result_page):
    name, data = take(result_page, "zip")
    assert name == "photo-cows.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert sum(entry.startswith("cutouts/") for entry in names) == 4
    assert any(entry.endswith("_panoptic.json") for entry in names)


def test_cut_out_of_the_selected_segment(result_page):
    result_page.locator("#download-cutout").click()
    expect(result_page.get_by_text("Select a segment first")).to_be_visible()
    with result_page.expect_response("**/gradio_api/run/**"):  # the server knows what is selected
        result_page.locator(".panoptic-viewer tbody tr", has_text="person 1").first.click()
    expect(result_page.locator(".panoptic-viewer")).not_to_have_attribute("data-locked", "")
    _, data = take(result_page, "cutout")
    picture = Image.open(io.BytesIO(data))
    alpha = np.asarray(picture)[..., 3]
    assert picture.mode == "RGBA"
    assert alpha.min() == 0
    assert alpha.max() == 255
    assert picture.width < Image.open(PICTURE).width / 2


def test_a_mask_is_copied_as_coco_run_lengths(app, open_page):
    page = open_page(app.url, permissions=["clipboard-read", "clipboard-write"])
    add_picture(page)
    wait_for_result(page)
    legend(page).filter(has_text="person 1").click()
    page.locator(".detail").get_by_role("button", name="copy mask").click()
    expect(page.locator(".detail").get_by_role("button", name="copied")).to_be_visible()
    expect(page.locator(".panoptic-viewer .status")).to_have_text("Mask of person 1 copied")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    # The disc of ``fake_predictions``, in the size of the picture, as pycocotools writes it.
    ids = app.segmenter.segment(PICTURE).segment_ids
    expected = coco_mask.encode(np.asfortranarray(ids == 3, np.uint8))
    assert copied == {"size": [768, 1024], "counts": expected["counts"].decode()}
    assert coco_mask.decode(copied).sum() == (ids == 3).sum() > 40_000


def test_cut_out_from_the_legend(result_page):
    row = result_page.locator(".panoptic-viewer tbody tr", has_text="person 2").first
    row.hover()
    with result_page.expect_download() as download:
        row.get_by_label("Cut out").click()
    assert download.value.suggested_filename.startswith("photo-cows_segment_")


def test_files_for_other_tools(result_page):
    """Each once; what they hold is tested where they are written."""
    _, data = take(result_page, "coco")
    things = json.loads(data)
    assert {entry["category_id"] for entry in things["annotations"]} == {1}  # persons
    result_page.get_by_label("COCO instances and YOLO: stuff too").check()
    result_page.get_by_label("COCO instances: polygons").check()
    name, data = take(result_page, "coco")
    assert name == "photo-cows_coco.json"
    everything = json.loads(data)
    assert len(everything["annotations"]) == 4
    assert isinstance(everything["annotations"][0]["segmentation"], list)

    name, data = take(result_page, "yolo")
    assert name == "photo-cows_yolo.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert set(archive.namelist()) == {
            *("data.yaml", "labels/photo-cows.txt", "images/photo-cows.jpg")
        }
        assert len(archive.read("labels/photo-cows.txt").splitlines()) == 4
    name, data = take(result_page, "semantic")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert set(archive.namelist()) == {"photo-cows.png", "categories.csv"}
    name, data = take(result_page, "label-studio")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (task,) = json.loads(archive.read("photo-cows_label-studio.json"))
    assert task["data"]["image"].startswith("data:image/jpeg;base64,")
    name, data = take(result_page, "labelme")
    assert name == "photo-cows_labelme.json"
    assert json.loads(data)["imageData"]
    name, data = take(result_page, "cvat")
    assert name == "photo-cows_cvat.xml"
    assert data.count(b"<mask ") == 4
    name, data = take(result_page, "geojson")
    assert name == "photo-cows.geojson"
    assert len(json.loads(data)["features"]) == 4
