"""A stand-in for ZeroGPU: what crosses the border is pickled, and nothing that stays behind is."""

import pickle
import sys
import types

import numpy as np
import pytest

from detr_gradio.checkpoints.catalogue import DEFAULT
from detr_gradio.service.zerogpu import GPU_SECONDS, with_zerogpu
from tests.support.fake import FakeSegmenter, fake_predictions

IMAGE = np.zeros((60, 80, 3), np.uint8)


class Network:
    def input_size(self, height, width, detail=None):
        return (height, width)

    def predict(self, rgb, detail=None):
        return fake_predictions(rgb.shape[:2], detail or 800)

    def record(self, rgb, detail=None):
        raise NotImplementedError


class Segmenter(FakeSegmenter):
    """Takes what ``segmenter.Segmenter`` takes and predicts through its network."""

    def __init__(self, checkpoint, network):
        super().__init__(checkpoint.name)
        self.network = network

    def predict(self, image, *, detail=None):
        return self.network.predict(image, detail)


@pytest.fixture
def border(monkeypatch):
    """Everything that crosses, as bytes: (arguments, result) of each call."""
    crossed = []

    def gpu(duration):
        assert duration == GPU_SECONDS

        def decorate(function):
            def call(*arguments):
                sent = pickle.dumps(arguments)
                result = pickle.dumps(function(*pickle.loads(sent)))
                crossed.append((sent, result))
                return pickle.loads(result)

            return call

        return decorate

    spaces = types.SimpleNamespace(GPU=gpu)
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    return crossed


def segmenter():
    return Segmenter(FakeSegmenter(DEFAULT).checkpoint, Network())


def test_only_cpu_data_crosses(border):
    lent = with_zerogpu(segmenter())
    result = lent.segment(IMAGE, threshold=0.6)
    assert len(result.segments) == 5
    ((sent, returned),) = border
    assert b"torch" not in sent + returned
    rgb, detail = pickle.loads(sent)
    np.testing.assert_array_equal(rgb, IMAGE)
    assert detail is None


def test_one_lent_segmenter_for_each(border):
    one = segmenter()
    assert with_zerogpu(one) is with_zerogpu(one)
    assert with_zerogpu(segmenter()) is not with_zerogpu(one)


def test_without_spaces_nothing_changes(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)
    one = segmenter()
    assert with_zerogpu(one) is one
