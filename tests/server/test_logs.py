"""The log: one JSON object a line, the request's number on it, nothing of what a visitor sent."""

import json
import logging
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from detr_gradio.server.logs import JsonLines, start_log

PICTURE = Path(__file__).parents[2] / "examples" / "photo-cows.jpg"


def line_of(record_maker):
    logger = logging.Logger("test")
    lines = []
    handler = logging.Handler()
    handler.setFormatter(JsonLines())
    handler.emit = lambda record: lines.append(json.loads(handler.format(record)))
    logger.addHandler(handler)
    record_maker(logger)
    (line,) = lines
    return line


def lines_of(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[:1] == "{"]


def test_a_line_has_its_fields():
    line = line_of(lambda log: log.info("segmented", extra={"fields": {"seconds": 1.5}}))
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "info", "logger": "test", "event": "segmented", "seconds": 1.5}


def test_an_error_is_its_class_and_where_it_came_through():
    def fail(log):
        try:
            Path("/home/ann/holiday.jpg").read_bytes()
        except FileNotFoundError:
            log.exception("It failed")

    line = line_of(fail)
    assert line["error"] == "FileNotFoundError"
    assert line["through"][0].startswith("server/test_logs.py:")
    assert "holiday" not in json.dumps(line)
    assert str(Path(__file__).parent) not in json.dumps(line)


@pytest.fixture
def info():
    start_log("info")
    yield
    start_log("warning")


@pytest.fixture
def client(url):
    return Client(url, verbose=False)


def test_a_picture_and_its_request_can_be_found(client, info, capsys):
    job = client.submit(handle_file(PICTURE), threshold=0.9, api_name="/segment")
    job.result(timeout=60)
    (line,) = [line for line in lines_of(capsys) if line["event"] == "segmented"]
    assert line["request"] == job.communicator.event_id
    assert line["checkpoint"] == "DETR-R101"
    assert (line["megapixels"], line["segments"]) == (0.79, 4)  # 1024 x 768; sky, grass, two people
    assert {"seconds", "network_seconds"} <= set(line)
    assert "cows" not in json.dumps(line)


def test_a_refusal_is_told_by_its_reason(client, info, capsys):
    with pytest.raises(AppError):
        client.predict(handle_file(PICTURE), detail=7, api_name="/segment")
    assert ("refused", "detail_out_of_range") in [
        (line["event"], line.get("reason")) for line in lines_of(capsys)
    ]


def test_at_the_usual_level_a_picture_is_not_worth_a_line(client, capsys):
    start_log("warning")
    client.predict(handle_file(PICTURE), api_name="/segment")
    assert lines_of(capsys) == []


def test_gradios_traces_become_lines(url, info, capsys):
    body = json.dumps(
        {
            "data": [
                {"path": "/home/ann/holiday.jpg", "meta": {"_type": "gradio.FileData"}},
                "",
                0.85,
                96,
                "paper",
            ]
        }
    )
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}gradio_api/call/segment", body.encode(), kind)
    with urllib.request.urlopen(request, timeout=60) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{url}gradio_api/call/segment/{event}", timeout=60) as answer:
        assert b"event: error" in answer.read()
    said = capsys.readouterr().err
    assert "InvalidPathError" in said
    assert "Traceback" not in said
    assert "holiday" not in said


def test_what_is_said_again_and_again_is_counted(capsys, monkeypatch):
    start_log("info")
    said = logging.getLogger("detr_gradio.test")
    clock = [1_000_000 * 60.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(time, "time_ns", lambda: int(clock[0] * 1e9))

    def warn(number):
        said.warning("no descriptors for %d", number)

    for number in range(50):
        warn(number)
        said.info("a picture")
    said.warning("another thing")
    events = [line["event"] for line in lines_of(capsys)]
    assert events.count("a picture") == 50
    assert [each for each in events if each.startswith("no")] == [
        f"no descriptors for {number}" for number in range(20)
    ]
    assert events[-1] == "another thing"
    clock[0] += 60
    warn(50)
    warn(51)
    assert [line.get("left_out") for line in lines_of(capsys)] == [30, None]


@pytest.mark.parametrize("name", ["a\nb", "a\r\nb", 'a"}\n{"event": "forged'])
def test_one_event_is_one_line(capsys, name):
    logging.getLogger("detr_gradio.test").error("it was %s", name)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == f"it was {name}"


def test_words_of_a_visitor_that_a_library_repeats_are_neither_written_nor_another_warning(capsys):
    start_log("info")
    for number in range(50):
        for name in ("mcp.server.lowlevel.server", None):  # None: the root logger
            logging.getLogger(name).warning(f"not valid: {number} holiday " + "x" * 1_000_000)
    said = capsys.readouterr().err
    assert "holiday" not in said
    events = [json.loads(line)["event"] for line in said.splitlines()]
    assert len(events) == 20
    assert all(event.startswith("server/test_logs.py:") for event in events)


def test_an_event_is_no_longer_than_a_thousand_characters(capsys):
    logging.getLogger("httpx").warning("a" * 1_001)
    (line,) = lines_of(capsys)
    assert line["event"] == "a" * 1_000


def test_starting_twice_writes_once(capsys):
    start_log("warning")
    start_log("warning")
    logging.getLogger("detr_gradio.test").warning("once")
    assert [line["event"] for line in lines_of(capsys)] == ["once"]


def test_it_follows_a_new_stderr(capsys, monkeypatch, tmp_path):
    start_log("warning")
    with (tmp_path / "log").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        logging.getLogger("detr_gradio.test").warning("there")
    assert json.loads((tmp_path / "log").read_text())["event"] == "there"
