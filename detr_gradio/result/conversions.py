"""What a result can become: pictures, and the shapes that other libraries take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .formats import ExportSource, export_files
from .formats.coco_instances import coco_document
from .html import result_html
from .render import cutout, overlay

if TYPE_CHECKING:
    from supervision import Detections

    from .panoptic import PanopticResult


class Conversions:
    """The methods of ``PanopticResult`` that make something else of it."""

    def crop(self, segment_id: int, image: np.ndarray | None = None) -> np.ndarray:
        """Return a segment within its box.

        Args:
            segment_id: of the segment.
            image: (H, W, 3) uint8 RGB, the picture.

        Returns:
            (h, w) bool, the mask; with an image (h, w, 4) uint8 RGBA, transparent around it.

        Raises:
            KeyError: there is no such segment.
            ValueError: image and result differ in size.
        """
        if image is not None:
            return cutout(image, self._result, segment_id)
        x, y, width, height = self._result.segment(segment_id).bbox
        return self._result.segment_ids[y : y + height, x : x + width] == segment_id

    def overlay(self, image: np.ndarray, **options: Any) -> np.ndarray:
        """Return the segments' colours, outlines and names laid over the picture.

        Args:
            image: (H, W, 3) uint8 RGB, the picture, as ``images.load_image`` returns it.
            **options: opacity, outlines, labels, language, color_by, as for ``render.overlay``.

        Returns:
            (H, W, 3) uint8 RGB.

        Raises:
            ValueError: image and result differ in size.
        """
        return overlay(image, self._result, **options)

    def to_coco(
        self,
        file_name: str = "picture.jpg",
        *,
        image_id: int = 1,
        stuff: bool = True,
        polygons: bool = False,
    ) -> dict[str, Any]:
        """Return a document of COCO instances, each with its score.

        Args:
            file_name: of the picture.
            image_id: COCO's id of the picture.
            stuff: whether it holds the stuff too, or things alone.
            polygons: whether masks are polygons, or compressed run lengths.
        """
        source = ExportSource(
            self._result, file_name, image_id=image_id, stuff=stuff, polygons=polygons
        )
        return coco_document(source)

    def to_dict(self) -> dict[str, Any]:
        """Return what transformers' ``post_process_panoptic_segmentation`` returns of a picture.

        Returns:
            ``segmentation``, an (H, W) int32 tensor with 0 for void, and ``segments_info``, with
            id, label_id (index in the network's logits), was_fused (for stuff) and score.
        """
        # Only whoever asks for a tensor needs torch.
        from ..model.transformers_result import transformers_result  # noqa: PLC0415

        return transformers_result(self._result)

    def to_supervision(self) -> Detections:
        """Return ``supervision.Detections``: boxes, masks, scores, category ids and names.

        Raises:
            ImportError: the package supervision is not installed.
        """
        import supervision  # noqa: PLC0415 - an optional part

        result, count = self._result, len(self._result.segments)
        boxes = np.array([s.bbox for s in result.segments], np.float32).reshape(count, 4)
        masks = np.array([result.mask(s.id) for s in result.segments], bool)
        return supervision.Detections(
            xyxy=np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:] - 1], axis=1),
            mask=masks.reshape(count, *result.segment_ids.shape),
            confidence=np.array([s.score for s in result.segments], np.float32),
            class_id=np.array([s.category_id for s in result.segments], int),
            data={"class_name": np.array([s.label for s in result.segments], str)},
        )

    def save(
        self,
        folder: str | Path,
        kind: str,
        name: str = "picture",
        *,
        image: np.ndarray | None = None,
        stuff: bool = False,
        polygons: bool = False,
    ) -> list[Path]:
        """Write the result's files in the format of another tool.

        Args:
            folder: made where it isn't there; files of the same names are replaced.
            kind: "coco", "yolo", "semantic", "label-studio", "labelme", "cvat" or "geojson".
            name: of the picture; its files are called after it.
            image: (H, W, 3) uint8 RGB, for formats that can hold the picture; without it they name
                it NAME.jpg.
            stuff: whether "coco" and "yolo" hold stuff too.
            polygons: whether "coco" has polygons in place of run lengths.

        Returns:
            The files' paths.

        Raises:
            KeyError: there is no such format.
            OSError: a file can't be written.
            UserError: there are too many parts to be outlined.
        """
        source = ExportSource(self._result, f"{name}.jpg", image, stuff=stuff, polygons=polygons)
        paths = []
        for path, content in export_files(source, kind, name).items():
            paths.append(Path(folder, path))
            paths[-1].parent.mkdir(parents=True, exist_ok=True)
            paths[-1].write_bytes(content)
        return paths

    def html(self, image: np.ndarray | None = None) -> str:
        """Return HTML with the picture and the legend, which answers when hovered.

        Args:
            image: (H, W, 3) uint8 RGB, the picture beneath; without it the colours stand alone.

        Raises:
            ValueError: image and result differ in size.
        """
        return result_html(self._result, image)

    def _repr_html_(self) -> str:
        """Show the result in a notebook."""
        return self.html()

    @property
    def _result(self) -> PanopticResult:
        return cast("PanopticResult", self)
