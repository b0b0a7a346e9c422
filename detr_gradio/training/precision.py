"""bfloat16 where the machine multiplies it in hardware."""

import torch


def half_precision(device: torch.device | str = "cpu") -> torch.autocast:
    """Let linear layers and convolutions compute in bfloat16 where that is faster.

    Processors and GPUs that have it in hardware train nearly twice as fast; others slower.
    Its exponents are those of float32: gradients need no scaling.
    """
    kind = torch.device(device).type
    fast = torch.cuda.is_bf16_supported() if kind == "cuda" else has_bfloat16()
    return torch.autocast(kind, torch.bfloat16, enabled=fast)


def has_bfloat16() -> bool:
    """Return whether this processor multiplies bfloat16 in hardware."""
    return torch.cpu._is_avx512_bf16_supported()
