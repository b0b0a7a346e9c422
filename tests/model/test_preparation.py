"""A picture becomes the network's input: sizes by the original's rule, pixels by Pillow's."""

import json

import numpy as np
import pytest
import torch
from transformers import DetrImageProcessorPil

from detr_gradio.checkpoints.loading import load
from detr_gradio.model.network import Network
from detr_gradio.model.preparation import Preparation, input_size

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        # COCO's usual ones: 800 * 640 / 480 is 1066.67, cut off.
        (640, 480, (1066, 800)),
        (480, 640, (800, 1066)),
        (640, 427, (1199, 800)),
        (640, 360, (1333, 750)),
        # 1333 * 281 / 500 is 749.146: 749, and 749 * 500 / 281 is 1332.74. transformers says 1333.
        (500, 281, (1332, 749)),
        (281, 500, (749, 1332)),
        # Already of the size, and one pixel beside it.
        (1066, 800, (1066, 800)),
        (1066, 799, (1067, 800)),
        (1066, 801, (1064, 800)),
        (800, 800, (800, 800)),
        (799, 800, (800, 801)),
        (801, 800, (801, 800)),
        # The longest side at its limit: 800 * 1333 / 800 is not above it, 1334 is. Then 1333 * 800
        # / 1334 is 799.4: 799, and 799 * 1334 / 800 is 1332.33.
        (1333, 800, (1333, 800)),
        (1334, 800, (1332, 799)),
        (800, 1334, (799, 1332)),
        # Narrow ones: 1333 / 10 is 133.3: 133; 1333 / 20 is 66.65: 67, and so above the limit.
        (1000, 100, (1330, 133)),
        (400, 20, (1340, 67)),
        (20, 400, (67, 1340)),
        # Halves go to the even number, as Python rounds: 1333 * 3 / 62 is exactly 64.5.
        (620, 30, (1322, 64)),
        (16000, 16, (1000, 1)),
        (160000, 16, (10000, 1)),
    ],
)
def test_sizes_are_those_of_the_original_code(width, height, expected):
    assert input_size(height, width, 800, 1333) == expected[::-1]


@pytest.mark.parametrize("size", [(133, 177), (200, 90), (480, 640), (192, 256), (31, 47)])
def test_pixels_are_those_of_transformers_with_pillow(size, small_folder):
    """The sizes are ones for which both rules agree."""
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    processor = DetrImageProcessorPil.from_pretrained(small_folder)
    theirs = processor(images=image, return_tensors="pt")["pixel_values"]
    loaded = load(small_folder)
    ours = Preparation(loaded.preprocessor, CPU).pixels(image, tuple(theirs.shape[-2:]))
    assert Network(loaded).input_size(*size) == tuple(theirs.shape[-2:])
    torch.testing.assert_close(ours.contiguous(), theirs, rtol=0, atol=1e-6)


def test_pixels_between_two_are_their_mean_in_whole_grey_levels(small_folder):
    """Pillow's triangle filter by hand: 2 columns to 4 are 0, 1/4, 3/4 and 1 of the way."""
    ramp = np.array([[[0] * 3, [200] * 3]] * 2, np.uint8)
    pixels = Preparation(load(small_folder).preprocessor, CPU).pixels(ramp, (2, 4))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    grey = (pixels[0, :, 0].T * std + mean) * 255
    torch.testing.assert_close(grey, torch.tensor([[v] * 3 for v in (0.0, 50, 150, 200)]))


@pytest.mark.parametrize(
    ("entries", "white", "black"),
    [
        # (1 - 0.485) / 0.229 and -0.485 / 0.229
        ({}, 2.2489083, -2.1179039),
        ({"do_normalize": False}, 1.0, 0.0),
        ({"do_normalize": False, "do_rescale": False}, 255.0, 0.0),
        ({"rescale_factor": 1 / 127.5, "image_mean": [1] * 3, "image_std": [1] * 3}, 1.0, -1.0),
        ({"do_rescale": False, "image_mean": [127.5] * 3, "image_std": [255] * 3}, 0.5, -0.5),
    ],
)
def test_what_a_preprocessor_says_of_the_values_is_done(
    entries, white, black, small_folder, tmp_path
):
    for file in small_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))
    image = np.zeros((40, 60, 3), np.uint8)
    image[:20] = 255
    pixels = Preparation(load(tmp_path).preprocessor, CPU).pixels(image, (40, 60))
    assert pixels[0, 0, 0, 0].item() == pytest.approx(white, abs=1e-5)
    assert pixels[0, 0, -1, 0].item() == pytest.approx(black, abs=1e-5)
    processor = DetrImageProcessorPil.from_pretrained(tmp_path)
    size = {"height": 40, "width": 60}
    theirs = processor(images=image, size=size, return_tensors="pt")["pixel_values"]
    torch.testing.assert_close(pixels.contiguous(), theirs.float(), rtol=0, atol=1e-4)
