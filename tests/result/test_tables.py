"""Tables as CSV: no text acts as a formula, and everything else is as it was."""

import csv
import io

import pytest

from detr_gradio.result.tables import CSV_ENCODING, table_csv


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"],
)
def test_no_text_of_a_table_is_a_formula(text):
    table = table_csv(["name", "value"], [[text, -1.5]])
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert rows == [["name", "value"], ["'" + text, "-1.5"]]


@pytest.mark.parametrize("cell", ["a=1", " =1", "", "1", -1, 2.5, "été", 'say "no", or', "a\nb"])
def test_other_cells_stay(cell):
    table = table_csv(["value"], [[cell]])
    assert list(csv.reader(io.StringIO(table, newline=""))) == [["value"], [str(cell)]]


def test_lines_and_encoding():
    table = table_csv(["a", "b"], [[1, "x, y"], [2.5, "ñ"]])
    assert table == 'a,b\r\n1,"x, y"\r\n2.5,ñ\r\n'
    assert table.encode(CSV_ENCODING)[:4] == b"\xef\xbb\xbfa"
