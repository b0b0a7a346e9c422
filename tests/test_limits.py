"""Limits: defaults, overriding by the environment, and clear errors for malformed variables."""

import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from detr_gradio.limits import LimitError, Limits, describe, limits, read_limits, variable
from detr_gradio.server import bodies, connections, logins, logs, streams, uploads


def test_defaults_hold_where_the_environment_is_silent():
    assert read_limits({}) == Limits()
    assert read_limits({"PATH": "/bin", "DETR_MAX_IMAGE_BYTES": "  "}) == Limits()


def test_promised_defaults():
    defaults = Limits()
    assert defaults.max_image_pixels == 50_000_000
    assert defaults.max_image_bytes == 25_000_000


@pytest.mark.parametrize("limit", fields(Limits), ids=lambda limit: limit.name)
def test_each_limit_can_be_overridden(limit):
    most = limit.metadata["most"]
    changed = read_limits({variable(limit.name): str(most)})
    assert getattr(changed, limit.name) == most
    assert most != limit.default
    assert type(getattr(changed, limit.name)) is type(limit.default)
    others = [f.name for f in fields(Limits) if f.name != limit.name]
    assert all(getattr(changed, name) == getattr(Limits(), name) for name in others)


@pytest.mark.parametrize("limit", fields(Limits), ids=lambda limit: limit.name)
def test_each_default_is_documented_and_in_its_own_range(limit):
    assert limit.metadata["least"] <= limit.default <= limit.metadata["most"]
    assert limit.metadata["about"].endswith(".")
    assert (f"DETR_{limit.name.upper()}", limit.default, limit.metadata["about"]) in describe()


def test_the_documentation_is_the_table():
    page = (Path(__file__).parents[1] / "docs" / "limits.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{name}` | {default:_} | {about} |"
        if isinstance(default, int)
        else f"| `{name}` | {default:g} | {about} |"
        for name, default, about in describe()
    ]


def test_every_limit_is_obeyed_somewhere():
    package = Path(__file__).parents[1] / "detr_gradio"
    code = "".join(p.read_text(encoding="utf-8") for p in package.rglob("*.py"))
    assert [f.name for f in fields(Limits) if f".{f.name}" not in code] == []


def test_underscores_and_spaces_are_fine():
    assert read_limits({"DETR_MAX_IMAGE_PIXELS": " 12_000_000 "}).max_image_pixels == 12_000_000


@pytest.mark.parametrize("text", ["a lot", "25MB", "1e6", "12.5", "0x10", "1,000", "$(reboot)"])
def test_a_whole_number_is_asked_for(text):
    with pytest.raises(LimitError) as caught:
        read_limits({"DETR_MAX_IMAGE_BYTES": text})
    assert str(caught.value) == (
        f"The environment variable DETR_MAX_IMAGE_BYTES must be a number, but it is {text!r}. "
        "Correct it, or remove it to use 25000000."
    )
    assert "DETR_MAX_IMAGE_BYTES debe ser un número" in caught.value.message("es")


@pytest.mark.parametrize("text", ["-1", "0", "999", str(2**31 + 1), "9" * 400])
def test_out_of_range_says_the_range(text):
    with pytest.raises(LimitError, match="must be from 1000 to 2147483648"):
        read_limits({"DETR_MAX_IMAGE_BYTES": text})


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0.99"])
def test_floats_must_be_finite_and_in_range(text):
    with pytest.raises(LimitError, match="must be from"):
        read_limits({"DETR_MAX_IMAGE_ASPECT": text})


def test_a_long_value_is_cut():
    with pytest.raises(LimitError) as caught:
        read_limits({"DETR_QUEUE_SIZE": "x" * 5_000 + "\nsecond line"})
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


def test_limits_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Limits().queue_size = 1


def test_limits_of_the_process_come_from_its_environment(monkeypatch):
    limits.cache_clear()
    monkeypatch.setenv("DETR_QUEUE_SIZE", "7")
    try:
        assert limits().queue_size == 7
        assert limits() is limits()
    finally:
        limits.cache_clear()


def test_the_page_tells_what_a_request_may_be():
    page = (Path(__file__).parents[1] / "docs" / "limits.md").read_text(encoding="utf-8")
    table = page.split("## What a request may be")[1]
    told = re.findall(r"^\| .+ \| ([\d,]+) \| `(\w+)\.py` \|$", table, re.M)
    assert [(int(value.replace(",", "")), module) for value, module in told] == [
        (bodies.JSON_BYTES, "bodies"),
        (bodies.FRAME_BYTES, "bodies"),
        (bodies.MAX_SESSION, "bodies"),
        (bodies.MAX_PARTS, "bodies"),
        (bodies.ALL_BYTES, "bodies"),
        (bodies.SECONDS, "bodies"),
        (uploads.MAX_FILES, "uploads"),
        (uploads.SILENCE, "uploads"),
        (connections.HEADER_SECONDS, "connections"),
        (streams.MAX_STREAMS, "streams"),
        (streams.MAX_OF_ADDRESS, "streams"),
        (logins.FREE_GUESSES, "logins"),
        (logs.MAX_A_MINUTE, "logs"),
    ]
    assert f"{connections.WANTED:,} descriptors" in table
    assert f"up to {logins.MAX_WAIT:.0f} s" in table
