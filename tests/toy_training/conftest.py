"""The toy scenes are drawn with a font that not every system has."""

import pytest

from training.sprites import FONT


@pytest.fixture(scope="session", autouse=True)
def emoji_font():
    """Skip what draws scenes where the font is missing; scripts/install_browser.py tells how."""
    if not FONT.exists():
        pytest.skip(f"the font {FONT} is missing")
