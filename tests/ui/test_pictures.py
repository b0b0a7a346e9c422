"""The page's own pictures: files that a browser may keep for ever, for those who see the page."""

import pytest

from detr_gradio.ui.pictures import find_picture, picture_address


def test_the_same_content_has_the_same_address_and_another_one_another():
    address = picture_address(b"one", "webp")
    assert address == picture_address(b"one", "webp")
    assert address != picture_address(b"two", "webp")
    place, name = address.split("/")
    assert place == "pictures"
    assert find_picture(name) == (b"one", "image/webp")


@pytest.mark.parametrize("name", ["", "x.webp", "../app.py"])
def test_what_was_never_given_is_not_found(name):
    assert find_picture(name) is None
