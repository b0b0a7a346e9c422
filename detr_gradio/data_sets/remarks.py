"""What a conversion has to say of its source, in a sentence each, in English and Spanish."""

from __future__ import annotations

from typing import ClassVar

from .faults import Fault

LOSSES: dict[str, tuple[str, str]] = {
    "annotations_no_picture": (
        "{count} annotations are of no image that it lists: left out",
        "{count} anotaciones no son de ninguna imagen que figure: omitidas",
    ),
    "file_unreadable": ("can't be read: {said}", "no se puede leer: {said}"),
    "picture_entry": (
        "has an entry that names no picture: {said}",
        "tiene una entrada que no nombra ninguna imagen: {said}",
    ),
    "picture_missing": (
        "the picture is not there: left out. Where it lies, --images says",
        "la imagen no está: omitida. Indique con --images dónde está",
    ),
    "picture_size": (
        "has {found} pixels, its annotations are for {said}: left out",
        "tiene {found} píxeles; sus anotaciones son para {said}: omitida",
    ),
    "picture_twice": (
        "is annotated twice: the first time counts",
        "está anotada dos veces: cuenta la primera",
    ),
    "picture_unreadable": ("can't be read: {said}", "no se puede leer: {said}"),
    "png_none": ("there is no such PNG file", "no existe este archivo PNG"),
    "png_not_numbers": (
        "has colours, not numbers: left out. Save it with a palette or in grey",
        "tiene colores, no números: omitido. Guárdelo con paleta o en grises",
    ),
    "png_size": (
        "has {found} pixels, its picture has {said}: left out",
        "tiene {found} píxeles; su imagen tiene {said}: omitido",
    ),
    "png_unreadable": ("is no PNG file that can be read", "no es un archivo PNG legible"),
    "region_category": (
        "a region has no category that is listed: {said}",
        "una región no tiene una categoría que figure: {said}",
    ),
    "region_no_area": (
        "a region of {said} is a point, a line or a tag, without an area: left out",
        "una región de {said} es un punto, una línea o una etiqueta, sin área: omitida",
    ),
    "region_no_mask": (
        "a region of {said} has a box alone and no mask: left out",
        "una región de {said} solo tiene una caja y ninguna máscara: omitida",
    ),
    "region_points": (
        "a region of {said} has points that can't be, or too few: left out",
        "una región de {said} tiene puntos imposibles, o muy pocos: omitida",
    ),
    "region_runs": (
        "a region of {said} has run lengths that can't be: left out",
        "una región de {said} tiene longitudes imposibles: omitida",
    ),
    "region_size": (
        "a region of {said} is for a picture of another size: left out",
        "una región de {said} es para una imagen de otro tamaño: omitida",
    ),
    "region_turned": (
        "a region of {said} was drawn on the picture turned: left out",
        "una región de {said} se dibujó con la imagen girada: omitida",
    ),
    "regions_many": (
        "has more than {count} regions: the others are left out",
        "tiene más de {count} regiones: las demás se omiten",
    ),
    "stuff_unknown": (
        "no category is called {said}, which --stuff names",
        "ninguna categoría se llama {said}, que --stuff nombra",
    ),
    "tracks": (
        "{count} tracks of a video are left out: export the pictures as images",
        "{count} pistas de un video se omiten: exporte las imágenes como imágenes",
    ),
}
"""What was left out that somebody may want: (English, Spanish), to follow the name of its file."""

NOTES: dict[str, tuple[str, str]] = {
    "annotations_several": (
        "has {count} annotations: the last one counts",
        "tiene {count} anotaciones: cuenta la última",
    ),
    "categories_unused": (
        "{count} categories have not a single segment: left out ({said})",
        "{count} categorías no tienen ningún segmento: omitidas ({said})",
    ),
    "covered": (
        "a region of {said} lies wholly beneath others: left out",
        "una región de {said} queda toda debajo de otras: omitida",
    ),
    "crowds": (
        "{count} regions are crowds, which training leaves out. CVAT and Datumaro write each mask "
        "so: --no-crowds makes things of them",
        "{count} regiones son multitudes, que el entrenamiento omite. CVAT y Datumaro escriben así "
        "cada máscara: --no-crowds las vuelve cosas",
    ),
    "picture_nothing": ("nothing is annotated: left out", "no hay nada anotado: omitida"),
    "picture_renamed": ("is called {said} there", "allí se llama {said}"),
    "picture_turned": (
        "asked to be turned (EXIF) and is now saved as its annotations see it, as {said}",
        "pedía un giro (EXIF) y está guardada como la ven sus anotaciones, como {said}",
    ),
    "predictions": (
        "has predictions alone, and no annotation: they count",
        "solo tiene predicciones y ninguna anotación: cuentan ellas",
    ),
    "value_unknown": (
        "value {said} is in no table: {count} pixels are void",
        "el valor {said} no está en la tabla: {count} píxeles quedan vacíos",
    ),
}
"""What is as it should be, but good to know."""


class Remark(Fault):
    """What is to be said of a file of the source; of one of ``LOSSES``, something was lost."""

    texts: ClassVar = {**LOSSES, **NOTES}

    @property
    def is_loss(self) -> bool:
        """Whether something was left out that somebody may want."""
        return self.kind in LOSSES
