"""What the browser's code sends of a correction is what the server reads."""

from __future__ import annotations

import base64
import json

import numpy as np

from detr_gradio.result.corrections import corrected
from detr_gradio.ui.viewer import __file__ as viewer_file
from detr_gradio.ui.viewer.correction import correction_value
from tests.support.viewer_app import CAR, PERSON, quarters
from tests.ui.test_scripts import run_node

SEND = """
const folder = process.argv[1];
const load = (name) => import(`file://${folder}/${name}.js`);
const [{ decodeIds }, { LabelMap }, { remove, setCategory, split, merge }, { correctedFile }] =
  await Promise.all(["segments", "label_map", "edits", "corrected_file"].map(load));
let text = "";
for await (const part of process.stdin) text += part;
const { fingerprint, network: { ids, segments }, category } = JSON.parse(text);
const map = new LabelMap(await decodeIds(ids), ids.width, ids.height, segments);
setCategory(map, [3], category); // the person
remove(map, [4], false); // the car
merge(map, [1, 2]); // sky and grass
const file = await correctedFile(map, fingerprint);
console.log(Buffer.from(await file.arrayBuffer()).toString("base64"));
"""


def test_the_server_reads_what_the_browser_sends():
    _, network = quarters()
    value = correction_value(network, network, "en")
    assert value["now"] is None
    assert value["categories"][0] == {
        "name": "person",
        "is_thing": True,
        "colors": [
            "#ef214a", *value["categories"][0]["colors"][1:],
        ],
    }  # fmt: skip
    value["category"] = [*network.categories].index(CAR)
    done = run_node(
        "--input-type=module", "-e", SEND, viewer_file.rpartition("/")[0], text=json.dumps(value)
    )
    assert done.returncode == 0, done.stderr
    result = corrected(network, base64.b64decode(done.stdout))
    before = network.segment_ids
    expected = np.where(np.isin(before, [1, 2]), 1, np.where(before == 3, 2, 0))
    np.testing.assert_array_equal(result.segment_ids, expected)
    told = [(each.name(), each.query, each.score, each.hand_made) for each in result.segments]
    assert told == [("sky", 0, 0.97, True), ("car 1", 6, 1.0, True)]
    assert [segment["id"] for segment in value["network"]["segments"]] == [1, 2, 3, 4]
    assert PERSON not in {each.category_id for each in result.segments}


def test_what_was_corrected_before_comes_beside_the_network_s_answer():
    _, network = quarters()
    value = correction_value(network, quarters()[1], "es")
    assert value["now"] == value["network"]
    assert value["categories"][1]["name"] == "bicicleta"
