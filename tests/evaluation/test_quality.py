import cv2
import numpy as np
import pytest

from detr_gradio.evaluation import quality as evaluation
from detr_gradio.result.coco import COCO
from detr_gradio.result.exports import coco_dataset
from tests.support.panoptic_cases import CAR, DOG, GRASS, PERSON, SKY


def write_folder(folder, maps):
    """Write a COCO panoptic folder; each map is an array of indices and their categories."""
    folder.mkdir(parents=True)
    images, annotations = [], []
    for image_id, (ids, categories) in enumerate(maps, 1):
        infos = [
            {
                "id": index,
                "category_id": category,
                "area": int((ids == index).sum()),
                "bbox": [0, 0, ids.shape[1], ids.shape[0]],
                "iscrowd": 0,
            }
            for index, category in enumerate(categories, 1)
        ]
        name = f"{image_id}.png"
        cv2.imwrite(str(folder / name), np.dstack([ids * 0, ids * 0, ids]).astype(np.uint8))
        images.append({"id": image_id, "file_name": f"{image_id}.jpg"})
        images[-1] |= {"height": ids.shape[0], "width": ids.shape[1]}
        annotations.append({"image_id": image_id, "file_name": name, "segments_info": infos})
    return coco_dataset(images, annotations, COCO)


def score(tmp_path, truth, prediction):
    documents = [write_folder(tmp_path / n, [m]) for n, m in (("t", truth), ("p", prediction))]
    return evaluation.score(*documents, tmp_path / "t", tmp_path / "p")


def bands(*heights):
    """A map of 20 columns with bands of the ids 1, 2, ... (0: void first)."""
    return np.repeat(np.arange(1, len(heights) + 1), heights)[:, None].repeat(20, 1)


def test_ground_truth_against_itself(tmp_path):
    scene = (bands(5, 10, 15), [SKY, PERSON, GRASS])
    scores = score(tmp_path, scene, scene)
    assert scores.all == evaluation.Quality(100, 100, 100, 3)
    assert scores.things == evaluation.Quality(100, 100, 100, 1)
    assert scores.stuff == evaluation.Quality(100, 100, 100, 2)


def test_a_thing_with_iou_0_8_and_stuff_with_300_of_320(tmp_path):
    # 400 pixels. Of the person's 100, 80 are found; the sky's 300 are found with 20 too many.
    truth = bands(5, 15)
    prediction = bands(4, 16)
    scores = score(tmp_path, (truth, [PERSON, SKY]), (prediction, [PERSON, SKY]))
    assert scores.things.pq == pytest.approx(80)
    assert scores.stuff.pq == pytest.approx(93.75)
    assert scores.all.pq == pytest.approx(86.875)
    assert scores.categories[PERSON].true_positives == 1


def test_an_iou_of_exactly_a_half_is_no_match(tmp_path):
    scores = score(tmp_path, (bands(10, 10), [PERSON, SKY]), (bands(5, 15), [PERSON, SKY]))
    person = scores.categories[PERSON]
    assert (person.pq, person.true_positives, person.false_positives, person.false_negatives) == (
        0,
        0,
        1,
        1,
    )
    # The sky: 200 of 300.
    assert scores.stuff.pq == pytest.approx(200 / 3)


def test_half_a_point_off_for_each_invented_segment(tmp_path):
    # One dog found exactly, one invented in the sky: RQ is 1 / 1.5.
    scores = score(tmp_path, (bands(5, 15), [DOG, SKY]), (bands(5, 5, 10), [DOG, DOG, SKY]))
    assert scores.categories[DOG].pq == pytest.approx(100 / 1.5)
    assert scores.categories[DOG].sq == pytest.approx(100)
    assert scores.stuff.pq == pytest.approx(100 * 200 / 300)


def test_the_wrong_category_is_missed_and_invented(tmp_path):
    scores = score(tmp_path, (bands(20), [DOG]), (bands(20), [CAR]))
    assert scores.all == evaluation.Quality(0, 0, 0, 2)
    assert scores.categories[DOG].false_negatives == scores.categories[CAR].false_positives == 1
    assert scores.stuff is None


def test_predictions_in_the_void_of_the_truth_are_ignored(tmp_path):
    truth = np.where(bands(5, 15) == 1, 0, 1)
    scores = score(tmp_path, (truth, [SKY]), (bands(5, 15), [DOG, SKY]))
    assert scores.all == evaluation.Quality(100, 100, 100, 1)


def test_figures_are_percents_of_their_own(tmp_path):
    """Two dogs found with IoUs of 0.8 and 1, two missed and one too many: 1.8 over 3.5."""
    truth = np.zeros((50, 20), int)
    for number, (top, bottom) in enumerate([(0, 10), (10, 20), (20, 30), (30, 40)], 1):
        truth[top:bottom] = number
    truth[40:] = 5
    prediction = np.zeros((50, 20), int)
    prediction[0:8] = 1
    prediction[10:20] = 2
    prediction[42:50] = 3
    dogs = score(tmp_path, (truth, [DOG] * 4 + [SKY]), (prediction, [DOG] * 3)).categories[DOG]
    assert (dogs.true_positives, dogs.false_positives, dogs.false_negatives) == (2, 1, 2)
    assert (dogs.pq, dogs.sq, dogs.rq) == pytest.approx((180 / 3.5, 90, 200 / 3.5))


def test_ids_of_categories_below_0_count_as_others_do(tmp_path):
    """COCO's less 10: persons are -9, the sky 177. The person's IoU is 0.8, the sky's 300/320."""

    def lower(document):
        for category in document["categories"]:
            category["id"] -= 10
        for info in document["annotations"][0]["segments_info"]:
            info["category_id"] -= 10
        return document

    scenes = {"t": (bands(5, 15), [PERSON, SKY]), "p": (bands(4, 16), [PERSON, SKY])}
    documents = [lower(write_folder(tmp_path / name, [scene])) for name, scene in scenes.items()]
    scores = evaluation.score(*documents, tmp_path / "t", tmp_path / "p")
    assert {n: round(c.pq, 6) for n, c in scores.categories.items()} == {-9: 80, 177: 93.75}
    assert [c.category_id for c in scores.categories.values()] == [-9, 177]
    assert scores.all.pq == pytest.approx(86.875)
