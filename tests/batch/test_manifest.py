"""Lists of pictures: texts, CSV, Parquet, and URIs that stand for many."""

import csv
from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow")

import pyarrow.parquet as pq  # noqa: E402

from detr_gradio.batch.manifest import (  # noqa: E402
    is_manifest,
    once_each,
    read_manifest,
    remote_pictures,
    uri_of,
)
from detr_gradio.batch.storage import write_file  # noqa: E402
from detr_gradio.messages import UserError  # noqa: E402


def test_a_text_has_a_picture_on_each_line(tmp_path):
    text = "\ufeffa.jpg\n\n  b/c d.jpg \r\n/abs/e.jpg\nhttps://example.org/f.jpg\n"
    (tmp_path / "list.txt").write_text(text, encoding="utf-8")
    found = list(read_manifest(str(tmp_path / "list.txt")))
    places = [f"{tmp_path}/a.jpg", f"{tmp_path}/b/c d.jpg", "/abs/e.jpg"]
    places += ["https://example.org/f.jpg"]
    assert found == [(place, place) for place in places]


@pytest.mark.parametrize("column", ["uri", "url", "path", "file_name"])
def test_tables_may_have_ids(tmp_path, column):
    rows = [{"id": "7", column: "a.jpg"}, {"id": "", column: "s3://b/c.jpg"}]
    with (tmp_path / "list.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["id", column])
        writer.writeheader()
        writer.writerows(rows)
    wanted = [("7", f"{tmp_path}/a.jpg"), ("s3://b/c.jpg", "s3://b/c.jpg")]
    assert list(read_manifest(str(tmp_path / "list.csv"))) == wanted
    pq.write_table(pa.table({"id": [7, None], column: ["a.jpg", "s3://b/c.jpg"]}),
                   tmp_path / "list.parquet")  # fmt: skip
    assert list(read_manifest(str(tmp_path / "list.parquet"))) == wanted


def test_a_list_elsewhere_names_its_neighbours():
    write_file("memory://lists/list.txt", b"a.jpg\nmemory://other/b.jpg\n")
    assert [uri for _, uri in read_manifest("memory://lists/list.txt")] == [
        "memory://lists/a.jpg",
        "memory://other/b.jpg",
    ]


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("missing.txt", None, "batch_manifest_missing"),
        ("list.txt", b"\xff\xfe\x00", "batch_manifest_unreadable"),
        ("list.csv", b"name,size\na.jpg,3\n", "batch_manifest_columns"),
        ("list.parquet", b"no parquet", "batch_manifest_unreadable"),
    ],
)
def test_what_is_no_list_is_told(tmp_path, name, content, key):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as told:
        list(read_manifest(str(tmp_path / name)))
    assert told.value.key == key


def test_lists_are_known_by_their_names():
    assert [is_manifest(n) for n in ("a.TXT", "s3://b/c.csv", "d.parquet", "e.jpg", "f")] == [
        *(True, True, True, False, False)
    ]


def test_a_uri_stands_for_a_folder_a_pattern_or_itself():
    for name in ("x/1.jpg", "x/deep/2.PNG", "x/notes.txt", "y/3.jpg"):
        write_file(f"memory://photos/{name}", b"x")
    suffixes = {".jpg", ".png"}
    assert list(remote_pictures("memory://photos/x", suffixes)) == [
        "memory://photos/x/1.jpg",
        "memory://photos/x/deep/2.PNG",
    ]
    assert list(remote_pictures("memory://photos/*/*.jpg", suffixes)) == [
        "memory://photos/x/1.jpg",
        "memory://photos/y/3.jpg",
    ]
    for itself in ("memory://photos/x/1.jpg", "https://example.org/picture?size=3"):
        assert list(remote_pictures(itself, suffixes)) == [itself]
    with pytest.raises(UserError) as told:
        list(remote_pictures("memory://nowhere", suffixes))
    assert told.value.key == "batch_unreadable"


def test_each_picture_comes_once_and_no_id_twice():
    assert once_each([("a", "1"), ("b", "1"), ("a", "1")]) == {"a": "1", "b": "1"}
    with pytest.raises(UserError) as told:
        once_each([("a", "1"), ("a", "2")])
    assert told.value.key == "batch_id_twice"


def test_names_that_are_no_text_become_uris(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert uri_of(Path("a/ñ.jpg")) == f"{tmp_path}/a/ñ.jpg"
    assert uri_of(tmp_path / "caf\udce9.jpg") == f"{tmp_path.as_uri()}/caf%E9.jpg"
