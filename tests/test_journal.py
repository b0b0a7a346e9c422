"""A journal survives whatever a crash leaves in its file."""

import pytest

from detr_gradio.journal import JsonlJournal


def test_what_was_appended_is_there_again(tmp_path):
    path = tmp_path / "journal.jsonl"
    assert JsonlJournal(path).entries == []
    journal = JsonlJournal(path)
    journal.append({"name": "césped", "line": "a\nb\u2028c"})
    journal.append({"name": "sky"})
    assert path.read_text().count("\n") == 2
    assert JsonlJournal(path).entries == journal.entries
    assert journal.entries == [{"name": "césped", "line": "a\nb\u2028c"}, {"name": "sky"}]


@pytest.mark.parametrize("damage", [b'{"name": "s', b"[]", b"null", b"\xff", b"\0" * 40])
def test_a_damaged_line_is_left_out_and_the_next_one_is_whole(tmp_path, damage):
    path = tmp_path / "journal.jsonl"
    JsonlJournal(path).append({"name": "grass"})
    with path.open("ab") as file:
        file.write(damage)
    JsonlJournal(path).append({"name": "sky"})
    assert JsonlJournal(path).entries == [{"name": "grass"}, {"name": "sky"}]
