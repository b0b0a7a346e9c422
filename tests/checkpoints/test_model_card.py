"""What is taken from a model card, and that nothing in one does harm."""

import pytest

from detr_gradio.checkpoints.catalogue import Checkpoint
from detr_gradio.checkpoints.model_card import ModelCard, read_card

CARD = """---
license: apache-2.0
base_model:
- facebook/detr-resnet-50-panoptic
model-index:
- name: rooms
  results:
  - task: {type: image-segmentation}
    dataset: {name: "my rooms", type: rooms}
    metrics:
    - {type: accuracy, value: 3}
    - {type: PQ, value: 61.25}
---
# DETR panoptic, rooms

![curve](curve.png)

| a | table |

`DetrForSegmentation`, trained on [my rooms](https://example.com/x)
with **12** categories, 2 of which: a\\|b, &lt;c>.

More.
"""


def card_of(folder, text):
    (folder / "README.md").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_card(Checkpoint(name=str(folder), title="x", folder=folder))


def test_its_facts(tmp_path):
    assert card_of(tmp_path, CARD) == ModelCard(
        license="apache-2.0",
        base="facebook/detr-resnet-50-panoptic",
        data="my rooms",
        pq=61.25,
        words="DetrForSegmentation, trained on my rooms with 12 categories, 2 of which: a|b, <c>.",
    )


def test_without_metadata_there_are_words(tmp_path):
    assert card_of(tmp_path, "# Title\n\nJust\nwords.") == ModelCard(words="Just words.")
    assert read_card(Checkpoint(name="x", title="x", folder=tmp_path / "none")) == ModelCard()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0\0\0",
        "---\n[\n---\n",
        "---\n- a list\n---\n",
        "---\nlicense: {a: 1}\nbase_model: 7\nmodel-index: 3\n---\n",
        "---\nmodel-index: [{results: [{metrics: [{type: pq, value: 1e99}]}]}]\n---\n",
        "---\nmodel-index: [{results: [{metrics: [{type: pq, value: much}]}]}]\n---\n",
        "---\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nlicense: *c\n---\n",
        "---\nlicense: !!python/object/apply:os.system [exit]\n---\n",
        "---\n" + "[" * 50_000 + "\n---\n",
    ],
)
def test_a_card_that_can_t_be_read_says_nothing(tmp_path, text):
    assert card_of(tmp_path, text) == ModelCard()


def test_what_it_says_is_short(tmp_path):
    card = card_of(tmp_path, f"---\nlicense: {'x' * 5000}\n---\n" + "word " * 90_000)
    assert len(card.license) == 80
    assert len(card.words) == 400
