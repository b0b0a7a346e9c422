"""Faults planted in a data set, each of which has to be found, and nothing else."""

import json
from copy import deepcopy

import numpy as np
import pytest
from PIL import Image

from detr_gradio.cli import main
from detr_gradio.data_sets.checking import check_data_set
from detr_gradio.data_sets.faults import TEXTS

SIZE = (40, 30)
UNFIT_ENTRIES = (
    ("isthing", []),
    ("color", "red"),
    ("color", [256, 0, 0]),
    ("names", "bus"),
    ("supercategory", 5),
    ("id", 2**70),
)
CATEGORIES = [
    {"id": 7, "name": "汽车", "isthing": 1},
    {"id": -2, "name": "glass", "isthing": 1},
    {"id": 300, "name": "glass", "isthing": 0},
    {"id": 301, "name": "sea", "isthing": 0},
]


def write(folder, train=45, val=3):
    """A clean data set: in each picture sea above, glass below, a car and a crowd of glasses."""
    rng = np.random.default_rng(0)
    for name, first, count in (("train", 0, train), ("val", 1000, val)):
        (folder / name).mkdir(parents=True)
        (folder / f"panoptic_{name}").mkdir()
        images, annotations = [], []
        for image_id in range(first, first + count):
            pixels = rng.integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{image_id}.png")
            ids = np.full((SIZE[1], SIZE[0]), 70_000)
            ids[15:] = 300
            ids[5:10, 3:13] = 2
            ids[20:25, 20:26] = 5
            ids[:, 39] = 0
            save_ids(ids, folder / f"panoptic_{name}" / f"{image_id}.png")
            images.append(
                {"id": image_id, "file_name": f"{image_id}.png", "width": 40, "height": 30}
            )
            infos = [
                (70_000, 301, 39 * 15 - 50, [0, 0, 39, 15], 0),
                (300, 300, 39 * 15 - 30, [0, 15, 39, 15], 0),
                (2, 7, 50, [3, 5, 10, 5], 0),
                (5, -2, 30, [20, 20, 6, 5], 1),
            ]
            keys = ("id", "category_id", "area", "bbox", "iscrowd")
            infos = [dict(zip(keys, deepcopy(info), strict=True)) for info in infos]
            annotations.append(
                {"image_id": image_id, "file_name": f"{image_id}.png", "segments_info": infos}
            )
        document = {
            "images": images,
            "annotations": annotations,
            "categories": deepcopy(CATEGORIES),
        }
        save(document, folder, name)
    return folder


def save_ids(ids, path):
    png = np.dstack([ids & 255, ids >> 8 & 255, ids >> 16]).astype(np.uint8)
    Image.fromarray(png).save(path)


def save(document, folder, name="train"):
    (folder / f"panoptic_{name}.json").write_text(json.dumps(document))


def test_a_clean_data_set_has_no_fault(tmp_path, capsys):
    folder = write(tmp_path, train=2)
    found = check_data_set(folder)
    assert found.faults == []
    assert [split.name for split in found.splits] == ["train", "val"]
    assert found.splits[0].segments == {301: 2, 300: 2, 7: 2, -2: 2}
    assert (found.splits[0].images, found.splits[0].crowds) == (2, 2)
    assert found.splits[0].void == pytest.approx(1 / 40)
    assert main(["check", str(folder)]) == 0
    assert "fit to train on" in capsys.readouterr().out


def test_every_planted_fault_is_found_and_no_other(tmp_path, capsys):
    folder = write(tmp_path)
    document = json.loads((folder / "panoptic_train.json").read_text())
    images, annotations = document["images"], document["annotations"]
    categories = document["categories"]
    masks, pictures = folder / "panoptic_train", folder / "train"
    planted = set()

    def plant(kind, file, **values):
        said = None if kind in _UNTOLD or "said" not in values else str(values["said"])
        planted.add((kind, file, values.get("id"), said))

    def info(image, segment):
        return annotations[image]["segments_info"][segment]

    def mask(image):
        return f"panoptic_train/{image}.png"

    # Pictures
    (pictures / "0.png").unlink()
    plant("picture_missing", "train/0.png")
    (pictures / "1.png").write_bytes(b"no picture")
    plant("picture_unreadable", "train/1.png")
    (pictures / "2.png").write_bytes((pictures / "2.png").read_bytes()[:400])
    plant("picture_unreadable", "train/2.png")
    images[3]["width"] = 41
    plant("picture_size", "train/3.png")
    del images[4]["height"]
    plant("picture_size", "train/4.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(pictures / "5.png").save(pictures / "5.png", exif=exif)
    plant("picture_turned", "train/5.png")
    (folder / "val" / "1000.png").write_bytes((pictures / "6.png").read_bytes())
    plant("overlap", "val/1000.png")
    # Masks
    (masks / "7.png").unlink()
    plant("png_missing", mask(7))
    (masks / "8.png").write_bytes(b"")
    plant("png_unreadable", mask(8))
    (masks / "9.png").write_bytes((masks / "9.png").read_bytes()[:60])
    plant("png_unreadable", mask(9))
    Image.open(pictures / "10.png").save(masks / "10.png", "JPEG")
    plant("png_unreadable", mask(10))
    Image.open(masks / "11.png").convert("L").save(masks / "11.png")
    plant("png_grey", mask(11))
    Image.open(masks / "12.png").convert("P").save(masks / "12.png")
    plant("png_palette", mask(12))
    Image.fromarray(np.zeros((30, 40), np.uint16)).save(masks / "13.png")
    plant("png_16_bit", mask(13))
    Image.open(masks / "14.png").convert("RGBA").save(masks / "14.png")
    plant("png_alpha", mask(14))
    Image.open(masks / "15.png").convert("LA").save(masks / "15.png")
    plant("png_alpha", mask(15))
    Image.open(pictures / "16.png").resize((41, 30)).save(pictures / "16.png")
    images[16]["width"] = 41
    plant("png_size", mask(16))
    # Segments
    del annotations[17]["segments_info"][2]
    plant("segment_unlisted", mask(17), id=2)
    annotations[18]["segments_info"].append({**info(18, 2), "id": 9, "iscrowd": 0})
    plant("segment_no_pixels", mask(18), id=9)
    info(19, 2)["area"] = 51
    plant("area", mask(19), id=2, said=51)
    info(20, 0)["area"] = 0
    plant("area", mask(20), id=70_000, said=0)
    info(21, 2)["bbox"] = [3, 5, 13, 10]  # corners
    plant("box", mask(21), id=2, said=[3, 5, 13, 10])
    info(22, 3)["bbox"][0] += 1
    plant("box", mask(22), id=5, said=[21, 20, 6, 5])
    info(23, 2)["category_id"] = 8
    plant("category_unknown", mask(23), id=2, said=8)
    annotations[24]["segments_info"].append(dict(info(24, 2)))
    plant("segment_twice", mask(24), id=2)
    annotations[25]["segments_info"].append({**info(25, 2), "id": 0})
    plant("segment_id", mask(25), id=0)
    annotations[26]["segments_info"].append({**info(26, 2), "id": 2**24})
    plant("segment_id", mask(26), id=2**24)
    info(27, 0)["iscrowd"] = 1
    plant("crowd", mask(27), id=70_000, said=1)
    info(28, 2)["iscrowd"] = 2
    plant("crowd", mask(28), id=2, said=2)
    for image, key in ((29, "area"), (30, "bbox"), (31, "category_id"), (32, "id")):
        annotations[image]["segments_info"].append({**info(image, 2), key: "x"})
        said = repr(annotations[image]["segments_info"][-1])[:60]
        plant("segment_entry", f"{image}.png", said=said)
    annotations[33]["segments_info"] = []
    save_ids(np.zeros((30, 40), int), masks / "33.png")
    plant("no_segments", "33.png")
    # The lists
    file = "panoptic_train.json"
    del annotations[44]
    plant("image_no_annotation", file, id=44)
    annotations.append(deepcopy(annotations[34]))
    plant("annotation_twice", file, id=34)
    annotations.append({**annotations[34], "image_id": 900})
    plant("annotation_no_image", file, id="900")
    annotations[35]["file_name"] = "../35.png"
    plant("name", file, said="'../35.png'")
    images.append(deepcopy(images[36]))
    plant("image_twice", file, id=36)
    images.append({**images[36], "id": "x"})
    plant("image_id", file, said="'x'")
    images[37]["file_name"] = "/etc/passwd"
    plant("name", file, said="'/etc/passwd'")
    plant("annotation_no_image", file, id="37")
    images[38]["file_name"] = "39.png"
    plant("name_twice", "39.png", id=38)
    annotations[40]["file_name"] = "41.png"
    plant("png_twice", "41.png", id=40)
    categories.append({"id": 7, "name": "bus", "isthing": 1})
    plant("category_twice", file, id=7)
    categories.append({"id": "8", "name": "bus", "isthing": 1})
    plant("category_id", file, said="'8'")
    categories.append({"id": 400, "name": "sea", "isthing": 0})
    plant("category_name_twice", file, id=400, said="sea")
    plant("category_unused", file, id=400, said="sea")
    categories.append({"id": 401, "name": "two\nlines", "isthing": 1})
    plant("category_name", file, id=401)
    plant("category_unused", file, id=401, said="two\nlines")
    categories.append({"id": 402, "name": "kindless"})
    plant("category_kind", file, id=402)
    plant("category_unused", file, id=402, said="kindless")
    for number, (key, value) in enumerate(UNFIT_ENTRIES, 403):
        categories.append({"id": number, "name": f"unfit {number}", "isthing": 1, key: value})
        kind = "category_kind" if key == "isthing" else "category_entry"
        plant(kind, file, id=categories[-1]["id"])
        plant("category_unused", file, id=categories[-1]["id"], said=f"unfit {number}")
    annotations.append({**annotations[34], "image_id": []})  # no key of any table
    plant("annotation_no_image", file, id="[]")
    images[42]["file_name"] = f"{'n' * 300}.png"  # longer than any file's
    plant("picture_missing", f"train/{images[42]['file_name']}")
    annotations[43]["file_name"] = f"{'n' * 300}.png"
    plant("png_missing", f"panoptic_train/{annotations[43]['file_name']}")
    save(document, folder)
    other = json.loads((folder / "panoptic_val.json").read_text())
    other["categories"][3]["isthing"] = 1
    save(other, folder, "val")
    plant("categories_differ", "panoptic_val.json", id=301, said="sea (1)")
    (folder / "panoptic_broken.json").write_text("{")
    (folder / "panoptic_instances.json").write_text('{"images": [], "annotations": []}')
    plant("not_panoptic", "panoptic_instances.json", said="categories")
    save({"images": [], "annotations": [], "categories": []}, folder, "zero")
    plant("no_images", "panoptic_zero.json")

    found = check_data_set(folder).faults
    told = {(f.kind, f.file, f.values.get("id"), _plain(f)) for f in found}
    broken = {each for each in told if each[1] == "panoptic_broken.json"}
    assert {each[0] for each in broken} == {"json"}
    assert told - broken == planted
    assert len(planted) + 1 >= 50
    assert {fault.kind for fault in found} == set(TEXTS)  # each kind was planted

    assert main(["check", str(folder), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["faults"]) == len(found)
    assert main(["check", str(folder), "--language", "es"]) == 1
    assert "segmento 2: el área es 51; la máscara tiene 50 píxeles" in capsys.readouterr().out


_UNTOLD = ("picture_size", "png_size", "picture_unreadable")


def _plain(fault):
    said = fault.values.get("said")
    return None if said is None or fault.kind in _UNTOLD else str(said)


def test_a_folder_without_a_data_set_is_told(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 2
    assert "panoptic_train.json" in capsys.readouterr().err


@pytest.mark.parametrize("kind", TEXTS)
def test_each_sentence_has_the_same_values_in_both_languages(kind):
    english, spanish = ({*_fields(text)} for text in TEXTS[kind])
    assert english == spanish


def _fields(text):
    return [part.split("}")[0] for part in text.split("{")[1:]]
