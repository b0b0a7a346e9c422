"""A run whose list, pictures and results are in an object store that speaks S3."""

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("moto")

from moto.server import ThreadedMotoServer
from pyarrow import fs

from detr_gradio import load_segmenter, read_results
from detr_gradio.batch.manifest import is_manifest, remote_pictures
from detr_gradio.batch.storage import write_file
from detr_gradio.cli import main
from detr_gradio.messages import message
from tests.support.small_scenes import scene, write_scene


@pytest.fixture(scope="module")
def options():
    """What leads to the store, after the question mark of each place; the bucket is "shots"."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        reached = {"endpoint_override": address, "scheme": "http", "region": "us-east-1"}
        fs.S3FileSystem(allow_bucket_creation=True, **reached).create_dir("shots")
        yield "?" + "&".join(f"{name}={value}" for name, value in reached.items())
    server.stop()


def test_a_run_reads_and_writes_there(options, tmp_path, one_thread):
    for number in range(3):
        content = write_scene(tmp_path / "a.jpg", number).read_bytes()
        write_file(f"s3://shots/photos/{number}.jpg{options}", content)
    listed = b"id,path\nfirst,0.jpg\nsecond,2.jpg\ngone,3.jpg\n"
    write_file(f"s3://shots/photos/list.csv{options}", listed)
    assert is_manifest(f"s3://shots/photos/list.csv{options}")

    place = f"s3://shots/results/{options}"
    words = ["segment", f"s3://shots/photos/list.csv{options}", "--output", place]
    words += ["--checkpoint", "toy-scenes", "--format", "parquet", "overlay", "--workers", "1"]
    assert main([*words, "--language", "en"]) == 1
    assert main([*words, "--language", "en"]) == 1  # again: nothing is left to do

    results = read_results(place)
    assert len(results) == 3
    assert dict(results.errors()) == {"gone": message("image_missing")}
    write_scene(tmp_path / "b.jpg", 2)
    expected = load_segmenter("toy-scenes").segment(tmp_path / "b.jpg")
    assert np.array_equal(results["second"].segment_ids, expected.segment_ids)
    beside = list(remote_pictures(f"s3://shots/results/_overlay{options}", {".png"}))
    assert beside == [
        f"s3://shots/results/_overlay/{name}.png{options}" for name in ("first", "second")
    ]


def test_a_pattern_has_options_too(options, tmp_path):
    scene(0).save(tmp_path / "a.jpg")
    for name in ("x/1.jpg", "x/2.png", "y/3.jpg"):
        write_file(f"s3://shots/many/{name}{options}", (tmp_path / "a.jpg").read_bytes())
    found = list(remote_pictures(f"s3://shots/many/*/*.jpg{options}", {".jpg", ".png"}))
    assert found == [f"s3://shots/many/{name}{options}" for name in ("x/1.jpg", "y/3.jpg")]
