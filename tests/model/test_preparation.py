"""A picture becomes the network's input: sizes by the original's rule, pixels by Pillow's."""

import json

import numpy as np
import pytest
import torch
from transformers import DetrImageProcessorPil

from detr_gradio.checkpoints.configuration import Preprocessor
from detr_gradio.checkpoints.loading import load
from detr_gradio.model.network import Network
from detr_gradio.model.preparation import Preparation, input_size, input_size_at

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


@pytest.mark.parametrize(
    ("detail", "size", "expected"),
    [
        (None, (480, 640), (800, 1066)),
        (800, (480, 640), (800, 1066)),
        (400, (480, 640), (400, 533)),
        # The longest side keeps its part: 1333 * 400 / 800 is 666.5, which Python rounds to 666;
        # then 666 * 360 / 640 is 374.6, and 375 * 640 / 360 is 666.7.
        (400, (360, 640), (375, 666)),
        (400, (640, 360), (666, 375)),
        (401, (360, 640), (376, 668)),  # 668.2: 668; 375.75: 376; 668.4
        (64, (100, 100), (64, 64)),
        (1333, (360, 640), (1249, 2220)),  # 2221.1: 2221; 1249.3: 1249; 2220.4
    ],
)
def test_the_longest_side_keeps_its_part_at_another_detail(detail, size, expected):
    preprocessor = Preprocessor(800, 1333, 1 / 255, (0, 0, 0), (1, 1, 1))
    assert input_size_at(preprocessor, *size, detail) == expected


def test_each_channel_is_scaled_by_its_own_numbers():
    """(value * factor - mean) / std: red 10 * 0.5 - 1 is 4, by 2; and so on."""
    preprocessor = Preprocessor(800, 1333, 0.5, (1.0, 2.0, 3.0), (2.0, 4.0, 0.5))
    rgb = np.array([[[10, 20, 30], [0, 0, 0]], [[255, 1, 2], [4, 4, 4]]], np.uint8)
    pixels = Preparation(preprocessor, CPU).pixels(rgb, (2, 2))
    assert pixels.shape == (1, 3, 2, 2)
    assert pixels.dtype == torch.float32
    assert pixels.tolist() == [
        [
            [[2.0, -0.5], [63.25, 0.5]],
            [[2.0, -0.5], [-0.375, 0.0]],
            [[24.0, -6.0], [-4.0, -2.0]],
        ]
    ]


def test_the_size_is_height_and_width():
    preprocessor = Preprocessor(800, 1333, 1.0, (0, 0, 0), (1, 1, 1))
    rgb = np.zeros((4, 6, 3), np.uint8)
    rgb[:2] = 100  # the upper half
    pixels = Preparation(preprocessor, CPU).pixels(rgb, (8, 3))
    assert pixels.shape == (1, 3, 8, 3)
    assert pixels[0, 0, :, 0].tolist() == [100, 100, 100, 75, 25, 0, 0, 0]


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
