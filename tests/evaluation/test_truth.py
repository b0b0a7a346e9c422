import csv
import json
from html import unescape

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from detr_gradio.evaluation.files import Oddity
from detr_gradio.evaluation.truth import (
    bounding_boxes,
    mask_size,
    mend,
    orientation,
    read_ids,
    read_panoptic,
    sentences,
)
from detr_gradio.messages import UserError
from detr_gradio.result.coco import COCO
from detr_gradio.result.exports import coco_dataset, coco_image, coco_panoptic
from detr_gradio.result.panoptic import assemble
from tests.support.coco_folder import TRUTH, Stub, run, write_report
from tests.support.panoptic_cases import CAR, DOG, GRASS, SKY, from_owners


@pytest.mark.parametrize("content", [b"", b"not a picture", None])
def test_ground_truth_that_contradicts_itself_is_named(folder, content):
    mask = folder / "masks" / "8.png"
    if content is None:
        cv2.imwrite(str(mask), np.zeros((20, 30, 3), np.uint8))  # another size
    else:
        mask.write_bytes(content)
    with pytest.raises(UserError) as error:
        run(folder, Stub())
    assert error.value.key == ("evaluation_sizes" if content is None else "evaluation_damaged")
    assert "8.png" in str(error.value)


def change_segments(folder, change):
    """Change the segments of the second picture; they are grass 1, sky 2 and dog 3."""
    document = json.loads((folder / "truth.json").read_text())
    change(document["annotations"][1]["segments_info"])
    (folder / "truth.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "odd", "stuff"),
    [
        (lambda s: s[0].update(bbox=[0.5, 20.0, 29.5, 20.25]), ("box", 1), 100),
        (lambda s: s[0].update(bbox=[0, 20, 30, 19]), ("box", 1), 100),
        (lambda s: s[0].update(bbox=[0.0, 20.0, 30.0, 20.0]), None, 100),
        (lambda s: s[0].update(area=7), ("area", 1), 100),
        (lambda s: s[0].update(area=600.0), None, 100),
        # The sky's id comes again as a dog, or not at all: what is found as sky is right twice
        # and once a false positive, 2 / 2.5. The grass is right.
        (lambda s: s.append({**s[1], "category_id": DOG}), ("twice", 2), 90),
        (lambda s: s.append({**s[1], "id": 77, "category_id": CAR}), ("no_pixels", 77), 100),
        (lambda s: s.pop(1), ("unlisted", 2), 90),
        # Nobody has this category: the grass that is found there is one too many, 2 / 2.5.
        (lambda s: s[0].update(category_id=9999), ("category", 1), 90),
    ],
)
def test_what_is_odd_in_the_truth_is_named_and_the_figures_come(folder, change, odd, stuff):
    change_segments(folder, change)
    found = run(folder, Stub())
    assert found.oddities == ([Oddity(odd[0], "b<b>&.jpg", odd[1])] if odd else [])
    assert found.scores.stuff.pq == pytest.approx(stuff)
    for language in ("en", "es"):
        page = write_report(found, folder, language).read_text(encoding="utf-8")
        (told,) = sentences(found.oddities, language) or [""]
        assert told in unescape(page)
        assert "<b>" not in page
        assert ("1" in told and "b<b>&.jpg" in told) or not odd
    if odd:
        with (folder / "out" / "oddities.csv").open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file))[1:] == [["b<b>&.jpg", str(odd[1]), odd[0]]]


class Upright(Stub):
    """Finds the sky where it is: above, left, below, right, as its own colour says."""

    def segment(self, image, **parameters):
        self.asked.append(image.shape)
        owners = np.full(image.shape[:2], 2)
        owners[image[..., 0] > 100] = 0
        return assemble(from_owners(owners, [SKY, DOG, GRASS]), method=parameters["method"])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("annotated", ["as stored", "upright"])
def test_a_photograph_is_taken_as_its_truth_is(tmp_path, orientation, annotated):
    """The truth tells by its size which of the two it is, if the turn changes that."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    stored = np.zeros((40, 30, 3), np.uint8)
    stored[:10] = 200
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = tmp_path / "images" / "a.jpg"
    Image.fromarray(stored).save(picture, exif=exif, quality=95)
    with Image.open(picture) as image:
        seen = ImageOps.exif_transpose(image) if annotated == "upright" else image
        sky = np.asarray(seen)[..., 0] > 100
    truth = assemble(from_owners(np.where(sky, 0, 2), [SKY, DOG, GRASS]))
    png, annotation = coco_panoptic(truth, 1, "a.png")
    cv2.imwrite(str(tmp_path / "masks" / "a.png"), png[..., ::-1])
    document = coco_dataset([coco_image(truth, 1, "a.jpg")], [annotation], COCO)
    (tmp_path / "truth.json").write_text(json.dumps(document))

    stub = Upright()
    found = run(tmp_path, stub)
    turned = annotated == "upright" and orientation > 4
    if turned or annotated == "as stored" or orientation == 1:
        assert found.scores.all.pq == pytest.approx(100)
    kinds = [oddity.kind for oddity in found.oddities]
    # A mirrored picture and one upside down are as large as before: nothing tells which it is.
    unclear = orientation in (2, 3, 4)
    assert kinds == (["turned"] if turned else ["orientation"] if unclear else [])
    assert all("EXIF" in told for told in sentences(found.oddities, "en"))
    # A second run makes nothing anew and says the same; the page shows the picture that way, too.
    again = run(tmp_path, stub)
    assert len(stub.asked) == 1
    assert (again.oddities, again.scores) == (found.oddities, found.scores)
    write_report(again, tmp_path)
    shown = cv2.imread(str(tmp_path / "out" / "worst" / "01_truth.jpg"))
    assert shown.shape[:2] == truth.segment_ids.shape


def test_sizes_that_no_turn_makes_fit_are_told(folder):
    Image.new("RGB", (31, 40)).save(folder / "images" / "c.jpg")
    stub = Stub()
    with pytest.raises(UserError) as error:
        run(folder, stub)
    assert stub.asked == []  # c.jpg is the last one: the others may take hours
    assert str(error.value) == (
        "The picture c.jpg has 31 x 40 pixels and its ground truth 9.png has 30 x 40; no EXIF "
        "orientation makes them fit. Please get both from the same source."
    )


def test_reading_a_panoptic_folder(folder):
    document = json.loads((folder / "truth.json").read_text())
    read = read_panoptic(document["annotations"][0], folder / "masks", COCO)
    assert np.array_equal(read.segment_ids, TRUTH.segment_ids)
    assert [s.category_id for s in read.segments] == [s.category_id for s in TRUTH.segments]


@pytest.mark.parametrize(
    ("size", "turn", "expected"),
    [
        # A picture of 40 x 30 (width x height), and a mask of the same size, or turned.
        ((40, 30), 1, (True, [])),
        ((40, 30), 2, (True, ["orientation"])),
        ((40, 30), 4, (True, ["orientation"])),
        ((40, 30), 5, (True, [])),  # turned, it would not fit
        ((40, 30), 8, (True, [])),
        ((40, 30), 9, (True, [])),  # there is no ninth orientation
        ((30, 40), 5, (False, ["turned"])),
        ((30, 40), 8, (False, ["turned"])),
        # These turn nothing on its side, or fit only one of the sides.
        ((30, 40), 4, None),
        ((30, 40), 9, None),
        ((29, 40), 6, None),
        ((30, 39), 6, None),
        ((31, 41), 6, None),
        ((39, 29), 6, None),
    ],
)
def test_orientation_by_size(size, turn, expected, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif)
    Image.new("RGB", size).save(tmp_path / "a.png")
    if expected is None:
        with pytest.raises(UserError) as error:
            orientation(tmp_path / "a.jpg", tmp_path / "a.png")
        assert error.value.key == "evaluation_sizes"
    else:
        as_stored, odd = orientation(tmp_path / "a.jpg", tmp_path / "a.png")
        assert (as_stored, [oddity.kind for oddity in odd]) == expected


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_square_never_tells_by_its_size(turn, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.new("RGB", (30, 30)).save(tmp_path / "a.jpg", exif=exif)
    Image.new("RGB", (30, 30)).save(tmp_path / "a.png")
    unclear = [] if turn == 1 else [Oddity("orientation", "a.jpg")]
    assert orientation(tmp_path / "a.jpg", tmp_path / "a.png") == (True, unclear)


def test_ids_have_24_bits(tmp_path):
    """R + 256 G + 65536 B; 0 is void."""
    pixels = np.array([[[0, 0, 0], [1, 2, 3], [255, 255, 255], [0, 1, 0]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert read_ids(tmp_path / "a.png").tolist() == [[0, 1 + 512 + 3 * 65536, 2**24 - 1, 256]]
    assert mask_size(tmp_path / "a.png") == (1, 4)


def test_boxes_and_areas_of_a_map():
    ids = np.array([[0, 7, 7, 0], [0, 0, 7, 300], [0, 0, 0, 300]])
    assert bounding_boxes(ids) == {7: (3, [1, 0, 2, 2]), 300: (2, [3, 1, 1, 2])}


def test_oddities_are_told_by_kind_with_the_first_of_each():
    odd = [Oddity("area", "b.jpg", 5), Oddity("image_twice", "a.jpg"), Oddity("area", "c.jpg", 6)]
    twice, area = sentences(odd, "en")
    assert ("1" in twice, "a.jpg" in twice) == (True, True)
    assert ("2" in area, "b.jpg" in area, "c.jpg" in area) == (True, True, False)


def test_a_segment_without_pixels_stays_with_nothing(tmp_path):
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png")
    info = {"id": 5, "category_id": 18, "area": 3, "bbox": [1, 1, 3, 1]}
    mended, odd = mend({"file_name": "a.png", "segments_info": [info]}, tmp_path, "a.jpg")
    assert mended["segments_info"] == [info | {"area": 0, "bbox": [0, 0, 0, 0]}]
    assert odd == [Oddity("no_pixels", "a.jpg", 5)]
