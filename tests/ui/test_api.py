"""The contract of the endpoints: names, order, types, and the same result as ``Segmenter``."""

import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from pycocotools import mask as rle

from detr_gradio.checkpoints.catalogue import CATALOGUE, DEFAULT

PICTURE = Path(__file__).parents[2] / "examples" / "photo-cows.jpg"


@pytest.fixture(scope="module")
def client(url):
    return Client(url, verbose=False)


@pytest.fixture(scope="module")
def answer(client):
    return client.predict(handle_file(PICTURE), threshold=0.6, api_name="/segment")


def test_names_order_and_types(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert set(endpoints) == {"/segment", "/checkpoints", "/categories"}
    segment = endpoints["/segment"]
    assert [each["parameter_name"] for each in segment["parameters"]] == [
        "image",
        "checkpoint",
        "threshold",
        "detail",
        "method",
    ]
    defaults = {each["parameter_name"]: each["parameter_default"] for each in segment["parameters"]}
    assert defaults == {
        "image": None,
        "checkpoint": None,
        "threshold": 0.85,
        "detail": None,
        "method": "paper",
    }
    assert [each["label"] for each in segment["returns"]] == ["overlay", "segments", "panoptic"]
    assert endpoints["/checkpoints"]["parameters"] == []
    (checkpoint,) = endpoints["/categories"]["parameters"]
    assert (checkpoint["parameter_name"], checkpoint["parameter_default"]) == ("checkpoint", None)


def test_same_result_as_the_segmenter(answer, service):
    overlay, segments, panoptic = answer
    result = service.segmenters[DEFAULT].segment(PICTURE, threshold=0.6)
    rgb = np.asarray(Image.open(panoptic).convert("RGB"), np.int64)
    np.testing.assert_array_equal(rgb @ [1, 256, 65536], result.segment_ids)
    assert Image.open(overlay).size == (segments["width"], segments["height"])
    assert segments["checkpoint"] == DEFAULT
    found = [
        (each["id"], each["category_id"], each["is_thing"], each["area"], tuple(each["bbox"]))
        for each in segments["segments"]
    ]
    assert found == [
        (each.id, each.category_id, each.is_thing, each.area, each.bbox) for each in result.segments
    ]


def test_every_segment_has_its_mask_as_run_lengths(answer):
    _, segments, panoptic = answer
    ids = np.asarray(Image.open(panoptic).convert("RGB"), np.int64) @ [1, 256, 65536]
    assert set(segments) >= {"width", "height", "checkpoint", "timings", "segments"}
    for segment in segments["segments"]:
        assert set(segment) >= {"label", "score", "area_fraction", "rle"}
        np.testing.assert_array_equal(rle.decode(segment["rle"]), ids == segment["id"])


def test_checkpoints_and_categories(client):
    checkpoints = client.predict(api_name="/checkpoints")
    assert [each["name"] for each in checkpoints] == list(CATALOGUE)
    assert {each["state"] for each in checkpoints} == {"ready"}
    assert checkpoints[0]["pq"] == 45.1
    categories = client.predict(api_name="/categories")
    assert len(categories) == 133
    assert categories[0]["name"] == categories[0]["label"] == "person"
    assert categories[0]["label_es"] == "persona"
    assert sum(each["is_thing"] for each in categories) == 80
    assert client.predict("toy-scenes", api_name="/categories") == categories
    with pytest.raises(AppError, match="someone/else"):
        client.predict("someone/else", api_name="/categories")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"checkpoint": "someone/else"}, "someone/else"),
        ({"checkpoint": "/etc"}, "/etc"),
        ({"method": "magic"}, "There is no method 'magic'. Use one of: paper, reference."),
        ({"threshold": 1.5}, "The threshold must be a number from 0.5 to 1, not 1.5."),
    ],
)
def test_wrong_parameters_get_a_sentence(client, parameters, sentence):
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(PICTURE), **parameters, api_name="/segment")
    assert sentence in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This file is not a picture that can be read here."),
        ("es-MX,es;q=0.9,en;q=0.5", "Este archivo no es una imagen que se pueda leer aquí."),
    ],
)
def test_a_bad_file_gets_a_sentence_in_the_callers_language(url, tmp_path, language, sentence):
    bad = tmp_path / "bad.jpg"
    bad.write_text("not a picture")
    client = Client(url, verbose=False, headers={"Accept-Language": language})
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(bad), api_name="/segment")
    assert sentence in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_no_picture_gets_a_sentence(client):
    with pytest.raises(AppError, match="There is no picture yet"):
        client.predict(None, api_name="/segment")


@pytest.mark.parametrize(
    "more", [{}, {"meta": {}}, {"meta": {"_type": "a"}}, {"url": str(PICTURE)}]
)
@pytest.mark.parametrize("path", [PICTURE, PICTURE.relative_to(Path.cwd())])
def test_a_file_that_was_not_uploaded_is_not_read(client, url, path, more):
    request = {"data": [{"path": str(path), **more}, "", 0.85, 320, "paper"]}
    posted = httpx.post(f"{url}gradio_api/call/segment", json=request, timeout=60)
    event = posted.json()["event_id"]
    answer = httpx.get(f"{url}gradio_api/call/segment/{event}", timeout=60).text
    assert "event: error" in answer
    assert "There is no picture yet" in answer


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"threshold": "high"}, "The threshold must be a number from 0.5 to 1, not 'high'."),
        ({"threshold": {"a": 1}}, "The threshold must be a number from 0.5 to 1, not {'a': 1}."),
        ({"detail": "fine"}, "The detail must be a whole number from 64 to 1333, not 'fine'."),
        ({"detail": 320.5}, "The detail must be a whole number from 64 to 1333, not 320.5."),
        ({"detail": [320]}, "The detail must be a whole number from 64 to 1333, not [320]."),
        ({"detail": 10**30}, "The detail must be a whole number from 64 to 1333, not 1000"),
    ],
)
def test_wrong_types_get_a_sentence(client, parameters, sentence):
    client.predict(handle_file(PICTURE), api_name="/segment")  # from now on there is an estimate
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(PICTURE), **parameters, api_name="/segment")
    assert sentence in str(caught.value)


def test_a_whole_number_may_be_a_float(client):
    client.predict(handle_file(PICTURE), detail=320.0, api_name="/segment")


def test_nothing_is_said_of_the_servers_files(client, answer):
    _, segments, _ = answer
    said = json.dumps(segments) + json.dumps(client.view_api(return_format="dict"))
    assert str(Path(__file__).parents[2]) not in said
