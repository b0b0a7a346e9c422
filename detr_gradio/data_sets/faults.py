"""What can be wrong with a data set, in a sentence each, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..messages import LANGUAGES

TEXTS: dict[str, tuple[str, str]] = {
    "annotation_no_image": (
        "has an annotation of image {id}, which it does not list",
        "tiene una anotación de la imagen {id}, que no figura en él",
    ),
    "annotation_twice": (
        "has two annotations of image {id}",
        "tiene dos anotaciones de la imagen {id}",
    ),
    "area": (
        "segment {id}: the area is {said}, the mask has {found} pixels",
        "segmento {id}: el área es {said}; la máscara tiene {found} píxeles",
    ),
    "box": (
        "segment {id}: the box is {said}, that of the mask is {found}",
        "segmento {id}: la caja es {said}; la de la máscara es {found}",
    ),
    "categories_differ": (
        "calls category {id} {said}; {other} calls it {found}",
        "llama {said} a la categoría {id}; {other} la llama {found}",
    ),
    "category_entry": (
        "category {id}: color is not [red, green, blue] of 0 to 255, names or supercategory is no "
        "text, or the id is beyond 2^53",
        "categoría {id}: color no es [rojo, verde, azul] de 0 a 255, names o supercategory no es "
        "texto, o el id pasa de 2^53",
    ),
    "category_id": (
        "has a category whose id is no integer: {said}",
        "tiene una categoría cuyo id no es un entero: {said}",
    ),
    "category_kind": (
        "category {id}: isthing is not 1 (thing) or 0 (stuff)",
        "categoría {id}: isthing no es 1 (cosa) ni 0 (materia)",
    ),
    "category_name": (
        "category {id} has no name of at most 80 characters on one line",
        "categoría {id}: no tiene un nombre de una línea y 80 caracteres como máximo",
    ),
    "category_name_twice": (
        "categories {id} and {other} have the same name and kind: {said}",
        "las categorías {id} y {other} tienen el mismo nombre y tipo: {said}",
    ),
    "category_twice": (
        "has category {id} twice",
        "contiene dos veces la categoría {id}",
    ),
    "category_unknown": (
        "segment {id}: category {said} is not listed",
        "segmento {id}: la categoría {said} no figura",
    ),
    "category_unused": (
        "category {id} ({said}) has not a single segment",
        "la categoría {id} ({said}) no tiene ningún segmento",
    ),
    "crowd": (
        "segment {id}: iscrowd is {said}; it is 0, or 1 for things alone",
        "segmento {id}: iscrowd es {said}; es 0, o 1 solo en las cosas",
    ),
    "image_id": (
        "has an image whose id is no integer from 0 on: {said}",
        "tiene una imagen cuyo id no es un entero desde 0: {said}",
    ),
    "image_no_annotation": (
        "image {id} has no annotation",
        "la imagen {id} no tiene anotación",
    ),
    "image_twice": ("has image {id} twice", "contiene dos veces la imagen {id}"),
    "json": ("is not JSON: {said}", "no es JSON: {said}"),
    "name": (
        "names a file outside of its folder, or none: {said}",
        "nombra un archivo fuera de su carpeta, o ninguno: {said}",
    ),
    "name_twice": (
        "is the file of two images, {id} and {other}",
        "es el archivo de dos imágenes, {id} y {other}",
    ),
    "no_images": ("lists no picture", "no contiene ninguna imagen"),
    "no_segments": ("has no segment at all", "no tiene ningún segmento"),
    "not_panoptic": (
        "is not COCO panoptic: {said} is missing or no list",
        "no es COCO panoptic: {said} falta o no es una lista",
    ),
    "overlap": (
        "is the same picture as {other}: training and validation must not share any",
        "es la misma imagen que {other}: entrenamiento y validación no deben compartir ninguna",
    ),
    "picture_missing": ("is missing", "falta"),
    "picture_size": (
        "has {found} pixels, the annotations say {said}",
        "tiene {found} píxeles; las anotaciones dicen {said}",
    ),
    "picture_turned": (
        "asks to be turned (EXIF): please save it turned, without EXIF",
        "pide un giro (EXIF): guárdela ya girada y sin EXIF",
    ),
    "picture_unreadable": ("can't be read: {said}", "no se puede leer: {said}"),
    "png_16_bit": (
        "has 16 bits a channel; ids are 8 bits each of red, green and blue",
        "tiene 16 bits por canal; los ids son 8 bits de rojo, de verde y de azul",
    ),
    "png_alpha": (
        "has transparency; ids are red, green and blue alone",
        "tiene transparencia; los ids son solo rojo, verde y azul",
    ),
    "png_grey": (
        "is grey; ids are R + 256 G + 65536 B",
        "es gris; los ids son R + 256 G + 65536 B",
    ),
    "png_missing": ("is missing", "falta"),
    "png_palette": (
        "has a palette; ids are R + 256 G + 65536 B",
        "tiene paleta; los ids son R + 256 G + 65536 B",
    ),
    "png_size": (
        "has {found} pixels, its picture has {said}",
        "tiene {found} píxeles; su imagen tiene {said}",
    ),
    "png_twice": (
        "is the mask of two images, {id} and {other}",
        "es la máscara de dos imágenes, {id} y {other}",
    ),
    "png_unreadable": ("is no PNG file that can be read", "no es un archivo PNG legible"),
    "segment_entry": (
        "has a segment without good id, category_id, area or bbox: {said}",
        "tiene un segmento sin id, category_id, area o bbox válidos: {said}",
    ),
    "segment_id": (
        "segment {id}: ids are 1 to 16777215",
        "segmento {id}: los ids van de 1 a 16777215",
    ),
    "segment_no_pixels": ("segment {id} has no pixel", "el segmento {id} no tiene ningún píxel"),
    "segment_twice": ("has segment {id} twice", "contiene dos veces el segmento {id}"),
    "segment_unlisted": (
        "id {id} is in the mask ({found} pixels), but not in the annotations",
        "el id {id} está en la máscara ({found} píxeles), pero no en las anotaciones",
    ),
}
"""Each kind of fault: (English, Spanish), to follow the name of its file."""


@dataclass(frozen=True)
class Fault:
    """Something wrong in a data set.

    Attributes:
        kind: one of ``texts``.
        file: the file's path within the data set.
        values: what the sentence needs.
    """

    texts: ClassVar[Mapping[str, tuple[str, str]]] = TEXTS

    kind: str
    file: str
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Return the fault in "en" or "es": the file, and what is wrong with it."""
        text = self.texts[self.kind][LANGUAGES.index(language) if language in LANGUAGES else 0]
        return f"{self.file}: {text.format(**self.values)}"
