"""Writes annotations with the tools that people have, and what these tools say is in them.

    python write_elsewhere.py TOOL FOLDER

Runs in the environment of requirements-readers.txt and imports nothing of ours. FOLDER/masks.npz
gets the masks by their labels.
"""

import json
import sys
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 64, 48
IMAGE = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
RING = np.zeros((HEIGHT, WIDTH), bool)
RING[5:20, 6:30] = True
RING[9:12, 10:14] = False
SLOPE = [[30.5, 28.75], [60.25, 30.25], [59.75, 45.25], [31, 40]]  # exact in float32 too


def labelme(folder):
    """Shapes of every kind that has an area, and two of one group."""
    from labelme import LabelFile, utils
    from PIL import Image

    Image.fromarray(IMAGE).save(folder / "a b.png")
    box = {"points": [[6, 5], [29, 19]], "mask": RING[5:20, 6:30]}
    shapes = [
        {"label": "sky", "shape_type": "polygon", "points": SLOPE, "group_id": None},
        {"label": "cat", "shape_type": "mask", "group_id": None, **box},
        {"label": "dog", "shape_type": "circle", "points": [[15, 36], [20, 36]], "group_id": 1},
        {"label": "dog", "shape_type": "rectangle", "points": [[50, 4], [40, 9]], "group_id": 1},
    ]
    plain = [
        {**s, "mask": utils.img_arr_to_b64(s["mask"].astype(np.uint8)) if "mask" in s else None}
        | {"flags": {}, "description": ""}
        for s in shapes
    ]
    file = LabelFile()
    file.save(str(folder / "a b.json"), plain, "a b.png", HEIGHT, WIDTH)
    loaded = LabelFile(str(folder / "a b.json")).shapes
    numbers = {"_background_": 0, "sky": 1, "cat": 2, "dog": 3}
    found, instances = utils.shapes_to_label((HEIGHT, WIDTH), loaded, numbers)
    assert len(np.unique(instances)) == 4
    return {name: found == number for name, number in numbers.items() if number}


def label_studio(folder):
    """A brush, by its encoder; and polygons that its importer made of COCO's."""
    from label_studio_sdk.converter.brush import decode_rle, mask2rle
    from label_studio_sdk.converter.imports.coco import convert_coco_to_ls
    from PIL import Image

    (folder / "images").mkdir()
    Image.fromarray(IMAGE).save(folder / "images" / "a b.png")
    ring = [n for point in SLOPE for n in point]
    coco = {
        "images": [{"id": 5, "file_name": "a b.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 3, "name": "sky"}],
        "annotations": [
            {"id": 1, "image_id": 5, "category_id": 3, "segmentation": [ring], "iscrowd": 0}
            | {"bbox": [30, 28, 30, 17], "area": 400}
        ],
    }
    (folder / "coco.json").write_text(json.dumps(coco))
    convert_coco_to_ls(str(folder / "coco.json"), str(folder / "tasks.json"))
    (folder / "coco.json").unlink()
    tasks = json.loads((folder / "tasks.json").read_text())
    rle = mask2rle(RING.astype(np.uint8) * 255)
    (result,) = [r for r in tasks[0]["annotations"][0]["result"] if r["type"] == "polygonlabels"]
    tasks[0]["annotations"][0]["result"] = [
        result,
        {**result, "id": "brush", "type": "brushlabels"}
        | {"value": {"format": "rle", "rle": rle, "brushlabels": ["cat"]}},
    ]
    (folder / "tasks.json").write_text(json.dumps(tasks))
    return {"cat": decode_rle(rle).reshape(HEIGHT, WIDTH, 4)[:, :, 3] > 0, "sky": polygons([ring])}


def datumaro_set():
    from datumaro.components.annotation import Mask, Polygon
    from datumaro.components.dataset import Dataset
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    ring = [n for point in SLOPE for n in point]
    above = [32, 20, 40, 20, 40, 33]
    annotations = [
        Polygon(above, label=2, id=3, group=3, z_order=2),
        Polygon([2, 40, 10, 40, 10, 46], label=2, id=4, group=3, z_order=2),
        Mask(RING.astype(np.uint8), label=0, id=1, group=1, z_order=0),
        Polygon(ring, label=1, id=2, group=2, z_order=1),
    ]
    item = DatasetItem("a b", media=Image.from_numpy(IMAGE), annotations=annotations)
    masks = {
        "dog": polygons([above, [2, 40, 10, 40, 10, 46]]),
        "sky": polygons([ring]) & ~polygons([above]),
        "cat": RING,
    }
    dataset = Dataset.from_iterable([item], categories=["cat", "sky", "dog"], media_type=Image)
    return dataset, masks


def datumaro_cvat(folder):
    """Masks and polygons over each other, by their z_order; two of one group."""
    dataset, masks = datumaro_set()
    dataset.export(str(folder / "set"), "cvat", save_media=True)
    return masks


def datumaro_coco(folder):
    """The same; it writes each mask as a crowd, with run lengths that are not compressed."""
    dataset, masks = datumaro_set()
    dataset.export(str(folder / "set"), "coco_instances", save_media=True)
    return masks


def polygons(rings):
    from pycocotools import mask

    return mask.decode(mask.merge(mask.frPyObjects(rings, HEIGHT, WIDTH))) > 0


if __name__ == "__main__":
    tool, target = sys.argv[1:]
    np.savez(Path(target, "masks.npz"), **globals()[tool](Path(target)))
