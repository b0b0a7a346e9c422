"""The catalogue of sentences is complete, consistent and safe to show."""

import copy
import pickle
import string

import pytest

from detr_gradio.checkpoints.hub import CheckpointUnavailable
from detr_gradio.messages import LANGUAGES, MESSAGES, UserError, message


def placeholders(sentence):
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


def catalogue_faults(messages):
    """What is wrong with a catalogue, one line each."""
    faults = []
    if list(messages) != sorted(messages):
        faults.append("keys are not in alphabetical order")
    for key, sentences in messages.items():
        if tuple(sentences) != LANGUAGES:
            faults.append(f"{key}: languages are {tuple(sentences)}")
            continue
        if placeholders(sentences["en"]) != placeholders(sentences["es"]):
            faults.append(f"{key}: placeholders differ")
        if sentences["en"] == sentences["es"]:
            faults.append(f"{key}: not translated")
        for language, sentence in sentences.items():
            if sentence != sentence.strip() or not sentence.endswith((".", "!", "?")):
                faults.append(f"{key}: {language} is not a whole sentence")
            if "  " in sentence or "\n" in sentence:
                faults.append(f"{key}: {language} has stray white space")
            if "<" in sentence or ">" in sentence:
                faults.append(f"{key}: {language} has markup")
    return faults


def test_catalogue_is_complete_and_consistent():
    assert catalogue_faults(MESSAGES) == []


@pytest.mark.parametrize(
    ("catalogue", "fault"),
    [
        ({"b": {"en": "B.", "es": "Be."}, "a": {"en": "A.", "es": "Un."}}, "alphabetical"),
        ({"a": {"en": "A."}}, "languages"),
        ({"a": {"en": "A {x}.", "es": "Un."}}, "placeholders"),
        ({"a": {"en": "A.", "es": "A."}}, "not translated"),
        ({"a": {"en": "A.", "es": "Un"}}, "whole sentence"),
        ({"a": {"en": "A <b>.", "es": "Un."}}, "markup"),
    ],
)
def test_the_check_of_the_catalogue_finds_faults(catalogue, fault):
    assert any(fault in found for found in catalogue_faults(catalogue))


def test_message_speaks_both_languages():
    assert message("image_empty") == (
        "This file is empty. Please save or download the picture again."
    )
    assert message("image_empty", "es") == (
        "Este archivo está vacío. Guarde o descargue la imagen de nuevo."
    )


@pytest.mark.parametrize("language", ["es", "es-MX", "es_AR", "ES"])
def test_spanish_in_every_spelling(language):
    assert message("image_none", language).startswith("Todavía")


@pytest.mark.parametrize("language", ["en", "en-GB", "de", "", "../../etc"])
def test_any_other_language_is_english(language):
    assert message("image_none", language).startswith("There is no picture")


def test_unknown_key_and_missing_value_are_errors():
    with pytest.raises(KeyError):
        message("no_such_sentence")
    with pytest.raises(KeyError):
        message("image_too_heavy")


def test_values_are_never_read_as_placeholders():
    sentence = message("image_wrong_type", type="{shape.__class__}")
    assert "not {shape.__class__}." in sentence


def test_user_error_tells_its_sentence_in_both_languages():
    error = UserError("image_too_heavy", limit=25)
    assert error.key == "image_too_heavy"
    assert error.values == {"limit": 25}
    assert str(error) == error.message("en") == message("image_too_heavy", limit=25)
    assert error.message("es").startswith("Este archivo supera 25 MB")


def test_an_error_within_an_error_is_told_in_the_same_language():
    inner = UserError("image_empty")
    error = UserError("evaluation_picture", name="a.jpg", problem=inner)
    assert str(error).startswith(f"{inner} The picture is a.jpg")
    assert error.message("es").startswith(inner.message("es"))


@pytest.mark.parametrize("duplicate", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_user_error_survives_a_trip_to_another_process(duplicate):
    error = duplicate(UserError("image_too_heavy", limit=25))
    assert str(error) == message("image_too_heavy", limit=25)
    assert error.values == {"limit": 25}


def test_a_lost_network_is_no_wrong_value():
    """Who catches ValueError for what they passed doesn't take it for that."""
    assert not issubclass(UserError, (ValueError, OSError))
    assert issubclass(CheckpointUnavailable, UserError)
