"""The class that people import: results, the cache of predictions, and threads."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import detr_gradio
from detr_gradio import CheckpointUnavailable, ImageError, UserError, limits, segmenter
from detr_gradio.checkpoints import catalogue
from detr_gradio.segmenter import Segmenter, load_segmenter
from tests.support.fake_hub import FakeHub
from tests.support.panoptic_cases import DOG, predictions

PREDICTED = predictions(np.zeros((1, 4, 5)), [DOG])


@pytest.fixture
def counted(small_folder):
    """A segmenter of its own whose passes through the network are counted."""
    whole = load_segmenter(small_folder)
    return Segmenter(whole.checkpoint, CountedNetwork(whole.network))


class CountedNetwork:
    def __init__(self, network):
        self._network = network
        self.input_size = network.input_size
        self.passes = 0

    def predict(self, rgb, detail=None):
        self.passes += 1
        return self._network.predict(rgb, detail)

    def record(self, rgb, detail=None):
        self.passes += 1
        return self._network.record(rgb, detail)


def test_a_result_keeps_its_contract(small_folder, picture):
    result = load_segmenter(small_folder).segment(picture, threshold=0.5)
    assert result.segment_ids.shape == picture.shape[:2]
    assert result.segment_ids.dtype == np.int32
    assert len(result.segments) > 3
    assert [s.id for s in result.segments] == list(range(1, len(result.segments) + 1))
    assert [s.area for s in result.segments] == np.bincount(result.segment_ids.ravel())[1:].tolist()
    assert set(result.timings) >= {"preprocess", "network", "assemble"}
    assert all(seconds >= 0 for seconds in result.timings.values())
    assert result.checkpoint == str(small_folder)
    assert min(result.input_size) == 192


def test_a_segmenter_says_what_it_is():
    said = repr(load_segmenter("toy-scenes"))
    assert said == "<Segmenter with toy-scenes: 133 categories>"


def test_what_is_not_asked_for_is_as_published(counted, picture):
    result = counted.segment(picture)
    assert (result.threshold, result.method) == (0.85, "paper")
    assert result.checkpoint == counted.checkpoint.name
    assert counted.segment(picture, method="reference", threshold=0.6).method == "reference"
    assert counted.segment(picture, threshold=0.6).threshold == 0.6


def test_a_loaded_picture_is_taken_as_it_is(counted, picture, tmp_path, monkeypatch):
    Image.fromarray(picture).save(tmp_path / "a.png")
    expected = counted.segment(picture)
    asked = []
    load_image = segmenter.load_image
    monkeypatch.setattr(segmenter, "load_image", lambda s: asked.append(s) or load_image(s))
    for ask in (counted.segment, counted.predict, counted.attention):
        ask(picture, loaded=True)
    assert asked == []
    for ask in (counted.segment, counted.predict, counted.attention):
        ask(picture)
    assert len(asked) == 3
    # What is no array has still to be loaded.
    result = counted.segment(tmp_path / "a.png", loaded=True)
    assert asked[3:] == [tmp_path / "a.png"]
    assert result.segments == expected.segments


def test_attention_is_kept_beside_predictions(counted, picture):
    first = counted.attention(picture)
    counted.predict(picture)
    assert counted.network.passes == 2
    assert counted.attention(picture) is first
    counted.predict(picture)
    assert counted.network.passes == 2
    counted.attention(picture, owner="ann")
    assert counted.network.passes == 3
    counted.attention(picture, detail=64)
    assert counted.network.passes == 4
    arrays = [value for value in vars(first).values() if isinstance(value, np.ndarray)]
    assert len(arrays) == 6
    assert not any(array.flags.writeable for array in (*arrays, *first.features))


def test_too_little_memory_for_the_map_is_told(counted, picture, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(segmenter, "assemble", fail)
    with pytest.raises(UserError) as refused:
        counted.segment(picture)
    assert refused.value.key == "image_memory"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"threshold": 0.49}, "threshold_out_of_range"),
        ({"threshold": 1.01}, "threshold_out_of_range"),
        ({"method": "other"}, "method_unknown"),
    ],
)
def test_options_are_checked_before_the_picture_is_loaded(counted, tmp_path, options, key):
    with pytest.raises(UserError) as refused:
        counted.segment(tmp_path / "missing.png", **options)
    assert refused.value.key == key


@pytest.mark.parametrize(("detail", "key"), [(64, None), (1333, None), (63, 1), (1334, 1)])
def test_the_edges_of_detail(counted, picture, detail, key):
    asked = []
    counted.network.input_size = lambda *_: asked.append(_) or (1, 1)
    counted.network.predict = lambda *_: PREDICTED
    if key is None:
        counted.predict(picture, detail=detail)
        assert asked == [(150, 190, detail)]
    else:
        with pytest.raises(UserError):
            counted.predict(picture, detail=detail)


def test_every_kind_of_source_gives_the_same(small_folder, picture, tmp_path):
    segment = load_segmenter(small_folder).segment
    path = tmp_path / "picture.png"
    Image.fromarray(picture).save(path)
    expected = segment(picture)
    for source in (path, str(path), path.read_bytes(), Image.fromarray(picture)):
        result = segment(source)
        np.testing.assert_array_equal(result.segment_ids, expected.segment_ids)
        assert result.segments == expected.segments


def test_the_same_input_gives_the_same_result(small_folder, picture):
    """In another segmenter too, which has nothing in its cache."""
    first = load_segmenter(small_folder)
    second = Segmenter(first.checkpoint, first.network)
    ours, again = first.segment(picture), second.segment(picture.copy())
    np.testing.assert_array_equal(ours.segment_ids, again.segment_ids)
    assert ours.segments == again.segments


def test_a_new_threshold_or_method_needs_no_network(counted, picture):
    results = [
        counted.segment(picture, threshold=threshold, method=method)
        for threshold in (0.5, 0.7, 0.99)
        for method in ("paper", "reference")
    ]
    assert counted.network.passes == 1
    assert len(results[0].segments) > len(results[-1].segments)


def test_other_pixels_shapes_and_details_need_the_network(counted, picture):
    counted.predict(picture)
    changed = picture.copy()
    changed[0, 0, 0] ^= 1
    counted.predict(changed)
    counted.predict(np.ascontiguousarray(picture.reshape(190, 150, 3)))  # the same bytes
    counted.predict(picture, detail=128)
    assert counted.network.passes == 4
    counted.predict(picture, detail=192)  # the checkpoint's own
    assert counted.network.passes == 4


def test_the_same_picture_of_another_owner_is_predicted_anew(counted, picture):
    """The time of an answer doesn't tell whether somebody else has sent it."""
    for owner, passes in [("ann", 1), ("bob", 2), ("ann", 2)]:
        counted.segment(picture, owner=owner)
        counted.predict(picture, owner=owner)
        assert counted.network.passes == passes


def test_predictions_for_nobody_are_not_kept(counted, picture):
    for passes in (1, 2):
        counted.segment(picture, owner=None)
        assert counted.network.passes == passes
    counted.segment(picture)
    assert counted.network.passes == 3


def test_what_is_kept_is_nobodys_to_change(counted, picture):
    with pytest.raises(ValueError, match="read-only"):
        counted.predict(picture).mask_logits[...] = 0


def with_cache(counted, monkeypatch, size):
    """A segmenter like another, whose cache has other bounds."""
    room = replace(limits.limits(), cache_bytes=size)
    monkeypatch.setattr(segmenter, "limits", lambda: room)
    return Segmenter(counted.checkpoint, counted.network)


def test_the_cache_is_bounded_in_bytes(counted, picture, monkeypatch):
    pictures = [np.roll(picture, shift, axis=1) for shift in range(3)]
    size = max(counted.network.predict(each).nbytes for each in pictures)
    counted.network.passes = 0
    bounded = with_cache(counted, monkeypatch, int(2.5 * size))
    for each in pictures:
        bounded.predict(each)
    assert counted.network.passes == 3
    bounded.predict(pictures[1])
    bounded.predict(pictures[2])
    assert counted.network.passes == 3
    bounded.predict(pictures[0])  # the least recently used one went
    assert counted.network.passes == 4


def test_no_cache_at_all_still_answers(counted, picture, monkeypatch):
    none = with_cache(counted, monkeypatch, 0)
    assert none.segment(picture).segments == none.segment(picture).segments
    assert counted.network.passes == 2


def test_threads_get_their_own_pictures_and_share_the_work(counted, picture):
    pictures = [np.ascontiguousarray(np.roll(picture, 40 * shift, axis=1)) for shift in range(3)]
    expected = [counted.segment(one) for one in pictures]
    fresh = Segmenter(counted.checkpoint, counted.network)
    before = counted.network.passes
    with ThreadPoolExecutor(12) as threads:
        results = list(threads.map(lambda turn: fresh.segment(pictures[turn % 3]), range(24)))
    assert counted.network.passes - before == 3
    for turn, result in enumerate(results):
        np.testing.assert_array_equal(result.segment_ids, expected[turn % 3].segment_ids)


@pytest.mark.parametrize("detail", [0, -1, 63, 1334, 10**9, float("nan"), "800", 640.5, True])
def test_a_detail_that_cannot_be_is_refused(counted, picture, detail):
    with pytest.raises(UserError, match="detail"):
        counted.segment(picture, detail=detail)
    assert counted.network.passes == 0


def test_what_is_no_picture_is_refused(counted, tmp_path):
    with pytest.raises(ImageError):
        counted.segment(tmp_path / "missing.png")


def test_a_checkpoint_is_loaded_once_however_many_ask(small_folder, monkeypatch):
    loads = []
    load = segmenter.load

    def slowly(name, progress=None):
        loads.append(name)
        gate.wait(5)
        return load(name, progress=progress)

    gate = threading.Event()
    monkeypatch.setattr(segmenter, "load", slowly)
    monkeypatch.setattr(segmenter, "_segmenters", type(segmenter._segmenters)())
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(load_segmenter, small_folder) for _ in range(8)]
        gate.set()
        segmenters = {id(one.result()) for one in asked}
    assert [checkpoint.folder for checkpoint in loads] == [small_folder]
    assert len(segmenters) == 1


def test_a_failed_load_is_tried_again(small_folder, monkeypatch):
    monkeypatch.setattr(segmenter, "_segmenters", type(segmenter._segmenters)())
    load = segmenter.load
    monkeypatch.setattr(segmenter, "load", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_segmenter(small_folder)
    monkeypatch.setattr(segmenter, "load", load)
    assert load_segmenter(small_folder).checkpoint.folder == small_folder


def test_the_least_recently_used_checkpoint_goes(small_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(segmenter, "_segmenters", type(segmenter._segmenters)())
    room = replace(limits.limits(), max_checkpoints=2)
    monkeypatch.setattr(segmenter, "limits", lambda: room)
    folders = [small_folder]
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        for file in small_folder.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        folders.append(folder)
    first, second = (load_segmenter(folder) for folder in folders[:2])
    assert load_segmenter(folders[0]) is first
    load_segmenter(folders[2])
    assert load_segmenter(folders[0]) is first
    assert load_segmenter(folders[1]) is not second


def test_the_network_may_be_made_by_another(small_folder, monkeypatch):
    monkeypatch.setattr(segmenter, "_segmenters", type(segmenter._segmenters)())
    made = []

    def make(loaded, device, precision):
        made.append((loaded.checkpoint.folder, device.type, precision))
        return segmenter.ready_network(loaded, device)

    options = {"device": "cpu", "make_network": make}
    ours = load_segmenter(small_folder, precision="fast", **options)
    assert made == [(small_folder, "cpu", "fast")]
    assert load_segmenter(small_folder, precision="fast", **options) is ours
    load_segmenter(small_folder, **options)
    assert made[1:] == [(small_folder, "cpu", "exact")]


class TestReadyNetwork:
    """A network of one's own is tried, as its parts may not fit each other."""

    @pytest.fixture
    def tried(self, monkeypatch):
        tried = []

        class Tried:
            def __init__(self, loaded, device, *, precision):
                tried.append((device, precision))

            def predict(self, rgb, detail):
                tried.append((rgb.shape, rgb.dtype.name, detail))
                if detail == self.fails_at:
                    raise ValueError("parts")

        Tried.fails_at = None
        monkeypatch.setattr(segmenter, "Network", Tried)
        self.network = Tried
        return tried

    def test_one_of_a_folder_segments_a_small_picture(self, small_folder, tried):
        loaded = segmenter.load(small_folder)
        segmenter.ready_network(loaded, "here", "fast")
        assert tried == [("here", "fast"), ((64, 80, 3), "uint8", 64)]

    def test_a_published_one_does_not(self, small_folder, tried):
        loaded = segmenter.load(small_folder)
        published = catalogue.CATALOGUE[catalogue.DEFAULT]
        segmenter.ready_network(replace(loaded, checkpoint=published), "here")
        assert tried == [("here", "exact")]

    def test_parts_that_do_not_fit_are_told(self, small_folder, tried):
        self.network.fails_at = 64
        loaded = segmenter.load(small_folder)
        with pytest.raises(segmenter.CheckpointUnavailable) as refused:
            segmenter.ready_network(loaded, "here")
        assert refused.value.key == "checkpoint_config"
        assert loaded.checkpoint.title in str(refused.value)


def test_progress_tells_of_the_loading(small_folder, monkeypatch):
    monkeypatch.setattr(segmenter, "_segmenters", type(segmenter._segmenters)())
    told = []
    load_segmenter(small_folder, progress=lambda *step: told.append(step))
    size = (small_folder / "model.safetensors").stat().st_size
    assert told == [("load", 0, size), ("load", size, size)]
    load_segmenter(small_folder, progress=lambda *step: told.append(step))
    assert len(told) == 2


def test_the_package_offers_what_people_need():
    for name in detr_gradio.__all__:
        assert getattr(detr_gradio, name)
    assert {*detr_gradio.__all__, "__version__"} <= set(dir(detr_gradio))
    with pytest.raises(AttributeError, match="nothing"):
        _ = detr_gradio.nothing


def test_a_segmenter_can_be_called(small_folder, picture):
    whole = load_segmenter(small_folder)
    called, segmented = whole(picture, threshold=0.6), whole.segment(picture, threshold=0.6)
    assert called.segments == segmented.segments
    assert called.threshold == 0.6


def test_an_unknown_precision_is_refused(small_folder):
    with pytest.raises(UserError) as refused:
        load_segmenter(small_folder, precision="half")
    assert (refused.value.key, "'half'" in str(refused.value)) == ("precision_unknown", True)


def test_the_device_can_be_chosen(small_folder, monkeypatch):
    monkeypatch.setattr("detr_gradio.model.network.bfloat16_pays", lambda: False)
    on_cpu = load_segmenter(small_folder, device="cpu")
    assert on_cpu.network.device.type == "cpu"
    assert load_segmenter(small_folder, device="cpu") is on_cpu
    assert load_segmenter(small_folder, device="cpu", precision="fast") is not on_cpu


@pytest.mark.parametrize("device", ["cuda:99", "gpu", "xla", "\0"])
def test_a_device_that_is_not_there_is_told(small_folder, device):
    with pytest.raises(UserError) as refused:
        load_segmenter(small_folder, device=device)
    assert refused.value.key == "device_unavailable"
    assert repr(device) in str(refused.value)


class TestMany:
    def test_each_has_its_result_in_order_and_a_bad_one_its_error(self, small_folder, picture):
        segmenter = load_segmenter(small_folder)
        flipped = picture[::-1].copy()
        many = [b"no picture", picture, "missing.png", b"", flipped, b"no picture either"]
        answers = list(segmenter.segment(many, threshold=0.5))
        assert [type(a).__name__ for a in answers] == [
            *("ImageError", "PanopticResult", "ImageError", "ImageError", "PanopticResult"),
            "ImageError",
        ]
        assert answers[2].key == "image_missing"
        for answer, image in ((answers[1], picture), (answers[4], flipped)):
            expected = segmenter.segment(image, threshold=0.5)
            np.testing.assert_array_equal(answer.segment_ids, expected.segment_ids)
        assert list(segmenter(iter([]))) == []

    def test_the_next_ones_are_opened_while_the_network_works_and_no_more(
        self, counted, picture, monkeypatch
    ):
        opened, second = [], threading.Event()

        def load_image(source):
            opened.append(source)
            if len(opened) == 2:
                second.set()
            return picture + np.uint8(source)

        def predict(rgb, detail=None, *, predict=counted.network.predict):
            assert second.wait(30)  # the network has the first one while the second is opened
            return predict(rgb, detail)

        monkeypatch.setattr(segmenter, "load_image", load_image)
        counted.network.predict = predict
        taken = []
        results = counted.segment(taken.append(number) or number for number in range(100))
        assert taken == []
        next(results)
        assert len(taken) == 1 + segmenter.AHEAD
        next(results)
        assert len(taken) == 2 + segmenter.AHEAD
        results.close()
        assert len(opened) <= len(taken) == 2 + segmenter.AHEAD

    def test_a_wrong_option_is_told_at_once(self, small_folder, picture):
        with pytest.raises(UserError):
            load_segmenter(small_folder).segment([picture], threshold=7)
        with pytest.raises(UserError):
            load_segmenter(small_folder).segment([picture], detail=7)

    def test_what_is_neither_picture_nor_many_is_an_error(self, small_folder):
        with pytest.raises(ImageError):
            load_segmenter(small_folder).segment(7)


def test_a_program_may_name_any_folder_and_any_repository(small_folder, tmp_path):
    assert load_segmenter(str(small_folder)) is load_segmenter(small_folder)
    code = """
import numpy as np
from detr_gradio import load_segmenter
print(load_segmenter("someone/panoptic").segment(np.zeros((64, 80, 3), np.uint8)).checkpoint)
"""
    with FakeHub(small_folder, repository="someone/panoptic") as hub:
        told = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert told.stdout == "someone/panoptic\n"
    with pytest.raises(CheckpointUnavailable) as refused:
        catalogue.find("someone/panoptic")  # what a visitor sends stays as strict as it was
    assert refused.value.key == "checkpoint_unknown"


@pytest.mark.parametrize("name", ["", "nothing", "a/b/c", "http://127.0.0.1/x", "\0", "x" * 9999])
def test_what_is_no_name_at_all_is_said_at_once(name):
    with pytest.raises(CheckpointUnavailable) as refused:
        load_segmenter(name)
    assert refused.value.key == "checkpoint_unknown"
