import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from detr_gradio.evaluation import report as evaluation_report
from detr_gradio.evaluation.files import Oddity
from detr_gradio.evaluation.quality import CategoryQuality, Quality, Scores
from tests.support.coco_folder import Stub, run, write_report
from tests.support.panoptic_cases import CAR


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


def made(found, **quality):
    """The same run with other figures, of which nothing is a round number."""
    cat = CategoryQuality(CAR, 100 / 3, 200 / 3, 50.0, 2, 3, 4)
    unknown = CategoryQuality(999, 98.7654, 99.9999, 98.7655, 5, 0, 0)
    scores = Scores(
        Quality(66.666666, 77.777777, 88.888888, 2),
        None,
        Quality(12.345, 23.456, 34.567, 1),
        {999: unknown, CAR: cat},
    )
    return replace(found, scores=scores, **quality)


def test_figures_have_two_digits_and_the_worst_category_comes_first(folder):
    html = write_report(made(run(folder, Stub(), limit=1)), folder).read_text(encoding="utf-8")
    rows = [line for line in html.splitlines() if line.startswith("<tr><td>")]
    assert rows == [
        "<tr><td>all</td><td>66.67</td><td>77.78</td><td>88.89</td><td>2</td><td>45.10</td></tr>",
        "<tr><td>stuff</td><td>12.35</td><td>23.46</td><td>34.57</td><td>1</td><td>–</td></tr>",
        "<tr><td>car</td><td>3</td><td>33.33</td><td>66.67</td><td>50.00</td>"
        "<td>2</td><td>3</td><td>4</td></tr>",
        # A category that is none of COCO's has no name here.
        "<tr><td></td><td>999</td><td>98.77</td><td>100.00</td><td>98.77</td>"
        "<td>5</td><td>0</td><td>0</td></tr>",
    ]
    heads = [line for line in html.splitlines() if line.startswith("<tr><th>")]
    assert heads == [
        "<tr><th></th><th>PQ</th><th>SQ</th><th>RQ</th><th>categories</th>"
        "<th>published PQ</th></tr>",
        "<tr><th>category</th><th>COCO id</th><th>PQ</th><th>SQ</th><th>RQ</th>"
        "<th>true positives</th><th>false positives</th><th>false negatives</th></tr>",
    ]
    with (folder / "out" / "categories.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1:] == [
            ["car", "3", "33.33", "66.67", "50.0", "2", "3", "4"],
            ["", "999", "98.77", "100.0", "98.77", "5", "0", "0"],
        ]
    assert "<p>1 pictures. stub, threshold 0.85, detail 800, method reference" in html


def test_the_20_worst_pictures_are_shown_and_all_are_listed(folder):
    found = run(folder, Stub(), limit=1)
    (only,) = found.pictures
    values = [99.876 - number for number in range(21)]
    pictures = [replace(only, pq=pq) for pq in values] + [replace(only, pq=None)]
    html = write_report(replace(found, pictures=pictures), folder).read_text(encoding="utf-8")
    assert html.count("<figure>") == 20
    assert "a.jpg: PQ 79.9<" in html  # the worst
    assert "a.jpg: PQ 98.9<" in html  # the 20th
    assert "a.jpg: PQ 99.9<" not in html
    assert html.index("PQ 79.9<") < html.index("PQ 98.9<")
    shown = sorted(path.name for path in (folder / "out" / "worst").iterdir())
    assert (len(shown), shown[0], shown[-1]) == (40, "01_prediction.jpg", "20_truth.jpg")
    with (folder / "out" / "pictures.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert (len(rows), rows[0], rows[1]) == (22, ["picture", "id", "PQ"], ["a.jpg", "7", "79.88"])
    assert "<p>22 pictures. " in html


def test_large_pictures_are_shown_with_640_pixels(tmp_path):
    path = tmp_path / "a.jpg"
    picture = np.zeros((50, 1000, 3), np.uint8)
    picture[...] = 250, 20, 20  # red
    evaluation_report._write_small(path, picture)
    written = cv2.imread(str(path))
    assert written.shape == (32, 640, 3)
    assert written[16, 320].tolist() == pytest.approx([20, 20, 250], abs=4)  # blue first
    with pytest.raises(OSError, match="Cannot write"):
        evaluation_report._write_small(tmp_path / "none" / "a.jpg", picture)


def test_oddities_of_the_truth_are_listed_beside_the_page(folder):
    found = replace(run(folder, Stub(), limit=1), oddities=[Oddity("area", "a.jpg", 5)])
    write_report(found, folder)
    text = (folder / "out" / "oddities.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines() == ["picture,segment,kind", "a.jpg,5,area"]
