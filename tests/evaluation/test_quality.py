import csv
import json
from html import escape

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from detr_gradio.checkpoints.catalogue import Checkpoint
from detr_gradio.evaluation import quality as evaluation
from detr_gradio.evaluation import report as evaluation_report
from detr_gradio.evaluation.files import Oddity
from detr_gradio.evaluation.truth import read_panoptic, sentences
from detr_gradio.images import ImageError
from detr_gradio.messages import UserError
from detr_gradio.result.exports import coco_dataset, coco_image, coco_panoptic
from detr_gradio.result.panoptic import assemble
from tests.support.panoptic_cases import CAR, DOG, GRASS, PERSON, SKY, from_owners


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
    return coco_dataset(images, annotations)


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


OWNERS = np.repeat([0, 1, 2], [10, 10, 20])[:, None].repeat(30, 1)
TRUTH = assemble(from_owners(OWNERS, [SKY, DOG, GRASS]))
NAMES = ["a.jpg", "b<b>&.jpg", "c.jpg"]


class Stub:
    """A segmenter that says what it was told and counts how often it was asked."""

    checkpoint = Checkpoint(name="stub", title="Stub", pq=45.1, pq_things=50.5)

    def __init__(self, wrong=(), rotten=()):
        self.asked = []
        self.wrong = wrong
        self.rotten = rotten

    def segment(self, image, **parameters):
        if len(self.asked) == 2 and "stop" in self.wrong:
            raise KeyboardInterrupt
        name = NAMES[round(image[0, 0, 0] / 20) - 7]
        self.asked.append(name)
        if name in self.rotten:
            raise ImageError("image_empty")
        ids = [SKY, CAR if name in self.wrong else DOG, GRASS]
        return assemble(from_owners(OWNERS, ids), method=parameters["method"])


@pytest.fixture
def folder(tmp_path):
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
    (tmp_path / "truth.json").write_text(json.dumps(coco_dataset(images, annotations)))
    return tmp_path


def run(folder, segmenter, **options):
    paths = (folder / "images", folder / "truth.json", folder / "masks", folder / "out")
    return evaluation.run(segmenter, *paths, **options)


def test_a_run(folder):
    steps = []
    found = run(folder, Stub(["b<b>&.jpg"]), progress=lambda *step: steps.append(step))
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    # Sky and grass are right everywhere; the dog twice of three times; the car is invented once.
    assert found.scores.stuff.pq == pytest.approx(100)
    assert found.scores.categories[DOG].pq == pytest.approx(100 * 2 / 2.5)
    assert found.scores.things.pq == pytest.approx(40)
    assert found.scores.all.pq == pytest.approx((80 + 0 + 100 + 100) / 4)
    assert [p.pq for p in found.pictures] == pytest.approx([100, 50, 100])
    assert len(json.loads((folder / "out" / "predictions.json").read_text())["annotations"]) == 3


def test_a_stopped_run_goes_on_where_it_was(folder):
    stopped = Stub(["stop"])
    with pytest.raises(KeyboardInterrupt):
        run(folder, stopped)
    journal = folder / "out" / "predictions.jsonl"
    # The power failed in the middle of a line, too.
    journal.write_text(journal.read_text() + '{"image_id": 9, "file')
    again = Stub()
    found = run(folder, again)
    assert stopped.asked == ["a.jpg", "b<b>&.jpg"]
    assert again.asked == ["c.jpg"]
    assert found.scores.all.pq == pytest.approx(100)
    third = Stub()
    assert run(folder, third).scores == found.scores
    assert third.asked == []


def test_other_settings_need_another_folder(folder):
    run(folder, Stub())
    with pytest.raises(UserError) as error:
        run(folder, Stub(), threshold=0.7)
    assert error.value.key == "evaluation_other_settings"


def test_weights_that_changed_under_the_same_name_need_another_folder(folder):
    weights = folder / "checkpoint" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"first")
    stub = Stub()
    stub.checkpoint = Checkpoint(name="mine", title="Mine", folder=weights.parent)
    run(folder, stub)
    run(folder, stub)
    assert len(stub.asked) == 3
    weights.write_bytes(b"trained on")
    with pytest.raises(UserError) as error:
        run(folder, stub)
    assert error.value.key == "evaluation_other_settings"


def test_predictions_that_are_gone_or_unreadable_are_made_again(folder):
    run(folder, Stub())
    (folder / "out" / "predictions" / "000000000008.png").unlink()
    journal = folder / "out" / "predictions.jsonl"
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join([*lines[:-1], "\0" * 40, ""]))  # as a crash may leave it
    again = Stub()
    assert run(folder, again).scores.all.pq == pytest.approx(100)
    assert again.asked == ["b<b>&.jpg", "c.jpg"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This file is empty. "),
        ("es", "Este archivo está vacío. "),
    ],
)
def test_a_picture_that_cannot_be_read_is_named(folder, language, sentence):
    with pytest.raises(UserError) as error:
        run(folder, Stub(rotten=["c.jpg"]))
    assert error.value.message(language).startswith(sentence)
    assert "c.jpg" in error.value.message(language)


def test_the_first_pictures_alone(folder):
    stub = Stub()
    found = run(folder, stub, limit=2)
    assert stub.asked == ["a.jpg", "b<b>&.jpg"]
    assert len(found.pictures) == 2


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"images": [], "annotations": [], "categories": []}', "\x00"]
)
def test_other_files_than_annotations_are_refused(folder, text):
    (folder / "truth.json").write_text(text)
    with pytest.raises(UserError) as error:
        run(folder, Stub())
    assert error.value.key == "evaluation_not_coco"
    assert str(folder) not in error.value.message("es")


def test_annotations_that_cannot_be_read_are_told(folder):
    (folder / "truth.json").unlink()
    (folder / "truth.json").mkdir()
    with pytest.raises(UserError, match=r"truth\.json can't be read"):
        run(folder, Stub())


@pytest.mark.parametrize("lost", ["id", "category_id", "area", "bbox"])
def test_segments_without_what_tells_them_are_refused(folder, lost):
    document = json.loads((folder / "truth.json").read_text())
    del document["annotations"][1]["segments_info"][0][lost]
    (folder / "truth.json").write_text(json.dumps(document))
    with pytest.raises(UserError) as error:
        run(folder, Stub())
    assert error.value.key == "evaluation_not_coco"


@pytest.mark.parametrize("lost", ["images/c.jpg", "masks/8.png", "truth.json"])
def test_missing_files_are_named_before_the_run(folder, lost):
    (folder / lost).unlink()
    stub = Stub()
    with pytest.raises(UserError) as error:
        run(folder, stub)
    assert error.value.key == "evaluation_file_missing"
    assert lost.split("/")[-1] in str(error.value)
    assert stub.asked == []


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
        assert escape(told) in page
        assert ("1" in told and "b<b>&.jpg" in told) or not odd
    if odd:
        with (folder / "out" / "oddities.csv").open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file))[1:] == [["b<b>&.jpg", str(odd[1]), odd[0]]]


def test_an_image_that_comes_twice_counts_once(folder):
    document = json.loads((folder / "truth.json").read_text())
    document["images"].append({**document["images"][0], "file_name": "c.jpg"})
    document["annotations"].append({**document["annotations"][1], "segments_info": []})
    (folder / "truth.json").write_text(json.dumps(document))
    found = run(folder, Stub())
    assert found.oddities == [Oddity("image_twice", "a.jpg"), Oddity("image_twice", "b<b>&.jpg")]
    assert len(found.pictures) == 3
    assert found.scores.all.pq == pytest.approx(100)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_annotations_with_a_byte_order_mark_are_read(folder, encoding):
    text = (folder / "truth.json").read_text()
    (folder / "truth.json").write_text(text, encoding=encoding)
    assert run(folder, Stub()).scores.all.pq == pytest.approx(100)


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
    document = coco_dataset([coco_image(truth, 1, "a.jpg")], [annotation])
    (tmp_path / "truth.json").write_text(json.dumps(document))

    stub = Upright()
    found = run(tmp_path, stub)
    turned = annotated == "upright" and orientation > 4
    if turned or annotated == "as stored" or orientation == 1:
        assert found.scores.all.pq == pytest.approx(100)
    kinds = [oddity.kind for oddity in found.oddities]
    assert kinds == ([] if orientation == 1 else ["turned"] if turned else ["orientation"])
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
    with pytest.raises(UserError) as error:
        run(folder, Stub())
    assert str(error.value) == (
        "The picture c.jpg has 31 x 40 pixels and its ground truth 9.png has 30 x 40; no EXIF "
        "orientation makes them fit. Please get both from the same source."
    )


def test_annotations_cannot_lead_out_of_their_folders(folder):
    document = json.loads((folder / "truth.json").read_text())
    document["images"][0]["file_name"] = "../images/a.jpg"
    (folder / "truth.json").write_text(json.dumps(document))
    with pytest.raises(UserError):
        run(folder, Stub())


def test_other_categories_by_the_same_ids_are_refused(folder):
    document = json.loads((folder / "truth.json").read_text())
    document["categories"][0]["name"] = "gato"
    (folder / "truth.json").write_text(json.dumps(document))
    with pytest.raises(UserError, match="gato"):
        run(folder, Stub())


def test_a_truth_with_fewer_categories_counts_the_others_as_invented(folder):
    document = json.loads((folder / "truth.json").read_text())
    used = {SKY, DOG, GRASS}
    document["categories"] = [c for c in document["categories"] if c["id"] in used]
    (folder / "truth.json").write_text(json.dumps(document))
    found = run(folder, Stub(["a.jpg"]))
    assert found.scores.categories[CAR].false_positives == 1


def write_report(found, folder, language="en"):
    return evaluation_report.write_report(
        found,
        Stub.checkpoint,
        images_dir=folder / "images",
        masks_dir=folder / "masks",
        output=folder / "out",
        language=language,
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_report(folder, language):
    found = run(folder, Stub(["b<b>&.jpg"]))
    page = write_report(found, folder, language)
    html = page.read_text(encoding="utf-8")
    assert f'lang="{language}"' in html
    assert "b&lt;b&gt;&amp;.jpg: PQ 50.0" in html
    assert {"en": "detail 800, method reference", "es": "detalle 800"}[language] in html
    assert "<b>" not in html
    # The worst picture comes first, with both of its overlays.
    assert html.index("b&lt;b") < html.index("a.jpg")
    for kind in ("truth", "prediction"):
        picture = cv2.imread(str(folder / "out" / "worst" / f"01_{kind}.jpg"))
        assert picture.shape == (40, 30, 3)
        assert f"worst/01_{kind}.jpg" in html
    with (folder / "out" / "pictures.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["b<b>&.jpg", "8", "50.0"]
    with (folder / "out" / "categories.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    names = {"en": "car", "es": "coche"}
    assert rows[1] == [names[language], str(CAR), "0.0", "0.0", "0.0", "0", "1", "0"]


def test_summary_beside_the_published_figures(folder):
    found = run(folder, Stub())
    assert evaluation_report.summary_rows(found, Stub.checkpoint) == [
        ["all", 100, 100, 100, 3, 45.1],
        ["things", 100, 100, 100, 1, 50.5],
        ["stuff", 100, 100, 100, 2, None],
    ]


def test_reading_a_panoptic_folder(folder):
    document = json.loads((folder / "truth.json").read_text())
    read = read_panoptic(document["annotations"][0], folder / "masks")
    assert np.array_equal(read.segment_ids, TRUTH.segment_ids)
    assert [s.category_id for s in read.segments] == [s.category_id for s in TRUTH.segments]
