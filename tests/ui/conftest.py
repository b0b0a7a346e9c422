"""A running app with segmenters that answer at once, for clients without a browser."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake import FakeService

from detr_gradio.settings import Settings
from detr_gradio.ui.launch import launch


@pytest.fixture(scope="session")
def service():
    return FakeService()


@pytest.fixture(scope="session")
def url(service):
    demo = launch(Settings(), service, block=False)
    yield demo.local_url
    demo.close(verbose=False)
