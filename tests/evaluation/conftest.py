import pytest

from tests.support.coco_folder import make_folder


@pytest.fixture
def folder(tmp_path):
    """Three pictures with their ground truth; the second has a name to be careful with."""
    return make_folder(tmp_path)
