"""The tutorial runs from its first cell to its last, and each cell shows what the text says."""

import re
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def cells():
    notebook = nbformat.read(ROOT / "docs" / "tutorial.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # kept without what it shows
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}})
    manager = client.create_kernel_manager()
    # The Python of the tests, whatever kernels the machine has.
    words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=words, display_name="tests", language="python")
    client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell, kind="text/plain"):
    return "".join(
        output.get("text", "") or output.get("data", {}).get(kind, "") for output in cell.outputs
    )


def test_every_cell_does_what_it_says(cells):
    assert "<svg" in shown(cells[0], "text/html")
    assert "data:image/jpeg" in shown(cells[1], "text/html")
    assert "car 1" in shown(cells[2])
    mask, area = map(int, re.findall(r"(?<![\w.])\d{3,}", shown(cells[3]))[:2])
    assert mask == area > 1000
    assert "car" in shown(cells[4])
    before, after = map(int, shown(cells[5]).strip("()").split(", "))
    assert after == before - 1
    assert "yolo/labels/scene-tram.txt" in shown(cells[6])
    assert "labelme/scene-bear.json" in shown(cells[6])
    assert shown(cells[8]).rstrip().endswith("0")
    assert "PQ" in shown(cells[8])
