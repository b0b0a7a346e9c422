"""Reads exported files with the libraries of the tools that they are for.

    python read_back.py TOOL FILES... OUT.npz

Runs in the environment of requirements-readers.txt and imports nothing of ours. OUT.npz has the
mask of each label of each picture, as "PICTURE|LABEL".
"""

import json
import sys
from pathlib import Path

import numpy as np


def datumaro(path):
    """CVAT's XML, as Datumaro reads it."""
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import Dataset

    dataset = Dataset.import_from(path, "cvat")
    labels = dataset.categories()[AnnotationType.label]
    for item in dataset:
        for annotation in item.annotations:
            yield item.id, labels[annotation.label].name, annotation.image


def label_studio(tasks, config):
    """Predictions, which Label Studio's interface must accept, and its decoder of brush masks."""
    from label_studio_sdk.converter.brush import decode_rle
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(Path(config).read_text(encoding="utf-8"))
    interface.validate()
    for task in json.loads(Path(tasks).read_text(encoding="utf-8")):
        for prediction in task["predictions"]:
            assert interface.validate_prediction(prediction)
            for region in prediction["result"]:
                size = region["original_height"], region["original_width"], 4
                value = region["value"]
                (label,) = value["brushlabels"]
                channels = decode_rle(value["rle"]).reshape(size)
                assert (channels == channels[..., :1]).all()
                yield task["data"]["image"], label, channels[..., 3]


def labelme(*paths):
    """LabelMe's files; the pictures are loaded as LabelMe does."""
    from labelme import LabelFile, utils

    for path in paths:
        file = LabelFile(path)
        shape = utils.img_data_to_pil(file.image_data).size[::-1]
        for entry in file.shapes:
            numbers = {"_background_": 0, entry["label"]: 1}
            found, _ = utils.shapes_to_label(shape, [entry], numbers)
            yield file.image_path, entry["label"], found


def shapely(*paths):
    """GeoJSON's polygons, which must be valid; pixels are inside where their middle is."""
    from shapely import contains_xy
    from shapely.geometry import shape

    for path in paths:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        image = document["image"]
        y, x = np.mgrid[: image["height"], : image["width"]] + 0.5
        for feature in document["features"]:
            outline = shape(feature["geometry"])
            assert all(polygon.is_valid for polygon in outline.geoms)
            assert outline.area == feature["properties"]["area"]
            label = feature["properties"]["category"]
            yield image["file_name"], label, contains_xy(outline, x, y)


def main():
    tool, *paths, output = sys.argv[1:]
    masks = {}
    for picture, label, mask in globals()[tool](*paths):
        key = f"{picture}|{label}"
        masks[key] = masks.get(key, False) | np.asarray(mask).astype(bool)
    np.savez(output, **masks)


if __name__ == "__main__":
    main()
