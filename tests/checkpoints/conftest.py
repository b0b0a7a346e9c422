"""A checkpoint for what may be spoiled."""

import pytest


@pytest.fixture
def copy(small_folder, tmp_path):
    """A copy of the small checkpoint that a test may spoil."""
    for file in small_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path
