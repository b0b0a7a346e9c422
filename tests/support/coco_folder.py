"""A small folder in COCO's format, and a segmenter whose mistakes are known."""

import json

import cv2
import numpy as np

from detr_gradio.checkpoints.catalogue import Checkpoint
from detr_gradio.evaluation import report as evaluation_report
from detr_gradio.evaluation import run as evaluation
from detr_gradio.images import ImageError
from detr_gradio.result.coco import COCO
from detr_gradio.result.exports import coco_dataset, coco_image, coco_panoptic
from detr_gradio.result.panoptic import assemble
from tests.support.panoptic_cases import CAR, DOG, GRASS, SKY, from_owners

OWNERS = np.repeat([0, 1, 2], [10, 10, 20])[:, None].repeat(30, 1)


TRUTH = assemble(from_owners(OWNERS, [SKY, DOG, GRASS]))


NAMES = ["a.jpg", "b<b>&.jpg", "c.jpg"]


class Stub:
    """A segmenter that says what it was told and counts how often it was asked."""

    categories = COCO
    checkpoint = Checkpoint(name="stub", title="Stub", pq=45.1, pq_things=50.5)

    def __init__(self, wrong=(), rotten=()):
        self.asked = []
        self.parameters = []
        self.wrong = wrong
        self.rotten = rotten

    def segment(self, image, **parameters):
        if len(self.asked) == 2 and "stop" in self.wrong:
            raise KeyboardInterrupt
        name = NAMES[round(image[0, 0, 0] / 20) - 7]
        self.asked.append(name)
        self.parameters.append(parameters)
        if name in self.rotten:
            raise ImageError("image_empty")
        ids = [SKY, CAR if name in self.wrong else DOG, GRASS]
        return assemble(from_owners(OWNERS, ids), method=parameters["method"])


def make_folder(tmp_path):
    """Three pictures with their ground truth; the second has a name to be careful with."""
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    images, annotations = [], []
    for image_id, name in enumerate(NAMES, 7):
        picture = np.full((40, 30, 3), 20 * image_id, np.uint8)
        cv2.imwrite(str(tmp_path / "images" / name), picture)
        png, annotation = coco_panoptic(TRUTH, image_id, f"{image_id}.png")
        cv2.imwrite(str(tmp_path / "masks" / annotation["file_name"]), png[..., ::-1])
        images.append(coco_image(TRUTH, image_id, name))
        annotations.append(annotation)
    (tmp_path / "truth.json").write_text(json.dumps(coco_dataset(images, annotations, COCO)))
    return tmp_path


def run(folder, segmenter, **options):
    paths = (folder / "images", folder / "truth.json", folder / "masks", folder / "out")
    return evaluation.run(segmenter, *paths, **options)


def write_report(found, folder, language="en"):
    return evaluation_report.write_report(
        found,
        Stub.checkpoint,
        images_dir=folder / "images",
        masks_dir=folder / "masks",
        output=folder / "out",
        language=language,
    )
