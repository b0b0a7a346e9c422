"""The result that the page opens on is what the embedded checkpoint says, and names its source."""

import cv2
import numpy as np

from detr_gradio.images import load_image
from detr_gradio.segmenter import load_segmenter
from detr_gradio.ui.panel.first_result import FOLDER, REQUEST, first_result, first_value


def test_it_is_what_the_checkpoint_says_of_the_picture():
    kept = first_result()
    now = load_segmenter(REQUEST.checkpoint).segment(
        REQUEST.picture, threshold=REQUEST.threshold, detail=REQUEST.detail
    )
    assert [each.name() for each in kept] == [each.name() for each in now]
    assert [each.query for each in kept] == [each.query for each in now]
    assert np.allclose([each.score for each in kept], [each.score for each in now], atol=0.01)
    assert (kept.segment_ids == now.segment_ids).mean() > 0.999
    assert (kept.input_size, kept.threshold) == (now.input_size, now.threshold)


def test_its_picture_is_the_example_and_light():
    picture, example = load_image(FOLDER / "picture.webp"), load_image(REQUEST.picture)
    assert picture.shape == example.shape
    assert cv2.PSNR(picture, example) > 30
    assert (FOLDER / "picture.webp").stat().st_size < 25_000


def test_both_languages_name_the_same_segments():
    english, spanish = (first_value()["by_language"][code] for code in ("en", "es"))
    assert [each["name"] for each in english["segments"]][:5] == [
        *("sky", "mountain", "sand", "sea"),
        "teddy bear 1",
    ]
    assert spanish["segments"][0]["name"] == "cielo"
    assert english["ids"] == spanish["ids"]
    assert english["image"] == spanish["image"]


def test_the_readme_names_source_and_licence():
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    for part in ("picture.webp", "map.png", "result.json", "scene-bear.jpg", "OFL", "Apache-2.0"):
        assert part in said
