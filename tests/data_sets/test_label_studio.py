"""``convert`` reads Label Studio's export."""

import base64
import io
import json

import numpy as np
from PIL import Image

from tests.support.conversion_cases import (
    area,
    picture,
    require,
    segments,
)


def label_studio_result(kind, value, **more):
    sizes = {"original_width": 20, "original_height": 16, "image_rotation": 0}
    return {"id": more.pop("id", kind), "type": kind, "value": value, **sizes, **more}


def test_label_studio_s_shapes_and_which_annotation_counts(tmp_path, convert):
    picture(tmp_path / "images" / "a b.png")
    picture(tmp_path / "images" / "c.png", 1)
    buffer = io.BytesIO()
    alpha = np.zeros((16, 20, 4), np.uint8)
    alpha[12:, :5, 3] = 255
    Image.fromarray(alpha).save(buffer, "PNG")
    address = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    box = {"x": 50, "y": 0, "width": 50, "height": 50, "rotation": 0}
    results = [
        label_studio_result("rectanglelabels", {**box, "rectanglelabels": ["sky"]}),
        # A shape and its label may be two results of one id.
        label_studio_result("polygon", {"points": [[0, 0], [20, 0], [20, 25], [0, 25]]}, id="x"),
        label_studio_result("labels", {"labels": ["dog"]}, id="x"),
        label_studio_result("bitmask", {"imageDataURL": address}, id="y"),
        label_studio_result("labels", {"labels": ["car"]}, id="y"),
        label_studio_result("choices", {"choices": ["sunny"]}),
        label_studio_result("keypointlabels", {"x": 1, "y": 1, "keypointlabels": ["dog"]}),
        label_studio_result("brushlabels", {"rle": 10**12, "brushlabels": ["dog"]}),
        label_studio_result("brushlabels", {"rle": [255] * 9, "brushlabels": ["dog"]}),
        label_studio_result("rectanglelabels", box, id="z"),
    ]
    turned = label_studio_result("rectanglelabels", {**box, "rectanglelabels": ["sky"]})
    results.append({**turned, "image_rotation": 90})
    tasks = [
        {
            "data": {"text": "x", "image": "/data/upload/3/0a1b2c3d-a%20b.png"},
            "annotations": [
                {"result": results[:1], "was_cancelled": True},
                {"result": results, "ground_truth": True},
                {"result": []},
            ],
        },
        {
            "data": {"img": "/data/local-files/?d=photos%2Fc.png"},
            "annotations": [],
            "predictions": [{"result": []}, {"result": results[:1]}],
        },
        {"data": {}},
        {"data": {"image": "https://example.com/none.png"}, "annotations": [{"result": []}]},
    ]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    told = convert(tmp_path / "tasks.json", "--stuff", "sky", status=1)
    assert [kind for kind, _ in told] == [
        *("region_no_area", "region_runs", "region_size", "region_category", "region_turned"),
        *("predictions", "picture_entry", "picture_missing"),
    ]
    found = segments(tmp_path, "a b.png")
    require(
        found,
        ("sky", 0, area(10, 0, 20, 8)),
        ("dog", 0, area(0, 0, 4, 4)),
        ("car", 0, area(0, 12, 5, 16)),
    )
    require(segments(tmp_path, "c.png"), ("sky", 0, area(10, 0, 20, 8)))
