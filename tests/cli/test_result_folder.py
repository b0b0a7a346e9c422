import errno
import json
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from detr_gradio.cli.pictures import find_pictures
from detr_gradio.cli.result_folder import ResultFolder, fingerprint, write_atomically


@pytest.fixture
def folder(tmp_path):
    for name in ["b.JPG", "a.png", "notes.txt", ".hidden.png", "may/c.webp", ".git/d.png"]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "photos"


def names(found):
    pictures, _ = found
    return [picture.name for picture in pictures]


def test_folder_means_its_pictures_and_those_below_in_order(folder):
    assert names(find_pictures([str(folder)], folder / "results")) == ["a", "b", "may/c"]


def test_results_inside_the_folder_are_not_taken_for_pictures(folder):
    write_atomically(folder / "results" / "a_overlay.png", b"")
    assert names(find_pictures([str(folder)], folder / "results")) == ["a", "b", "may/c"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["a"]),
        ("**/*.webp", ["c"]),
        ("*", ["a", "b", "notes"]),
        ("*.tiff", []),
        ("notes.txt", ["notes"]),
        ("missing.png", ["missing"]),  # to be reported where it is opened
    ],
)
def test_patterns_and_files(folder, pattern, expected):
    assert names(find_pictures([str(folder / pattern)], folder / "results")) == expected


class TestOwnResults:
    """``segment`` over a folder that holds what it made before, there or from elsewhere."""

    @pytest.fixture
    def segmented(self, folder):
        """The pictures' folder with results of a.png and may/c.webp in it."""
        results = ResultFolder(folder)
        for name in ("a", "may/c"):
            made = folder / f"{name}.{'png' if name == 'a' else 'webp'}"
            result = results.name_for(made, name)
            for kind in ("overlay", "panoptic", "json"):
                write_atomically(results.path(result, kind), b"")
            results.add(made, ["overlay", "panoptic", "json"], "mark")
        return folder

    @pytest.mark.parametrize("words", [["."], ["*.*", "may/*"], ["**/*"]])
    def test_are_left_out_of_folders_and_patterns(self, segmented, words):
        found = find_pictures([str(segmented / word) for word in words], segmented)
        chosen = {"a", "b", "may/c", "c"} & set(names(found))
        assert len(chosen) == 3
        assert not [name for name in names(found) if "overlay" in name or "panoptic" in name]
        # Folders show pictures alone, 2 of each; patterns also the JSON files and the journal.
        assert found[1] == (4 if words == ["."] else 7)

    def test_below_an_output_folder_are_known_by_the_diary_above(self, segmented):
        found = find_pictures([str(segmented / "may")], segmented / "elsewhere")
        assert (names(found), found[1]) == (["c"], 2)

    def test_named_itself_it_is_a_picture(self, segmented):
        found = find_pictures([str(segmented / "a_overlay.png")], segmented)
        assert (names(found), found[1]) == (["a_overlay"], 0)

    def test_those_of_an_evaluation_too(self, folder):
        for name in ("predictions/000000000007.png", "worst/01_truth.jpg", "worst.jpg"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(b"")
        settings = b'{"version": 2, "checkpoint": "toy-scenes"}\n'
        (folder / "predictions.jsonl").write_bytes(settings)
        found = find_pictures([str(folder)], folder / "out")
        assert (names(found), found[1]) == (["a", "b", "worst", "may/c"], 2)
        # A file of that name may be anybody's.
        (folder / "predictions.jsonl").write_bytes(b'{"label": "dog"}\n')
        assert len(find_pictures([str(folder)], folder / "out")[0]) == 6

    def test_another_file_of_such_a_name_is_a_picture(self, segmented):
        (segmented / "b_overlay.png").write_bytes(b"")
        assert "b_overlay" in names(find_pictures([str(segmented)], segmented))


def test_existing_name_with_brackets_is_no_pattern(folder):
    (folder / "cat[1].png").write_bytes(b"")
    assert names(find_pictures([str(folder / "cat[1].png")], folder / "out")) == ["cat[1]"]


def test_a_folder_that_cannot_be_read_is_told_where_it_is_opened(folder, monkeypatch):
    scan = os.scandir

    def scandir(path):
        if Path(path).name == "may":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found, _ = find_pictures([str(folder)], folder / "results")
    assert [picture.path for picture in found][2:] == [folder / "may"]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
def test_names_of_results_are_text_whatever_the_pictures_are_called(folder):
    picture = Path(os.fsdecode(os.fsencode(folder / "caf") + b"\xe9.png"))
    picture.write_bytes(b"")
    assert names(find_pictures([str(picture)], folder / "out")) == ["caf\ufffd"]


def test_each_picture_counts_once(folder):
    (folder / "link.png").symlink_to(folder / "a.png")
    words = [str(folder / "a.png"), str(folder / "*.png"), str(folder)]
    assert names(find_pictures(words, folder / "out")) == ["a", "b", "may/c"]


def test_fingerprint_follows_content_and_parameters(tmp_path):
    one, same, other = (tmp_path / name for name in ["one", "same", "other"])
    one.write_bytes(b"x")
    same.write_bytes(b"x")
    other.write_bytes(b"y")
    mark = fingerprint(one, {"threshold": 0.85, "detail": None})
    assert fingerprint(same, {"detail": None, "threshold": 0.85}) == mark
    assert fingerprint(other, {"threshold": 0.85, "detail": None}) != mark
    assert fingerprint(one, {"threshold": 0.9, "detail": None}) != mark


def test_write_whole_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "new" / "a.csv"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


def test_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.csv"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "a.csv"
    write_atomically(path, b"a" * 100_000)
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for letter in b"abc" * 30:
        write_atomically(path, bytes([letter]) * 100_000)
    stop.set()
    reader.join()
    assert seen <= {bytes([letter]) * 100_000 for letter in b"abc"}


class TestResultFolder:
    def made(self, folder, picture, wanted="x", kinds=("csv",), mark="m"):
        """Do what a run does with one picture; the name its files got."""
        results = ResultFolder(folder)
        name = results.name_for(picture, wanted)
        for kind in kinds:
            write_atomically(results.path(name, kind), b"")
        results.add(picture, list(kinds), mark)
        return name

    def test_is_made_with_the_same_mark_and_the_file_still_there(self, tmp_path):
        picture = tmp_path / "in" / "x.jpg"
        self.made(tmp_path / "out", picture)
        results = ResultFolder(tmp_path / "out")
        assert results.is_made(picture, "csv", "m")
        assert not results.is_made(picture, "csv", "other mark")
        assert not results.is_made(picture, "json", "m")
        assert not results.is_made(tmp_path / "in" / "y.jpg", "csv", "m")
        (tmp_path / "out" / "x.csv").unlink()
        assert not results.is_made(picture, "csv", "m")

    def test_same_name_of_two_pictures_gets_a_number_and_keeps_it(self, tmp_path):
        first, second = tmp_path / "a" / "x.jpg", tmp_path / "b" / "x.jpg"
        assert self.made(tmp_path / "out", first) == "x"
        assert self.made(tmp_path / "out", second) == "x-2"
        assert self.made(tmp_path / "out", second) == "x-2"
        assert self.made(tmp_path / "out", first) == "x"

    def test_names_that_differ_in_case_alone_are_the_same_to_some_disks(self, tmp_path):
        assert self.made(tmp_path / "out", tmp_path / "x.jpg", "x") == "x"
        assert self.made(tmp_path / "out", tmp_path / "X.jpg", "X") == "X-2"

    def test_files_of_other_origin_are_never_overwritten(self, tmp_path):
        write_atomically(tmp_path / "out" / "x.csv", b"mine")
        assert self.made(tmp_path / "out", tmp_path / "x.jpg") == "x-2"
        assert (tmp_path / "out" / "x.csv").read_bytes() == b"mine"

    @pytest.mark.parametrize("letter", ["a", "ñ", "漢", "🐄"])
    def test_names_near_the_longest_allowed_are_shortened(self, tmp_path, letter):
        size = len(letter.encode())
        wanted = letter * (251 // size)  # with ".jpg" what the file system takes
        first, second = (tmp_path / place / f"{wanted}.jpg" for place in "xy")
        for picture in (first, second):
            picture.parent.mkdir()
            picture.touch()
        kinds = ("overlay", "panoptic", "json", "csv")
        name = self.made(tmp_path / "out", first, wanted, kinds)
        assert name == letter * (242 // size)  # 255 without "_panoptic.png"
        again = self.made(tmp_path / "out", second, wanted, kinds)
        assert again == letter * (240 // size) + "-2"
        assert self.made(tmp_path / "out", first, wanted, kinds) == name

    def test_pictures_and_results_may_move_together(self, tmp_path):
        (tmp_path / "old").mkdir()
        self.made(tmp_path / "old" / "out", tmp_path / "old" / "x.jpg")
        (tmp_path / "old").rename(tmp_path / "new")
        assert ResultFolder(tmp_path / "new" / "out").is_made(
            tmp_path / "new" / "x.jpg", "csv", "m"
        )

    def test_kinds_made_with_other_parameters_are_told_apart(self, tmp_path):
        picture = tmp_path / "x.jpg"
        self.made(tmp_path / "out", picture, kinds=("csv", "json"), mark="low threshold")
        self.made(tmp_path / "out", picture, kinds=("csv",), mark="high threshold")
        results = ResultFolder(tmp_path / "out")
        assert results.is_made(picture, "csv", "high threshold")
        assert results.is_made(picture, "json", "low threshold")
        assert not results.is_made(picture, "json", "high threshold")

    @pytest.mark.parametrize(
        "damage",
        [
            *(b'{"picture": "x', b"[]", b"null", b'{"name": "y"}', b"\xff", b"[" * 100_000),
            b'{"picture": ["../x.jpg"], "name": "x", "made": {}}',
            b'{"picture": "../x.jpg", "name": 5, "made": {}}',
            b'{"picture": "../x.jpg", "name": "x", "made": []}',
            b'{"picture": "../x.jpg", "name": "../x", "made": {}}',
            b'{"picture": "../x.jpg", "name": "/x", "made": {}}',
            b'{"picture": "../x.jpg", "name": "\\ud800", "made": {}}',
        ],
    )
    def test_damaged_line_is_passed_over(self, tmp_path, damage):
        self.made(tmp_path / "out", tmp_path / "x.jpg")
        with (tmp_path / "out" / ResultFolder.FILE).open("ab") as file:
            file.write(damage)
        self.made(tmp_path / "out", tmp_path / "y.jpg", "y")
        results = ResultFolder(tmp_path / "out")
        assert results.is_made(tmp_path / "x.jpg", "csv", "m")
        assert results.is_made(tmp_path / "y.jpg", "csv", "m")
        assert len(results.files()) == 3  # with the diary

    def test_journal_is_one_json_object_a_line(self, tmp_path):
        self.made(tmp_path / "out", tmp_path / "x.jpg")
        text = (tmp_path / "out" / ResultFolder.FILE).read_text()
        assert json.loads(text) == {"picture": "../x.jpg", "name": "x", "made": {"csv": "m"}}
