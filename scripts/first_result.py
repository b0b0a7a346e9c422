"""Make the result that the page opens on: the embedded checkpoint's of a drawn scene.

    python -m scripts.first_result

Writes the three files of ``detr_gradio/first_result``.
"""

from __future__ import annotations

import json

import cv2
import numpy as np
from PIL import Image

from detr_gradio.images import load_image
from detr_gradio.segmenter import load_segmenter
from detr_gradio.ui.panel.first_result import FOLDER, REQUEST


def main() -> None:
    """Write the files."""
    image = load_image(REQUEST.picture)
    result = load_segmenter(REQUEST.checkpoint).segment(
        image, threshold=REQUEST.threshold, detail=REQUEST.detail
    )
    Image.fromarray(image).save(FOLDER / "picture.webp", quality=55, method=6)
    cv2.imwrite(str(FOLDER / "map.png"), result.segment_ids.astype(np.uint8))
    told = {
        "checkpoint": result.checkpoint,
        "threshold": result.threshold,
        "input_size": result.input_size,
        "segments": [
            {
                "id": segment.id,
                "category_id": segment.category_id,
                "score": round(float(segment.score), 4),
                "query": segment.query,
            }
            for segment in result.segments
        ],
    }
    (FOLDER / "result.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
