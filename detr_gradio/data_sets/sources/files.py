"""The files of a source: read within bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def load_json(path: Path) -> Any:
    """Return the contents of a JSON file.

    Raises:
        ValueError: it is none, or too deep.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, RecursionError) as error:
        raise ValueError(str(error)) from error
