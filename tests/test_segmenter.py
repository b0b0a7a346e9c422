"""The class that people import: results, the cache of predictions, and threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import detr_gradio
from detr_gradio import ImageError, UserError, limits, segmenter
from detr_gradio.segmenter import Segmenter, load_segmenter


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
    assert loads == [small_folder]
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


def test_the_device_can_be_chosen(small_folder):
    on_cpu = load_segmenter(small_folder, device="cpu")
    assert on_cpu.network.device.type == "cpu"
    assert load_segmenter(small_folder, device="cpu") is on_cpu
    assert load_segmenter(small_folder, device="cpu", half_precision=True) is not on_cpu


@pytest.mark.parametrize("device", ["cuda:99", "gpu", "xla", "\0"])
def test_a_device_that_is_not_there_is_told(small_folder, device):
    with pytest.raises(UserError) as refused:
        load_segmenter(small_folder, device=device)
    assert refused.value.key == "device_unavailable"
    assert repr(device) in str(refused.value)
