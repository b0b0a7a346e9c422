"""Rooms are functions of their seed, and a data set that is fit to train on."""

from types import SimpleNamespace

import numpy as np
import pytest

from detr_gradio.data_sets.checking import check_data_set
from detr_gradio.result.coco import COCO
from training.rooms import KNOWN, NEW, STUFF, categories, draw_room, write_part
from training.scenes import CATEGORY_IDS

HERE = SimpleNamespace(imap=lambda work, seeds, chunksize: map(work, seeds))


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rooms")
    write_part(folder, "train", range(45), HERE)
    write_part(folder, "val", range(1_000_000, 1_000_005), HERE)
    return check_data_set(folder)


def test_a_room_depends_on_its_seed_alone():
    first, again, other = draw_room(7), draw_room(7), draw_room(8)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.segment_ids, again.segment_ids)
    assert not np.array_equal(first.image, other.image)


def test_nothing_is_wrong_with_them(checked):
    assert checked.faults == []
    assert [split.images for split in checked.splits] == [45, 5]
    assert set(checked.splits[0].segments) == {entry["id"] for entry in categories()}


def test_most_of_it_is_new_to_the_toy_network():
    learned = {COCO[category_id].name for category_id in CATEGORY_IDS}
    new = {entry["name"]: entry["isthing"] for entry in categories() if entry["id"] not in KNOWN}
    assert not set(new) & {category.name for category in COCO.table}
    assert (sum(new.values()), len(new)) == (len(NEW), len(NEW) + len(STUFF))
    assert set(KNOWN.values()) <= learned
    assert all(COCO[key].name == name for key, name in KNOWN.items())
