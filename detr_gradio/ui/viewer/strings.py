"""The words of the viewer, in English and Spanish.

``{name}`` marks what the browser fills in. Whole sentences, never pieces glued together: word order
differs between languages.
"""

from __future__ import annotations

from ...messages import LANGUAGES
from ...result.categories import KIND_NAMES


def _capitalized(texts: dict[str, str]) -> dict[str, str]:
    return {code: text.capitalize() for code, text in texts.items()}


STRINGS: dict[str, dict[str, str]] = {
    # Views and layers
    "view": {"en": "View", "es": "Vista"},
    "overlay": {"en": "Overlay", "es": "Superpuesta"},
    "original": {"en": "Original", "es": "Original"},
    "map": {"en": "Map", "es": "Mapa"},
    "masks": {"en": "Masks", "es": "Máscaras"},
    "compare": {"en": "Compare", "es": "Comparar"},
    "compare_handle": {
        "en": "Comparison: how much of the original",
        "es": "Comparación: cuánto del original",
    },
    "beside": {"en": "Side by side", "es": "Lado a lado"},
    "beside_explained": {
        "en": "Keeps this result beside the next ones of the picture: change the threshold, or "
        "detail, method and checkpoint in the advanced settings.",
        "es": "Conserva este resultado junto a los siguientes de la imagen: cambie el umbral, o "
        "detalle, método y modelo en los ajustes avanzados.",
    },
    "beside_kept": {"en": "Kept: {made}", "es": "Conservado: {made}"},
    "beside_now": {"en": "Now: {made}", "es": "Ahora: {made}"},
    "beside_same": {
        "en": "Now: the same. Change a setting, and this side follows.",
        "es": "Ahora: lo mismo. Cambie un ajuste y este lado lo seguirá.",
    },
    "layers": {"en": "Layers", "es": "Capas"},
    "opacity": {"en": "Opacity", "es": "Opacidad"},
    "outlines": {"en": "Outlines", "es": "Contornos"},
    "labels": {"en": "Labels", "es": "Etiquetas"},
    "kinds": {"en": "Kinds of segments", "es": "Tipos de segmentos"},
    "all": {"en": "All", "es": "Todo"},
    "things": _capitalized(KIND_NAMES["things"]),
    "stuff_many": _capitalized(KIND_NAMES["stuff"]),
    "colors": {"en": "Colours by", "es": "Colores por"},
    "by_segment": {"en": "Segment", "es": "Segmento"},
    "by_category": {"en": "Category", "es": "Categoría"},
    "zoom_in": {"en": "Zoom in", "es": "Acercar"},
    "zoom_out": {"en": "Zoom out", "es": "Alejar"},
    "zoom_reset": {"en": "Show the whole picture", "es": "Ver la imagen entera"},
    "full_screen": {"en": "Full screen", "es": "Pantalla completa"},
    "help": {"en": "Keys and search", "es": "Teclas y búsqueda"},
    "keys": {"en": "Keys", "es": "Teclas"},
    # Legend
    "legend": {"en": "Legend", "es": "Leyenda"},
    "search": {"en": "Search the legend", "es": "Buscar en la leyenda"},
    "search_example": {"en": "Search: dog, area > 5%", "es": "Buscar: perro, área > 5 %"},
    "search_explained": {
        "en": "A part of the label; > 5% for the area; confidence < 90%. All of it counts.",
        "es": "Parte de la etiqueta; > 5 % para el área; confianza < 90 %. Todo cuenta.",
    },
    "search_label": {"en": "a part of the label", "es": "parte de la etiqueta"},
    "search_area": {
        "en": "at least so much of the picture",
        "es": "al menos esa parte de la imagen",
    },
    "search_confidence": {"en": "at most so sure", "es": "como mucho así de segura"},
    "search_both": {"en": "several together", "es": "varias a la vez"},
    "search_label_typed": {"en": "dog", "es": "perro"},
    "search_confidence_typed": {"en": "confidence < 90%", "es": "confianza < 90 %"},
    "search_both_typed": {"en": "car area < 2%", "es": "coche área < 2 %"},
    "heads": {"en": "heads of columns", "es": "cabeceras"},
    "heads_sort": {
        "en": "sort the legend; once more turns it round",
        "es": "ordenan la leyenda; otra vez, al revés",
    },
    "number": {"en": "No.", "es": "N.º"},
    "category": {"en": "Category", "es": "Categoría"},
    "label": {"en": "Label", "es": "Etiqueta"},
    "kind": {"en": "Kind", "es": "Tipo"},
    "confidence": {"en": "Confidence", "es": "Confianza"},
    "share": {"en": "Area", "es": "Área"},
    "box": {"en": "Box", "es": "Caja"},
    "actions": {"en": "Actions", "es": "Acciones"},
    "thing": KIND_NAMES["thing"],
    "stuff": KIND_NAMES["stuff"],
    "void": {"en": "void", "es": "vacío"},
    "kind_explained": {
        "en": "Things can be counted, such as people. Stuff cannot, such as grass.",
        "es": "Las cosas se cuentan, como las personas. La materia no, como la hierba.",
    },
    "confidence_explained": {
        "en": "How sure the network is of the label, from 0 to 100%",
        "es": "Lo segura que está la red de la etiqueta, de 0 a 100 %",
    },
    "share_explained": {"en": "Share of the picture", "es": "Parte de la imagen"},
    "box_explained": {
        "en": "Left, top, width × height, in pixels",
        "es": "Izquierda, arriba, ancho × alto, en píxeles",
    },
    "void_explained": {
        "en": "Pixels that no segment claims",
        "es": "Píxeles que ningún segmento reclama",
    },
    "tip": {
        "en": "Point at the picture, or tap it: each pixel says what it is. A click holds a "
        "segment and offers more.",
        "es": "Señale la imagen, o tóquela: cada píxel dice qué es. Un clic fija un segmento y "
        "ofrece más.",
    },
    "hide": {"en": "Hide {name}", "es": "Ocultar {name}"},
    "show": {"en": "Show {name}", "es": "Mostrar {name}"},
    "hide_this": {"en": "Hide", "es": "Ocultar"},
    "show_this": {"en": "Show", "es": "Mostrar"},
    "solo_this": {"en": "Only this", "es": "Solo esto"},
    "show_all": {"en": "Show all", "es": "Mostrar todo"},
    "hidden_one": {"en": "1 segment is hidden", "es": "1 segmento está oculto"},
    "hidden_many": {
        "en": "{count} segments are hidden",
        "es": "{count} segmentos están ocultos",
    },
    "solo": {"en": "Only {name}", "es": "Solo {name}"},
    "why": {"en": "why?", "es": "¿por qué?"},
    "why_of": {"en": "Why {name}?", "es": "¿Por qué {name}?"},
    "cutout": {"en": "cut-out", "es": "recorte"},
    "cutout_of": {"en": "Cut out {name}", "es": "Recortar {name}"},
    "rle": {"en": "copy mask", "es": "copiar máscara"},
    "rle_explained": {
        "en": "As COCO run lengths (RLE), in JSON: pycocotools.mask.decode reads them",
        "es": "Como series de COCO (RLE), en JSON: pycocotools.mask.decode las lee",
    },
    "rle_copied": {"en": "Mask of {name} copied", "es": "Máscara copiada: {name}"},
    "copied": {"en": "copied", "es": "copiada"},
    "no_match": {
        "en": "No segment matches “{text}”.",
        "es": "Ningún segmento coincide con «{text}».",
    },
    "close": {"en": "Close", "es": "Cerrar"},
    # A correction, as far as it shows before it has begun
    "correct": {"en": "Correct", "es": "Corregir"},
    "correct_explained": {
        "en": "Put the result right: categories, outlines, segments. Downloads follow.",
        "es": "Corrija el resultado: categorías, contornos, segmentos. Las descargas lo siguen.",
    },
    "correction": {"en": "Correction", "es": "Corrección"},
    "correction_ends": {
        "en": "You have corrected this result. What comes next begins from the network's answer, "
        "and your correction is lost. Download it first to keep it.",
        "es": "Ha corregido este resultado. Lo siguiente parte de la respuesta de la red y su "
        "corrección se pierde. Descárguela antes para conservarla.",
    },
    "correction_keep": {"en": "Keep the correction", "es": "Conservar la corrección"},
    "correction_give_up": {"en": "Go on without it", "es": "Seguir sin ella"},
    "by_hand": {"en": "by hand", "es": "a mano"},
    "by_hand_explained": {
        "en": "A person has changed this segment",
        "es": "Una persona ha cambiado este segmento",
    },
    # Facts of the run
    "segments_one": {"en": "1 segment", "es": "1 segmento"},
    "segments_many": {"en": "{count} segments", "es": "{count} segmentos"},
    "seconds": {"en": "{seconds} s", "es": "{seconds} s"},
    "milliseconds": {"en": "{milliseconds} ms", "es": "{milliseconds} ms"},
    "seconds_explained": {"en": "Time the run took", "es": "Lo que tardó la ejecución"},
    "input_explained": {
        "en": "Size at which the network saw the picture, width × height",
        "es": "Tamaño con el que la red vio la imagen, ancho × alto",
    },
    "threshold": {"en": "Threshold", "es": "Umbral"},
    "threshold_fact": {"en": "threshold {threshold}", "es": "umbral {threshold}"},
    "threshold_explained": {
        "en": "Least confidence of a segment",
        "es": "Confianza mínima de un segmento",
    },
    "method_reference": {"en": "released code", "es": "código publicado"},
    "method_explained": {
        "en": "How pixels were given to segments",
        "es": "Cómo se repartieron los píxeles",
    },
    "void_fact": {"en": "{share} void", "es": "{share} vacío"},
    # States
    "hint": {
        "en": "Choose a picture: each thing and each region in it gets a name and a colour.",
        "es": "Elija una imagen: cada cosa y cada región recibe un nombre y un color.",
    },
    "nothing": {"en": "Nothing above {threshold}.", "es": "Nada por encima de {threshold}."},
    "nothing_explained": {
        "en": "The network is not that sure of anything in this picture.",
        "es": "La red no está tan segura de nada en esta imagen.",
    },
    "lower_threshold": {
        "en": "Lower the threshold to {threshold}",
        "es": "Bajar el umbral a {threshold}",
    },
    "unreadable": {
        "en": "This browser could not show the result. A current version of it will.",
        "es": "Este navegador no ha podido mostrar el resultado. Una versión actual lo hará.",
    },
    # Screen readers
    "stage": {"en": "Panoptic map of the picture", "es": "Mapa panóptico de la imagen"},
    "stage_help": {
        "en": "Arrow keys walk the segments, Enter locks one, question mark lists all keys.",
        "es": "Las flechas recorren los segmentos, Intro fija uno, la interrogación lista las "
        "teclas.",
    },
    "result_spoken": {"en": "{segments}: {names}", "es": "{segments}: {names}"},
    "segment_spoken": {
        "en": "{name}, {kind}, confidence {score}, {share} of the picture",
        "es": "{name}, {kind}, confianza {score}, {share} de la imagen",
    },
    "confident": {"en": "confidence {score}", "es": "confianza {score}"},
    "share_of_picture": {"en": "{share} of the picture", "es": "{share} de la imagen"},
    "locked": {"en": "{name} locked", "es": "Fijado: {name}"},
    "freed": {"en": "Lock released", "es": "Selección liberada"},
    "hidden_spoken": {"en": "{name} hidden", "es": "Oculto: {name}"},
    "shown_spoken": {"en": "{name} shown", "es": "Visible: {name}"},
    "solo_spoken": {"en": "Only {name} shown", "es": "Solo se ve {name}"},
    "all_spoken": {"en": "All segments shown", "es": "Todos los segmentos visibles"},
    "zoom_spoken": {"en": "Zoom {zoom}", "es": "Ampliación {zoom}"},
    "escape_frees": {"en": "locked · Esc frees", "es": "fijado · Esc libera"},
    # The list of keys
    "key_arrows": {"en": "next or previous segment", "es": "segmento siguiente o anterior"},
    "key_enter": {"en": "lock the segment", "es": "fijar el segmento"},
    "key_escape": {"en": "free it, or leave full screen", "es": "liberarlo, o salir de pantalla "
                   "completa"},
    "key_space": {"en": "hide or show the segment", "es": "ocultar o mostrar el segmento"},
    "key_solo": {"en": "only this segment, and back", "es": "solo este segmento, y volver"},
    "key_views": {"en": "overlay, original, map, masks", "es": "superpuesta, original, mapa, "
                  "máscaras"},
    "key_compare": {"en": "compare with the original", "es": "comparar con el original"},
    "key_outlines": {"en": "outlines", "es": "contornos"},
    "key_labels": {"en": "labels", "es": "etiquetas"},
    "key_zoom": {"en": "zoom; so does the wheel with Ctrl", "es": "ampliar; también la rueda con "
                 "Ctrl"},
    "key_reset": {"en": "the whole picture", "es": "la imagen entera"},
    "key_drag": {"en": "move the picture", "es": "mover la imagen"},
    "key_correct": {"en": "correct the result, and done", "es": "corregir el resultado, y listo"},
    "key_full": {"en": "full screen", "es": "pantalla completa"},
    "key_help": {"en": "this list", "es": "esta lista"},
    "drag": {"en": "drag", "es": "arrastrar"},
    "arrows": {"en": "arrows", "es": "flechas"},
    "space": {"en": "space", "es": "espacio"},
    "enter": {"en": "Enter", "es": "Intro"},
}  # fmt: skip


def strings_in(language: str) -> dict[str, str]:
    """All strings of the viewer in "es" (Spanish) or, for any other language, in English."""
    return by_language(STRINGS)[language if language in LANGUAGES else "en"]


def by_language(strings: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return texts by language and key, as scripts take them, of texts by key and language."""
    return {code: {key: texts[code] for key, texts in strings.items()} for code in LANGUAGES}
