"""What the files of a segmented picture hold, by kind."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from ..result import exports, render
from ..result.formats import FORMATS, ExportSource
from ..result.panoptic import PanopticResult
from ..result.pictures import encode_picture
from ..result.tables import CSV_ENCODING
from .pictures import Picture, readable
from .result_folder import ResultFolder


@dataclass(frozen=True)
class PictureFiles:
    """A segmented picture on its way into files.

    Attributes:
        options: of the command line.
        results: where the files go.
        picture: the file that was segmented.
        name: what its files are called after.
        image: (H, W, 3) uint8 RGB, the picture.
        result: what was found in it.
    """

    options: argparse.Namespace
    results: ResultFolder
    picture: Picture
    name: str
    image: np.ndarray
    result: PanopticResult

    def content(self, kind: str) -> bytes:
        """Return the file of a kind."""
        language = self.options.language
        if kind in FORMATS:
            return FORMATS[kind].write(self.source(kind))
        if kind == "csv":
            return exports.legend_csv(self.result, language).encode(CSV_ENCODING)
        if kind == "overlay":
            drawn = render.overlay(self.image, self.result, language=language)
            return encode_picture("overlay.png", drawn)
        png_name = readable(self.results.path(self.name, "panoptic").name)
        if kind == "panoptic":
            png, _ = exports.coco_panoptic(self.result, self._image_id, png_name)
            return encode_picture(png_name, png)
        document = exports.coco_document(
            self.result,
            self._image_id,
            image_name=readable(self.picture.path.name),
            png_name=png_name,
        )
        return json.dumps(document, ensure_ascii=False).encode()

    def source(self, kind: str) -> ExportSource:
        """Return what a format of ``FORMATS`` is written from."""
        return ExportSource(
            self.result,
            self._path_from_file() if kind == "labelme" else self._path_in_data_set(),
            image_id=self._image_id,
            stuff=self.options.stuff,
            polygons=self.options.polygons,
        )

    @property
    def _image_id(self) -> int:
        """COCO's id of the image: 000000000139.jpg is 139; 1 where the name is no number."""
        stem = self.picture.path.stem
        return int(stem) if stem.isascii() and stem.isdecimal() else 1

    def _path_in_data_set(self) -> str:
        """Return the picture's path below the folder that was named, with "/" between folders."""
        file_name = readable(self.picture.path.name)
        return str(PurePosixPath(self.picture.name).with_name(file_name))

    def _path_from_file(self) -> str:
        """Return the picture's path from LabelMe's file, which opens it from there."""
        folder = self.results.path(self.name, "labelme").parent
        try:
            path = os.path.relpath(self.picture.path.absolute(), folder.absolute())
        except ValueError:  # on another drive of Windows
            path = str(self.picture.path.absolute())
        return readable(Path(path).as_posix())
