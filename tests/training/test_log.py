"""The log and the page of a training's progress."""

import json

from detr_gradio.training.log import HEIGHT, WIDTH, Reporter, curve, write_page

LINES = [
    {"step": 0, "before": {}},
    {"step": 5, "loss": {"class": 4.0, "total": 8.0}},
    {"step": 10, "loss": {"class": 1.0, "total": 2.0}, "pq": {"all": 50.0}},
]


def test_curves_end_where_their_figures_say():
    found = curve(LINES, "loss")
    assert (found["last"], found["top"]) == (10, "8")
    first, second = found["lines"]
    assert (first["name"], first["value"]) == ("class", "1")
    assert first["points"] == f"{WIDTH / 2},{HEIGHT / 2} {WIDTH}.0,{HEIGHT * 7 / 8}"
    assert second["points"] == f"{WIDTH / 2},0.0 {WIDTH}.0,{HEIGHT * 3 / 4}"
    assert curve(LINES, "pq", 100.0)["lines"][0]["points"] == f"{WIDTH}.0,{HEIGHT / 2}"
    assert curve([], "pq")["lines"] == []


def test_lines_behind_the_state_are_made_anew(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text("".join(f"{json.dumps(line)}\n" for line in LINES) + '{"step": 9')
    reporter = Reporter(tmp_path, "own", 5, 10)
    assert [line["step"] for line in reporter.lines] == [0, 5]
    reporter.add({"step": 6, "loss": {"total": 7.0}})
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [0, 5, 6]


def test_names_are_other_people_s_text_and_the_page_speaks_both_languages(tmp_path):
    name = "<script>alert(1)</script>"
    lines = [{"step": 1, "loss": {name: 1.0}}]
    write_page(tmp_path / "page.html", name, lines, [(b"a", b"b")], "es")
    page = (tmp_path / "page.html").read_text()
    assert "<script" not in page
    assert "Imágenes de validación" in page
    assert 'lang="es"' in page
    assert page.count("data:image/jpeg;base64,") == 2
