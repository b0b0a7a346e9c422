"""Figures of the pages that explain, drawn by code, with their captions in both languages."""

from __future__ import annotations

from html import escape

import numpy as np

from ....images.resize import shrink
from ...markup import bilingual_pair, jpeg_bytes, jpeg_data_url
from ...pictures import picture_address

SHOWN_SIDE = 560  # pictures in the text are at most so many pixels wide or high
QUALITY = 88
"""Of their JPEG."""

# (English, Spanish, shape of what comes out) of each station on the way through DETR.
STATIONS = (
    ("picture", "imagen", "3 × H × W"),
    ("backbone", "red base", "256 × H/32 × W/32"),
    ("encoder", "codificador", "256 × H/32 × W/32"),
    ("decoder", "decodificador", "100 × 256"),
    ("class + box", "clase + caja", "100 × 251, 100 × 4"),
    ("mask head", "máscaras", "N × H/4 × W/4"),
    ("argmax", "argmax", "H × W"),
)


def figure(
    image: np.ndarray, title: tuple[str, str], facts: str = "", *, of_page: bool = False
) -> str:
    """Return a picture with its title and figures below it.

    Args:
        image: (H, W, 3) uint8 RGB.
        title: in English and Spanish.
        facts: the same in both languages, such as a shape.
        of_page: whether it is the same for everybody, and a file; one of somebody's picture
            travels within the HTML.
    """
    facts = f' <span class="facts">{escape(facts)}</span>' if facts else ""
    english, spanish = title
    height, width = image.shape[:2]  # the page leaves the room before the picture is decoded
    shown = shrink(image, SHOWN_SIDE)
    if of_page:
        source = picture_address(jpeg_bytes(shown, QUALITY), "jpg")
    else:
        source = jpeg_data_url(shown, QUALITY)
    return (
        f'<figure><img src="{source}" width="{width}" height="{height}" '
        f'alt="{escape(english)} / {escape(spanish)}" loading="lazy">'
        f"<figcaption><b>{bilingual_pair(english, spanish)}</b>{facts}</figcaption></figure>"
    )


def row(*figures: str, kind: str = "") -> str:
    """Return figures side by side; below each other where it is narrow."""
    return f'<div class="row {kind}">{"".join(figures)}</div>'


def pipeline() -> str:
    """Return the way through DETR as drawings: from left to right, and downwards for telephones."""
    return _pipeline("wide", 1060, 150, 0, 148) + _pipeline("narrow", 300, 560, 78, 0)


def _pipeline(name: str, width: int, height: int, down: int, right: int) -> str:
    box_width, box_height = (118, 44) if right else (170, 44)
    left, top = (4, 54) if right else (65, 8)
    parts = []
    centers = []
    for index, (english, spanish, shape) in enumerate(STATIONS):
        x, y = left + index * right, top + index * down
        centers.append((x + box_width / 2, y))
        kind = "key" if english in ("encoder", "decoder") else "station"
        parts.append(
            f'<rect class="{kind}" x="{x}" y="{y}" width="{box_width}" height="{box_height}" '
            f'rx="7"/>'
        )
        middle = x + box_width / 2
        for code, text in (("en", english), ("es", spanish)):
            parts.append(f'<text lang="{code}" x="{middle}" y="{y + 27}">{escape(text)}</text>')
        parts.append(
            f'<text class="shape" x="{middle}" y="{y + box_height + 16}">{escape(shape)}</text>'
        )
        if index and right:
            before, y_line = x - right + box_width, y + box_height / 2
            parts.append(f'<path class="way" d="M{before + 3} {y_line}H{x - 3}"/>')
        elif index:
            parts.append(f'<path class="way" d="M{middle} {y - down + box_height + 21}V{y - 3}"/>')
    if right:
        # The object queries enter the decoder; the backbone's finer maps go on to the mask head.
        (decoder, y), (masks, _), (backbone, _) = centers[3], centers[5], centers[1]
        parts.append(f'<path class="way" d="M{decoder} 26V{y - 3}"/>')
        for code, text in (("en", "100 object queries"), ("es", "100 consultas de objeto")):
            parts.append(f'<text lang="{code}" x="{decoder}" y="20">{text}</text>')
        around = f"M{backbone} {y + 66}V140H{masks}V{y + 66}"
        parts.append(f'<path class="way" stroke-dasharray="4 4" d="{around}"/>')
    label = escape("DETR: " + ", ".join(english for english, *_ in STATIONS))
    return (
        f'<svg class="pipeline {name}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _set_size(name: str) -> str:
    """The size of a set, between bars that keep close to it."""
    return (
        f'<mo form="prefix" stretchy="false">|</mo><mi>{name}</mi>'
        '<mo form="postfix" stretchy="false">|</mo>'
    )


_PAIR = '<mo stretchy="false">(</mo><mi>p</mi><mo>,</mo><mi>g</mi><mo stretchy="false">)</mo>'
_HALF = "<mo>+</mo><mfrac><mn>1</mn><mn>2</mn></mfrac>"

FORMULA = f"""<div class="formula" role="math" tabindex="0" aria-label="PQ = SQ x RQ">
<math display="block"><mi>PQ</mi><mo>=</mo>
<mfrac><mrow><munder><mo>∑</mo><mrow>{_PAIR}<mo>∈</mo><mi>TP</mi></mrow></munder>
<mi>IoU</mi>{_PAIR}</mrow><mrow>{_set_size("TP")}</mrow></mfrac><mo>×</mo>
<mfrac><mrow>{_set_size("TP")}</mrow>
<mrow>{_set_size("TP")}{_HALF}{_set_size("FP")}{_HALF}{_set_size("FN")}</mrow></mfrac>
<mo>=</mo><mi>SQ</mi><mo>×</mo><mi>RQ</mi></math></div>"""
