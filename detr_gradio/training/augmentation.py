"""Pictures and their masks, changed at random by torchvision: a function of the seed."""

import numpy as np
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from .settings import Augmentation

LEAST_AREA = 0.35  # of a picture that is cut out
SHARE_CUT = 0.5  # of the pictures
JITTER = {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 0.03}


class _Cut(v2.Transform):
    """Cut a rectangle out of a picture, of nearly the picture's proportions."""

    def make_params(self, flat_inputs: list) -> dict[str, int]:
        height, width = flat_inputs[0].shape[-2:]
        shares = torch.empty(2).uniform_(LEAST_AREA**0.5, 1).tolist()
        h, w = max(1, round(shares[0] * height)), max(1, round(shares[1] * width))
        top, left = (int(torch.randint(n + 1, ())) for n in (height - h, width - w))
        return {"top": top, "left": left, "height": h, "width": w}

    def transform(self, inpt: torch.Tensor, params: dict[str, int]) -> torch.Tensor:
        return self._call_kernel(v2.functional.crop, inpt, **params)


def _transform(kind: Augmentation) -> v2.Transform:
    steps: list[v2.Transform] = [v2.RandomHorizontalFlip(), v2.ColorJitter(**JITTER)]
    if kind == "full":
        steps.append(v2.RandomApply([_Cut()], p=SHARE_CUT))
    return v2.Compose(steps)


def augment(
    kind: Augmentation, rgb: np.ndarray, ids: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture and its segment ids, changed alike.

    Args:
        kind: "none", "light" or "full".
        rgb: (H, W, 3) uint8.
        ids: (H, W) int32.
        seed: the same one changes them the same way.
    """
    if kind == "none":
        return rgb, ids
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        image = tv_tensors.Image(torch.from_numpy(rgb).permute(2, 0, 1))
        image, mask = _transform(kind)(image, tv_tensors.Mask(torch.from_numpy(ids)[None]))
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy()), mask[0].numpy().copy()
