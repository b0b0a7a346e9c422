"""Tables as CSV, for spreadsheets and programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

CSV_ENCODING = "utf-8-sig"
"""Excel takes a CSV file for UTF-8 only after a byte order mark."""

# Excel takes wide ones too.
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def table_csv(header: list[str], rows: Iterable[list[Any]]) -> str:
    """Return a table as CSV (RFC 4180) in which no text acts as a formula in a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([escape_formula(cell) for cell in row] for row in rows)
    return text.getvalue()


def escape_formula(cell: Any) -> Any:
    """Return text that a spreadsheet would read as a formula with an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_SIGNS) else cell


def unescape_formula(cell: str) -> str:
    """Return what ``escape_formula`` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_SIGNS) else cell
