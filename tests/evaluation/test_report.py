import csv

import cv2
import pytest

from detr_gradio.evaluation import report as evaluation_report
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
