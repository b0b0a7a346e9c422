"""Converting, and what is told."""

import json

import pytest

from detr_gradio.cli import main
from detr_gradio.data_sets.checking import check_data_set


@pytest.fixture
def convert(tmp_path, capsys):
    """Convert to tmp_path/out, expect a status, and return what is told by kind of remark."""

    def run(source, *words, status=0, checked=True):
        output = tmp_path / "out"
        command = ["convert", str(source), "--output", str(output), "--json", *map(str, words)]
        assert main(command) == status
        told = json.loads(capsys.readouterr().out)
        if checked:
            assert check_data_set(output).faults == []
        return [(remark["kind"], remark["file"]) for remark in told["remarks"]]

    return run
