"""Both languages are complete and say the same with the same figures."""

import string

import pytest

from detr_gradio.ui.i18n import DICTIONARY, TEXTS, language_of, text
from detr_gradio.ui.markup import bilingual

SAME_IN_BOTH = {"tab_video", "download_label_studio", "download_labelme", "download_cvat"}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages(key):
    english, spanish = TEXTS[key]["en"], TEXTS[key]["es"]
    assert english.strip() == english != ""
    assert spanish.strip() == spanish != ""
    assert placeholders(english) == placeholders(spanish)
    assert english != spanish or key in SAME_IN_BOTH


def test_the_browser_gets_every_text():
    # And words for the one name that Gradio has none for.
    for texts in DICTIONARY.translations_dict.values():
        assert set(texts) == {*TEXTS, "common.complete"}
    assert set(DICTIONARY.translations_dict) == {"en", "es"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en;q=0.4, es;q=0.9", "es"),
        ("fr-FR,fr;q=0.9", "en"),
        ("fr, es;q=0.2", "es"),
        ("es;q=x, en", "en"),
    ],
)
def test_language_of_a_header(header, language):
    assert language_of(header) == language


def test_values_are_escaped_in_markup():
    html = bilingual("stage_load", title="<b onclick=x>&")
    assert "<b" not in html
    assert "&lt;b onclick=x&gt;&amp;" in html
    assert html.count("lang=") == 2


def test_unknown_text():
    with pytest.raises(KeyError):
        text("no_such_text", "en")
