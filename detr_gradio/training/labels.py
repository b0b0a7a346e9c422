"""The network learns other categories: rows of its class head that both know stay."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import DetrForSegmentation

from ..evaluation.matching import match_categories
from ..result.categories import Categories, clean_name

Entry = Mapping[str, Any]
NEW_ROW = 0.02  # standard deviation of its weights


@dataclass(frozen=True)
class Labels:
    """The categories of a data set, in the order of the network's logits.

    Attributes:
        entries: of COCO panoptic's ``categories``, one for each label.
        known: the checkpoint's label of each that it knows too, by the new label.
    """

    entries: tuple[Entry, ...]
    known: Mapping[int, int]

    def by_id(self) -> dict[int, int]:
        """Return the label of each category id."""
        return {entry["id"]: label for label, entry in enumerate(self.entries)}

    def categories_json(self) -> str:
        """Return the contents of the checkpoint's ``categories.json``."""
        listed = [{**entry, "index": label} for label, entry in enumerate(self.entries)]
        return json.dumps(listed, ensure_ascii=False, indent=1) + "\n"


def choose_labels(
    entries: Mapping[int, dict[str, Any]], model: DetrForSegmentation, ours: Categories
) -> Labels:
    """Return the labels of a data set's categories, beside those of the checkpoint.

    Those of the same name and kind are the same. A row of zeros was switched off: it knows
    nothing.

    Args:
        entries: of the data set's ``categories``, by id.
        model: the checkpoint's.
        ours: the checkpoint's categories.
    """
    matching = match_categories({**entries}, ours, "names", "")
    weight = model.detr.class_labels_classifier.weight
    places = {category.id: label for label, category in ours.by_label.items()}
    known = {}
    for label, category_id in enumerate(entries):
        place = places.get(matching.ids[category_id])
        if place is not None and weight[place].any():
            known[label] = place
    names = ("id", "name", "isthing", "color", "supercategory", "names")
    kept = ({name: entry[name] for name in names if name in entry} for entry in entries.values())
    return Labels(tuple(kept), known)


@torch.no_grad()
def replace_head(model: DetrForSegmentation, labels: Labels, seed: int) -> None:
    """Give the network a class head for ``labels``, and its configuration their names.

    The last row, "no object", stays; new rows begin with small random weights.
    """
    old = model.detr.class_labels_classifier
    count = len(labels.entries)
    head = nn.Linear(old.in_features, count + 1)
    noise = torch.Generator().manual_seed(seed)
    head.weight.normal_(std=NEW_ROW, generator=noise)
    head.bias.zero_()
    for new, place in {**labels.known, count: old.out_features - 1}.items():
        head.weight[new], head.bias[new] = old.weight[place], old.bias[place]
    model.detr.class_labels_classifier = head
    names = [clean_name(entry["name"]) for entry in labels.entries]
    model.config.id2label = dict(enumerate(names))
    model.config.label2id = {name: label for label, name in reversed([*enumerate(names)])}
