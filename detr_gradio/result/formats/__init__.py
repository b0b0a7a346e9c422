"""The formats of other people's tools that a result can be exported to, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .coco_instances import coco_instances, join_coco_instances
from .cvat import cvat_file, join_cvat_files
from .geojson import geojson_file
from .label_studio import join_label_studio_tasks, label_studio_config, label_studio_task
from .labelme import labelme_file
from .semantic import semantic_png, semantic_table
from .source import ExportSource
from .yolo import yolo_labels, yolo_table

__all__ = ["FORMATS", "ExportSource", "Format", "export_files"]


@dataclass(frozen=True)
class Format:
    """How a format is written.

    Attributes:
        file: path of one picture's file, with its name as ``{name}``.
        write: makes that file.
        table: path of the file that names the labels of all pictures; "" where there is none.
        write_table: makes that file, from any of the pictures.
        data_set: path of the one file that holds all pictures; "" where each has its own.
        join: yields, in pieces, that file of those that ``write`` made; they may be gone through
            more than once.
    """

    file: str
    write: Callable[[ExportSource], bytes]
    table: str = ""
    write_table: Callable[[ExportSource], bytes] | None = None
    data_set: str = ""
    join: Callable[[Iterable[bytes]], Iterator[bytes]] | None = None


FORMATS = {
    "coco": Format(
        "{name}_coco.json", coco_instances, data_set="coco.json", join=join_coco_instances
    ),
    "yolo": Format("yolo/labels/{name}.txt", yolo_labels, "yolo/data.yaml", yolo_table),
    "semantic": Format(
        "semantic/{name}.png", semantic_png, "semantic/categories.csv", semantic_table
    ),
    "label-studio": Format(
        "{name}_label-studio.json",
        label_studio_task,
        "label-studio.xml",
        label_studio_config,
        data_set="label-studio.json",
        join=join_label_studio_tasks,
    ),
    "labelme": Format("labelme/{name}.json", labelme_file),
    "cvat": Format("{name}_cvat.xml", cvat_file, data_set="cvat.xml", join=join_cvat_files),
    "geojson": Format("{name}.geojson", geojson_file),
}


def export_files(source: ExportSource, kind: str, name: str) -> dict[str, bytes]:
    """Return the files of one picture in a format, by their paths with "/" between folders.

    Args:
        source: the picture.
        kind: name of the format, one of ``FORMATS``.
        name: what the files are called after.
    """
    chosen = FORMATS[kind]
    files = {chosen.file.format(name=name): chosen.write(source)}
    if chosen.write_table:
        files[chosen.table] = chosen.write_table(source)
    return files
