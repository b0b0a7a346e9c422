"""The README.txt that goes with exported files, in the user's language."""

from __future__ import annotations

from .panoptic import PanopticResult

_TEXTS = {
    "en": """\
Panoptic segmentation of {name}

{width} x {height} pixels, {segments} segments, {void:.1%} void
Checkpoint: {checkpoint}
Threshold: {threshold:g}   Method: {method}

{name}_overlay.jpg: the picture with the segments' colours, outlines and names
{name}_map.png: the flat map: one colour a segment, hatched where there is none
{name}_panoptic.png: COCO panoptic: the segment id of each pixel is R + 256 G + 65536 B
{name}_panoptic.json: COCO panoptic: image, segments and the {categories} categories
{name}_segments.json: everything about the segments, with masks as COCO run lengths
    (pycocotools.mask.decode reads them)
{name}_legend.csv: the legend as a table, UTF-8
{name}_coco.json: COCO instances, things and stuff
{name}_cvat.xml: CVAT for images 1.1
{name}_label-studio.json, label-studio.xml: Label Studio's task with a prediction, and its labels
{name}.geojson: polygons in pixels
{name}.jpg: the picture
labelme/: LabelMe's file
semantic/: the number of each pixel's category, and the table of these numbers
yolo/: YOLO segmentation; the picture goes to yolo/images
cutouts/: each segment cut out, transparent around it
masks/: the mask of each segment, as large as the picture, 255 in it and 0 elsewhere

Things (person, car) are counted one by one; stuff (sky, grass) is one segment a category.
Confidence is the network's own estimate, not a measured probability.
""",
    "es": """\
Segmentación panóptica de {name}

{width} x {height} píxeles, {segments} segmentos, {void:.1%} sin asignar
Modelo: {checkpoint}
Umbral: {threshold:g}   Método: {method}

{name}_overlay.jpg: la imagen con los colores, contornos y nombres de los segmentos
{name}_map.png: el mapa plano: un color por segmento, rayado donde no hay ninguno
{name}_panoptic.png: COCO panoptic: el id del segmento de cada píxel es R + 256 G + 65536 B
{name}_panoptic.json: COCO panoptic: imagen, segmentos y las {categories} categorías
{name}_segments.json: todo sobre los segmentos, con máscaras en el formato RLE de COCO
    (se leen con pycocotools.mask.decode)
{name}_legend.csv: la leyenda como tabla, UTF-8
{name}_coco.json: COCO instances, objetos y materia
{name}_cvat.xml: CVAT for images 1.1
{name}_label-studio.json, label-studio.xml: tarea de Label Studio con una predicción y sus etiquetas
{name}.geojson: polígonos en píxeles
{name}.jpg: la imagen
labelme/: el archivo de LabelMe
semantic/: el número de la categoría de cada píxel y la tabla de esos números
yolo/: segmentación YOLO; la imagen va en yolo/images
cutouts/: cada segmento recortado, con fondo transparente
masks/: la máscara de cada segmento, del tamaño de la imagen: 255 dentro y 0 fuera

Las cosas (persona, coche) se cuentan una a una; la materia (cielo, césped) es un solo
segmento por categoría.
La confianza es la estimación de la propia red, no una probabilidad medida.
""",
}

_BY_HAND = {
    "en": "Changed or drawn by a person: {names}\n",
    "es": "Cambiados o dibujados por una persona: {names}\n",
}

_OF_COCO = {
    "en": "Categories: COCO panoptic, annotations CC BY 4.0, https://cocodataset.org\n",
    "es": "Categorías: COCO panoptic, anotaciones CC BY 4.0, https://cocodataset.org\n",
}


def readme(result: PanopticResult, name: str, language: str = "en") -> str:
    """Return what the files of a result are, in "es" or, for any other language, in English.

    Args:
        result: the exported one.
        name: that the files begin with.
        language: "en" or "es".
    """
    height, width = result.segment_ids.shape
    language = language if language in _TEXTS else "en"
    by_hand = [segment.name(language) for segment in result.segments if segment.hand_made]
    text = _TEXTS[language]
    text += _BY_HAND[language] if by_hand else ""
    text += _OF_COCO[language] if result.categories.source == "COCO" else ""
    return text.format(
        names=", ".join(by_hand),
        name=name,
        width=width,
        height=height,
        segments=len(result.segments),
        categories=len(result.categories),
        void=result.void_area / result.segment_ids.size,
        checkpoint=result.checkpoint,
        threshold=result.threshold,
        method=result.method,
    )
