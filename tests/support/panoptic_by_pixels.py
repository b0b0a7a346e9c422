"""Panoptic results pixel by pixel: slow and plain, read anew from what was published.

Nothing of the package is used, and little of NumPy. ``released`` is what ``PostProcessPanoptic``
does in DETR's code (facebookresearch/detr, ``models/segmentation.py``); ``paper`` is what section
4.4.1 of Carion et al. 2020 says. A map is a list of rows; its values are the places of queries in
the predictions, of the first query for stuff with several, and None for void.
"""

import numpy as np
from PIL import Image

LAST_THING = 90


def released(predictions, threshold):
    """Return the map of the released code, and the queries that have a segment in it."""
    kept = above(predictions, threshold)
    owners = best_of(predictions, kept)
    # "Merge the masks corresponding to the same stuff class": in the first picture alone.
    first = first_of_its_stuff(predictions, kept)
    owners = [[first[owner] for owner in row] for row in owners] if kept else owners
    while kept:
        stay = [query for query in kept if count(owners, query) > 4]
        if stay == kept:
            break
        kept = stay
        owners = best_of(predictions, kept)
    return owners, kept


def paper(predictions, threshold):
    """Return the map as the paper words it, and the queries that have a segment in it.

    Detections above the threshold, the argmax at each pixel, masks of the same stuff collapsed
    into one, and the empty ones filtered out, of which the released code says: 4 pixels or fewer.
    """
    kept = above(predictions, threshold)
    while True:
        first = first_of_its_stuff(predictions, kept)
        owners = [[first.get(owner) for owner in row] for row in best_of(predictions, kept)]
        stay = [query for query in kept if count(owners, first[query]) > 4]
        if stay == kept:
            return owners, sorted(set(first.values()))
        kept = stay


def above(predictions, threshold):
    least = np.float32(threshold)  # torch compares with a number of the scores' own precision
    return [query for query, score in enumerate(predictions.scores) if score > least]


def first_of_its_stuff(predictions, queries):
    """Return the first query of each one's kind of stuff; each thing is its own."""
    categories = predictions.category_ids.tolist()
    return {
        query: query
        if categories[query] <= LAST_THING
        else next(other for other in queries if categories[other] == categories[query])
        for query in queries
    }


def best_of(predictions, queries):
    """Return the map of the queries with the largest logits, the first of equals."""
    masks = predictions.mask_logits.tolist()
    (height, width), (rows, columns) = predictions.input_size, predictions.image_size
    # The map is reduced or enlarged by Pillow, as in the released code.
    places = np.arange(height * width, dtype=np.int32).reshape(height, width)
    places = Image.fromarray(places).resize((columns, rows), Image.Resampling.NEAREST)
    owners = []
    for row in np.asarray(places).tolist():
        owners.append([])
        for place in row:
            y, x = divmod(place, width)
            owner, most = None, None
            for query in queries:
                value = stretched(masks[query], y, x, height, width)
                if most is None or value > most:
                    owner, most = query, value
            owners[-1].append(owner)
    return owners


def stretched(mask, y, x, height, width):
    """Return a pixel of a mask stretched bilinearly, centres of pixels at half integers."""
    top, bottom, down = between(y, height, len(mask))
    left, right, across = between(x, width, len(mask[0]))
    upper = mask[top][left] * (1 - across) + mask[top][right] * across
    lower = mask[bottom][left] * (1 - across) + mask[bottom][right] * across
    return upper * (1 - down) + lower * down


def between(pixel, size, samples):
    """Return the samples before and after a pixel, and the weight of the second."""
    place = max((pixel + 0.5) * samples / size - 0.5, 0)
    low = int(place)
    return low, min(low + 1, samples - 1), place - low


def count(owners, query):
    return sum(owner == query for row in owners for owner in row)


def listed(owners, queries, category_ids):
    """Return what a map has to come out as: ids by pixel, and what is said of each segment.

    The largest segment has the id 1, and the earlier query goes first among equal ones.

    Returns:
        Rows of ids, 0 for void; (id, category id, number, area, (x, y, width, height)) by id.
    """
    order = sorted(queries, key=lambda query: (-count(owners, query), query))
    ids = [[order.index(owner) + 1 if owner in order else 0 for owner in row] for row in owners]
    segments, numbers = [], {}
    for query in order:
        category = int(category_ids[query])
        numbers[category] = numbers.get(category, 0) + 1
        ys = [y for y, row in enumerate(owners) for owner in row if owner == query]
        xs = [x for row in owners for x, owner in enumerate(row) if owner == query]
        box = (min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1)
        segments.append((order.index(query) + 1, category, numbers[category], len(xs), box))
    return ids, segments
