"""Which processors can compute in bfloat16 as the network does."""

import pytest
import torch
from torch import nn

from detr_gradio.model.bfloat16 import FusedConv2d


@torch.inference_mode()
def has_bfloat16() -> bool:
    try:
        FusedConv2d(nn.Conv2d(8, 8, 1).bfloat16())(torch.zeros(1, 8, 4, 4, dtype=torch.bfloat16))
    except (AttributeError, RuntimeError):
        return False
    return True


needs_bfloat16 = pytest.mark.skipif(not has_bfloat16(), reason="this processor has no bfloat16")
