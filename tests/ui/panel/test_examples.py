"""Every example picture can be used, and says where it comes from."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from detr_gradio.images import load_image

EXAMPLES = Path(__file__).parents[3] / "examples"
CREDITS = json.loads((EXAMPLES / "credits.json").read_text(encoding="utf-8"))
PICTURES = sorted(p for p in EXAMPLES.iterdir() if p.suffix in {".jpg", ".png", ".webp"})
FREE_LICENCE = re.compile(r"Public domain|CC0 1\.0|CC BY(-SA)? [1-4]\.0|Apache-2\.0|SIL OFL 1\.1")


def test_each_picture_has_one_entry_and_each_entry_a_picture():
    assert [p.name for p in PICTURES] == sorted(entry["file"] for entry in CREDITS)


@pytest.mark.parametrize("entry", CREDITS, ids=lambda entry: entry["file"])
def test_an_entry_is_complete_and_free(entry):
    assert set(entry) == {
        "file", "title_en", "title_es", "author", "licence", "licence_url", "source",
        "alt_en", "alt_es", "checkpoint",
    }  # fmt: skip
    assert all(isinstance(text, str) and text.strip() for text in entry.values())
    assert FREE_LICENCE.search(entry["licence"])
    assert entry["licence_url"].startswith("https://")
    assert entry["title_en"] != entry["title_es"]
    assert entry["alt_en"] != entry["alt_es"]
    assert entry["alt_en"].endswith(".")
    assert entry["alt_es"].endswith(".")


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_loads_and_is_light(path):
    rgb = load_image(path)
    assert 256 <= max(rgb.shape[:2]) <= 1280
    assert rgb.std() > 10  # a picture, not a flat colour
    assert path.stat().st_size < 400_000


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_carries_no_metadata(path):
    with Image.open(path) as image:
        assert not image.getexif()
        assert not {"exif", "comment", "xmp", "icc_profile", "photoshop"} & set(image.info)


def test_the_readme_names_each_photograph_with_its_author_and_source():
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for entry in CREDITS:
        if entry["file"].startswith("photo-"):
            row = next(line for line in readme.splitlines() if f"`{entry['file']}`" in line)
            for value in ("author", "licence", "licence_url", "source"):
                assert entry[value] in row


def test_there_are_photographs_of_many_kinds():
    assert sum(p.name.startswith("photo-") for p in PICTURES) >= 8
