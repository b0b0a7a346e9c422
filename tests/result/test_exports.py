import csv
import io
import json

import cv2
import numpy as np
import pandas as pd
from hotcoco.panoptic import pq_compute
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from detr_gradio.result import exports
from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import assemble
from tests.support.panoptic_cases import GRASS, PERSON, SKY, random_predictions


def write_coco(folder, results):
    """Write results as a COCO panoptic folder, the way a user would."""
    folder.mkdir()
    images, annotations = [], []
    for image_id, result in enumerate(results, 1):
        png, annotation = exports.coco_panoptic(result, image_id, f"{image_id:03}.jpg")
        cv2.imwrite(str(folder / annotation["file_name"]), png[..., ::-1])
        images.append(exports.coco_image(result, image_id, f"{image_id:03}.jpg"))
        annotations.append(annotation)
    path = folder.with_suffix(".json")
    path.write_text(json.dumps(exports.coco_dataset(images, annotations, COCO)))
    return path


def test_the_png_holds_the_ids_and_the_json_describes_them(result):
    png, annotation = exports.coco_panoptic(result, 7, "photos/street.jpeg")
    assert png.shape == (40, 60, 3)
    assert png.dtype == np.uint8
    assert np.array_equal(png @ np.array([1, 256, 65536]), result.segment_ids)
    assert annotation == {
        "image_id": 7,
        "file_name": "street.png",
        "segments_info": [
            {"id": 1, "category_id": GRASS, "area": 1020, "bbox": [0, 20, 60, 20], "iscrowd": 0},
            {"id": 2, "category_id": SKY, "area": 1000, "bbox": [0, 0, 60, 20], "iscrowd": 0},
            {"id": 3, "category_id": PERSON, "area": 200, "bbox": [5, 10, 10, 20], "iscrowd": 0},
            {"id": 4, "category_id": PERSON, "area": 180, "bbox": [30, 10, 10, 18], "iscrowd": 0},
        ],
    }


def test_ids_above_255_go_to_green_and_blue(result):
    big = type(result)(
        **{**vars(result), "segment_ids": np.array([[1, 256, 70000]]), "segments": ()}
    )
    png, _ = exports.coco_panoptic(big, 1, "a")
    assert png.tolist() == [[[1, 0, 0], [0, 1, 0], [112, 17, 1]]]


def test_an_export_against_itself_has_a_pq_of_100(result, tmp_path):
    rng = np.random.default_rng(1)
    others = [
        assemble(random_predictions(rng, 10, (8, 12), image_size=(50, 70)), threshold=0.6)
        for _ in range(4)
    ]
    assert all(other.segments for other in others)
    path = write_coco(tmp_path / "panoptic", [result, *others])
    scores = pq_compute(str(path), str(path))
    assert list(scores["per_class"]) == list(COCO)
    assert scores["All"]["pq"] == scores["Things"]["pq"] == scores["Stuff"]["pq"] == 1
    assert scores["All"]["sq"] == scores["All"]["rq"] == 1


def test_the_dataset_document_has_what_coco_s_tools_ask_for(result):
    document = exports.coco_dataset([exports.coco_image(result, 1, "a.jpg")], [], COCO)
    assert document["images"] == [{"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}]
    assert len(document["categories"]) == 133
    assert document["categories"][0] == {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "isthing": 1,
        "color": [220, 20, 60],
    }
    assert sum(category["isthing"] for category in document["categories"]) == 80


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_run_lengths_decode_to_the_same_masks(seed, image_size):
    rng = np.random.default_rng(seed)
    result = assemble(random_predictions(rng, 8, image_size=image_size), threshold=0.5)
    document = json.loads(json.dumps(exports.segments_json(result)))
    assert len(document["segments"]) == len(result.segments)
    for entry in document["segments"]:
        decoded = coco_mask.decode(entry["rle"])
        assert np.array_equal(decoded, result.segment_ids == entry["id"])
        assert coco_mask.area(entry["rle"]) == entry["area"]
        assert coco_mask.toBbox(entry["rle"]).tolist() == entry["bbox"]


def test_segments_json(result):
    document = exports.segments_json(result)
    second = document["segments"][1]
    assert set(second.pop("rle")) == {"size", "counts"}
    assert second == {
        "id": 2,
        "category_id": SKY,
        "category": "sky-other-merged",
        "label": "sky",
        "number": 1,
        "is_thing": False,
        "score": 0.9876,
        "area": 1000,
        "area_fraction": 0.416667,
        "bbox": [0, 0, 60, 20],
        "query": 0,
    }
    assert (document["width"], document["height"]) == (60, 40)
    assert document["checkpoint"] == "toy"
    assert document["timings"]["network"] == 1.2346
    assert document["void_area"] == 0


def test_legend_in_both_languages(result):
    english = list(csv.DictReader(io.StringIO(exports.legend_csv(result))))
    spanish = list(csv.DictReader(io.StringIO(exports.legend_csv(result, "es"))))
    assert [row["name"] for row in english] == ["grass", "sky", "person 1", "person 2"]
    assert [row["nombre"] for row in spanish] == ["césped", "cielo", "persona 1", "persona 2"]
    assert [row["kind"] for row in english] == ["stuff", "stuff", "thing", "thing"]
    assert [row["tipo"] for row in spanish] == ["materia", "materia", "cosa", "cosa"]
    assert english[2]["confidence"] == "0.95"
    assert english[3]["number"] == "2"
    assert english[0]["COCO name"] == "grass-merged"


def test_the_whole_legend(result):
    assert exports.legend_csv(result).split("\r\n") == [
        "segment,name,number,kind,confidence,pixels,share of the image,x,y,width,height,colour,"
        "COCO id,COCO name,by hand",
        "1,grass,1,stuff,0.9,1020,0.425,0,20,60,20,#8cb57b,193,grass-merged,0",
        "2,sky,1,stuff,0.9876,1000,0.416667,0,0,60,20,#94bdde,187,sky-other-merged,0",
        "3,person 1,1,thing,0.95,200,0.083333,5,10,10,20,#ef214a,1,person,0",
        "4,person 2,2,thing,0.97,180,0.075,30,10,10,18,#ff7e66,1,person,0",
        "",
    ]
    header = exports.legend_csv(result, "es").split("\r\n")[0]
    assert header == (
        "segmento,nombre,número,tipo,confianza,píxeles,parte de la imagen,x,y,ancho,alto,color,"
        "id de COCO,nombre en COCO,a mano"
    )


def test_pandas_reads_numbers_as_numbers_and_names_as_text(result):
    table = pd.read_csv(io.BytesIO(exports.legend_csv(result).encode("utf-8-sig")))
    assert table.select_dtypes("number").columns.tolist() == [
        *("segment", "number", "confidence", "pixels", "share of the image"),
        *("x", "y", "width", "height", "COCO id", "by hand"),
    ]
    assert table["pixels"].sum() == 40 * 60
    assert table["confidence"].tolist() == [0.9, 0.9876, 0.95, 0.97]


def test_json_has_as_many_digits_as_are_worth_reading(result):
    document = exports.segments_json(result)
    assert [s["score"] for s in document["segments"]] == [0.9, 0.9876, 0.95, 0.97]
    assert [s["area_fraction"] for s in document["segments"]] == [0.425, 0.416667, 0.083333, 0.075]
    assert document["segments"][2]["rle"] == {
        "size": [40, 60],
        "counts": "b6d0d000000000000000000ng1",
    }
