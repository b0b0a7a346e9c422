"""Small pictures and annotations to convert, and what has become of them."""

import json

import numpy as np
from PIL import Image

from detr_gradio.evaluation.truth import read_ids

SIZE = (20, 16)


def square(left, top, right, bottom):
    return [left, top, right, top, right, bottom, left, bottom]


def area(left, top, right, bottom):
    mask = np.zeros((16, 20), bool)
    mask[top:bottom, left:right] = True
    return mask


def picture(path, number=0, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(number).integers(0, 256, (16, 20, 3), np.uint8)
    Image.fromarray(noise).save(path, **options)


def annotation(category, segmentation, image=1, **more):
    return {"image_id": image, "category_id": category, "segmentation": segmentation, **more}


def coco(folder, annotations, images=("a.png",), categories=("car", "sky", "dog")):
    """Write COCO instances; images are names, or whole entries."""
    document = {
        "images": [
            {"id": n, "file_name": name, "width": 20, "height": 16}
            if isinstance(name, str)
            else name
            for n, name in enumerate(images, 1)
        ],
        "annotations": [{"id": n, **each} for n, each in enumerate(annotations, 1)],
        "categories": [{"id": n, "name": name} for n, name in enumerate(categories, 1)],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "instances.json").write_text(json.dumps(document))
    return folder / "instances.json"


def converted(folder, split="train"):
    """Return {picture: [(category name, isthing, crowd, mask), ...]} of a data set."""
    document = json.loads((folder / f"panoptic_{split}.json").read_text())
    categories = {c["id"]: c for c in document["categories"]}
    images = {image["id"]: image["file_name"] for image in document["images"]}
    found = {}
    for annotation in document["annotations"]:
        ids = read_ids(folder / f"panoptic_{split}" / annotation["file_name"])
        found[images[annotation["image_id"]]] = [
            (
                categories[info["category_id"]]["name"],
                categories[info["category_id"]]["isthing"],
                info["iscrowd"],
                ids == info["id"],
            )
            for info in annotation["segments_info"]
        ]
    return found


def segments(tmp_path, name="a.png", split="train"):
    return [(n, crowd, mask) for n, _, crowd, mask in converted(tmp_path / "out", split)[name]]


def require(found, *expected):
    assert [(name, crowd) for name, crowd, _ in found] == [(n, c) for n, c, _ in expected]
    for (name, _, mask), (_, _, wanted) in zip(found, expected, strict=True):
        assert np.array_equal(mask, wanted), name
