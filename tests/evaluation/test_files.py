import csv
import json
import os
import sys

import pytest

from detr_gradio.evaluation.files import JOURNAL, Oddity, result_pictures
from detr_gradio.messages import UserError
from tests.support.coco_folder import NAMES, Stub, run, write_report
from tests.support.panoptic_cases import CAR, DOG, GRASS, SKY


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"images": [], "annotations": [], "categories": []}', "\x00", "[" * 100_000],
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


@pytest.mark.parametrize("wrong", [-1, 2**63, 2**64, 1.0, True, "1"])
def test_an_id_that_is_none_is_refused(folder, wrong):
    """Whole numbers of 63 bits, as the tools that count keep them."""
    document = json.loads((folder / "truth.json").read_text())
    document["annotations"][1]["segments_info"][0]["id"] = wrong
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
    assert error.value.values == {"count": 1, "name": lost.split("/")[-1]}
    assert lost.split("/")[-1] in str(error.value)
    assert stub.asked == []


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


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
@pytest.mark.parametrize("escaped", [True, False])
def test_names_that_are_no_text_are_those_on_the_disk(folder, escaped):
    """Latin-1 of an old camera: the annotations have the same bytes, or Python's escapes."""
    (folder / "images" / "a.jpg").rename(folder / "images" / os.fsdecode(b"a\xf1o.jpg"))
    text = (folder / "truth.json").read_bytes()
    named = text.replace(b"a.jpg", b"a\\udcf1o.jpg" if escaped else b"a\xf1o.jpg")
    (folder / "truth.json").write_bytes(named)
    found = run(folder, Stub())
    assert found.scores.all.pq == pytest.approx(100)
    page = write_report(found, folder)
    assert "a\\udcf1o.jpg" in page.read_text(encoding="utf-8")
    with (folder / "out" / "pictures.csv").open(encoding="utf-8-sig", newline="") as file:
        assert ["a\\udcf1o.jpg", "7", "100.0"] in list(csv.reader(file))


def test_a_mask_whose_name_is_no_text_is_told_before_the_run(folder):
    text = (folder / "truth.json").read_text()
    (folder / "truth.json").write_text(text.replace('"9.png"', '"\\udcf1.png"'))
    stub = Stub()
    with pytest.raises(UserError) as error:
        run(folder, stub)
    assert (error.value.key, stub.asked) == ("evaluation_mask_name", [])


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


def test_an_image_without_annotations_is_refused(folder):
    document = json.loads((folder / "truth.json").read_text())
    del document["annotations"][1]
    (folder / "truth.json").write_text(json.dumps(document))
    with pytest.raises(UserError) as error:
        run(folder, Stub())
    assert error.value.key == "evaluation_not_coco"


def test_the_very_same_image_twice_is_told_too(folder):
    document = json.loads((folder / "truth.json").read_text())
    document["images"].append(document["images"][0])
    (folder / "truth.json").write_text(json.dumps(document))
    assert run(folder, Stub()).oddities == [Oddity("image_twice", "a.jpg")]


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["images"][0].update(id=float("inf")),
        lambda document: document["images"][0].update(id=-7),
        lambda document: document["categories"].append({"id": None, "name": "x"}),
        lambda document: document["annotations"][2]["segments_info"][0].update(id=-1),
        lambda document: document["annotations"][2]["segments_info"][0].update(category_id=2**70),
        lambda document: document["annotations"][2]["segments_info"][0].update(iscrowd="no"),
    ],
)
def test_what_cannot_be_counted_with_is_told_before_the_run(folder, change):
    document = json.loads((folder / "truth.json").read_text())
    change(document)
    (folder / "truth.json").write_text(json.dumps(document))
    stub = Stub()
    with pytest.raises(UserError) as error:
        run(folder, stub)
    assert (error.value.key, stub.asked) == ("evaluation_not_coco", [])


def test_a_category_of_coco_that_the_file_does_not_define_counts_and_is_named(folder):
    document = json.loads((folder / "truth.json").read_text())
    document["categories"] = [c for c in document["categories"] if c["id"] != DOG]
    (folder / "truth.json").write_text(json.dumps(document))
    found = run(folder, Stub())
    assert found.oddities == [Oddity("category", name, 3) for name in NAMES]
    assert found.scores.things.pq == pytest.approx(100)


def test_groups_and_sizes_are_ours_whatever_the_file_says(folder):
    document = json.loads((folder / "truth.json").read_text())
    for category in document["categories"]:
        del category["isthing"]
    document["images"][0].update(width="?", height=-1)
    (folder / "truth.json").write_text(json.dumps(document))
    scores = run(folder, Stub()).scores
    assert (scores.things.categories, scores.stuff.categories) == (1, 2)


def test_only_a_folder_with_a_journal_has_pictures_of_a_run(tmp_path):
    names = ("predictions/7.png", "worst/1.jpg", "mine.png", "worst/mine.png")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert result_pictures(tmp_path) == set()
    (tmp_path / JOURNAL).write_text("something else")
    assert result_pictures(tmp_path) == set()
    (tmp_path / JOURNAL).write_text('{"version": 1}\n')
    real = tmp_path.resolve()
    assert result_pictures(tmp_path) == {str(real / name) for name in names[:2]}
