"""The zip file with everything about a result, and the names of files in it."""

import io
import json
import zipfile

import cv2
import numpy as np
import pytest
from PIL import Image

from detr_gradio.result import render
from detr_gradio.result.archive import safe_name, write_zip
from detr_gradio.result.panoptic import assemble
from tests.support.panoptic_cases import DOG, from_owners


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("street.jpg", "street"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\año nuevo.JPG", "año_nuevo"),
        ("a<b>&\"c'.png", "a_b_c"),
        ("", "picture"),
        ("...", "picture"),
        ("日本.png", "日本"),
        ("CON.png", "CON_"),
        ("com1", "com1_"),
        ("LPT².png", "LPT²_"),
        ("x" * 300, "x" * 60),
        ("nan\u0303a.png", "naña"),
        ("new\nline\0.png", "new_line"),
    ],
)
def test_safe_names(name, safe):
    assert safe_name(name) == safe


def read_picture(archive, name):
    data = np.frombuffer(archive.read(name), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    return picture[..., [2, 1, 0, 3][: picture.shape[2]]]


def test_the_zip_holds_everything(image, result, tmp_path):
    write_zip(tmp_path / "out.zip", image, result, "../street.jpg", "es")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "README.txt",
            "cutouts/001_césped.png",
            "cutouts/002_cielo.png",
            "cutouts/003_persona_1.png",
            "cutouts/004_persona_2.png",
            "label-studio.xml",
            "labelme/street.json",
            "masks/001_césped.png",
            "masks/002_cielo.png",
            "masks/003_persona_1.png",
            "masks/004_persona_2.png",
            "semantic/categories.csv",
            "semantic/street.png",
            "street.geojson",
            "street.jpg",
            "street_coco.json",
            "street_cvat.xml",
            "street_label-studio.json",
            "street_legend.csv",
            "street_map.png",
            "street_overlay.jpg",
            "street_panoptic.json",
            "street_panoptic.png",
            "street_segments.json",
            "yolo/data.yaml",
            "yolo/labels/street.txt",
        ]
        assert len(json.loads(archive.read("street_coco.json"))["annotations"]) == 4
        assert json.loads(archive.read("labelme/street.json"))["imagePath"] == "../street.jpg"
        assert np.array_equal(read_picture(archive, "street_map.png"), render.panoptic_map(result))
        png = read_picture(archive, "street_panoptic.png")
        assert np.array_equal(png[..., 0], result.segment_ids)
        assert np.array_equal(
            read_picture(archive, "cutouts/003_persona_1.png"), render.cutout(image, result, 3)
        )
        mask = np.frombuffer(archive.read("masks/003_persona_1.png"), np.uint8)
        mask = cv2.imdecode(mask, cv2.IMREAD_UNCHANGED)
        assert np.array_equal(mask, np.where(result.segment_ids == 3, 255, 0))
        (task,) = json.loads(archive.read("street_label-studio.json"))
        assert task["data"] == {"image": "/data/local-files/?d=street.jpg"}
        assert b'name="street.jpg"' in archive.read("street_cvat.xml")
        drawn = render.overlay(image, result, language="es")
        for name, whole in (("street.jpg", image), ("street_overlay.jpg", drawn)):
            photo = read_picture(archive, name)
            assert photo.shape == image.shape  # noise, of which JPEG keeps the means
            assert photo.mean((0, 1)) == pytest.approx(whole.mean((0, 1)), abs=3)
        assert len(archive.read("yolo/labels/street.txt").splitlines()) == 4
        assert len(json.loads(archive.read("street.geojson"))["features"]) == 4
        kept = {info.filename for info in archive.infolist() if info.compress_type == 0}
        assert kept == {name for name in archive.namelist() if name.endswith((".jpg", ".png"))} - {
            "semantic/street.png"
        }
        document = json.loads(archive.read("street_panoptic.json"))
        assert document["annotations"][0]["file_name"] == "street_panoptic.png"
        assert [document["images"][0]["id"], document["annotations"][0]["image_id"]] == [1, 1]
        assert document["images"][0]["width"] == 60
        segments = archive.read("street_segments.json").decode()
        assert segments.startswith('{\n "width": 60,\n "height": 40,\n')
        assert archive.read("street_legend.csv").decode("utf-8-sig").startswith("segmento,nombre")
        readme = archive.read("README.txt").decode()
        assert "Segmentación panóptica de street" in readme
        for name in archive.namelist():
            if name.startswith("street"):
                assert name in readme


def test_the_overlay_is_a_jpeg_of_quality_92_in_the_right_colors(image, result, tmp_path):
    write_zip(tmp_path / "out.zip", image, result, "x")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        picture = Image.open(io.BytesIO(archive.read("x_overlay.jpg")))
    # Rows 1 of the tables of ISO/IEC 10918-1, annex K, at 16 %: 16 11 10 16 24 40 51 61 and
    # 17 18 24 47 99 99 99 99.
    assert picture.quantization[0][:8] == [3, 2, 2, 3, 4, 6, 8, 10]
    assert picture.quantization[1][:8] == [3, 3, 4, 8, 16, 16, 16, 16]
    # The sky is bluish: on a grey picture blue is the largest.
    grey = np.full_like(image, 128)
    write_zip(tmp_path / "out.zip", grey, result, "x")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        pixel = np.asarray(Image.open(io.BytesIO(archive.read("x_overlay.jpg"))))[3, 50]
    # 0.55 * 128 + 0.45 * (148, 189, 222), and what JPEG loses.
    assert pixel.tolist() == pytest.approx([137, 155, 170], abs=4)


def test_files_are_numbered_with_three_digits(image, tmp_path):
    owners = np.arange(12).repeat(5)[None].repeat(40, axis=0)
    result = assemble(from_owners(owners, [DOG] * 12))
    write_zip(tmp_path / "out.zip", image, result, "x")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith("masks")]
    assert names[0] == "masks/001_dog_1.png"
    assert names[11] == "masks/012_dog_12.png"


def test_a_result_without_segments_can_be_exported(tmp_path):
    owners = np.zeros((8, 9), int)
    result = assemble(from_owners(owners, [DOG], [0.6]))
    assert result.segments == ()
    write_zip(tmp_path / "out.zip", np.zeros((8, 9, 3), np.uint8), result, "x")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert json.loads(archive.read("x_segments.json"))["segments"] == []
        assert not any(name.startswith(("cutouts", "masks")) for name in archive.namelist())
