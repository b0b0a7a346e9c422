"""The exact forward pass of DetrForSegmentation in an order that wastes nothing.

`transformers` runs the mask head for all queries on feature maps expanded to as many copies.
A mask depends on its own query alone: the attention's softmax is per query and GroupNorm is per
sample. So the scores come first, the mask head runs for the kept queries only, and everything that
the queries share is computed once per image.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..checkpoints.loading import LoadedCheckpoint
from ..messages import UserError
from ..result.options import MIN_THRESHOLD
from ..result.predictions import QueryPredictions
from .attention import Encoded, encode, record
from .attention_record import AttentionRecord
from .bfloat16 import use_bfloat16
from .bfloat16_trial import bfloat16_pays
from .device import switch_tf32_off
from .folding import (
    FeatureMaps,
    add_in_place,
    fold_batch_norm,
    is_of_transformers,
    use_winograd,
)
from .precision import Precision
from .preparation import Preparation, input_size_at

# Queries whose masks are computed together: more need more memory and are no faster.
_CHUNK = 4

# oneDNN's generator of code keeps its error in the thread that met it. That thread says this ever
# after, for any picture and however much memory there is.
_ONEDNN_STICKY_ERROR = "could not create a primitive"

# What torch, oneDNN and the drivers of GPUs say when memory is short: it has no error of its own.
_SHORT_OF_MEMORY = (
    _ONEDNN_STICKY_ERROR,
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "could not create a memory object",
    "bad_alloc",
    "can't start new thread",
)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Outputs:
    """What ``DetrForSegmentation`` returns, for some queries of one picture.

    Attributes:
        pixels: (3, h, w), the network's input.
        logits: (K, categories + 1).
        boxes: (K, 4), centre and size, 0..1.
        masks: (K, h / 4, w / 4) logits.
    """

    pixels: np.ndarray
    logits: np.ndarray
    boxes: np.ndarray
    masks: np.ndarray


class Network:
    """A checkpoint's network, ready to predict. Thread-safe.

    Args:
        loaded: the checkpoint, whose model must not be used afterwards.
        device: to compute on.
        precision: "exact" is float32 throughout. "fast" lets a CUDA GPU convolve and multiply in
            fp16, and a CPU in bfloat16 where that was measured to be faster; elsewhere it is exact.

    Attributes:
        categories: that it knows.
        precision: that it has.

    With a CUDA device, TF32 is switched off for the whole process: it can't be for one network.
    """

    def __init__(
        self,
        loaded: LoadedCheckpoint,
        device: torch.device | str = "cpu",
        *,
        precision: Precision = "exact",
    ):
        self.device = torch.device(device)
        if self.device.type == "cuda":
            switch_tf32_off()
        self.categories = loaded.categories
        self._preprocessor = loaded.preprocessor
        self._preparation = Preparation(loaded.preprocessor, self.device)
        model = loaded.model.requires_grad_(False)
        backbone = model.detr.model.backbone
        self.precision: Precision = "exact"
        if precision == "fast" and self._has_fast(backbone.model):
            self.precision = "fast"
        backbone.model = self._rewritten(backbone.model)
        for module in model.mask_head.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = True
        self._model = model.to(self.device, memory_format=torch.channels_last)
        # What the backbone made of the last image, for ``record``: replaced as one, so that no
        # thread sees half of it.
        self._last: tuple[object, Encoded] | None = None

    def _has_fast(self, backbone: nn.Module) -> bool:
        if self.device.type == "cpu":
            return not is_of_transformers(backbone) and bfloat16_pays()
        return self.device.type == "cuda"

    def _rewritten(self, backbone: nn.Module) -> nn.Module:
        if is_of_transformers(backbone):  # of transformers: it can't be traced
            return FeatureMaps(backbone)
        folded = fold_batch_norm(backbone)
        if self.device.type == "cpu":  # the libraries of GPUs choose Winograd's method themselves
            if self.precision == "fast":
                return use_bfloat16(folded)
            use_winograd(folded)
        add_in_place(folded)
        return folded

    def input_size(self, height: int, width: int, detail: int | None = None) -> tuple[int, int]:
        """Return (height, width) of the network's input for an image of some size.

        Args:
            height: of the image, in pixels.
            width: of the image, in pixels.
            detail: shorter side of the input in pixels; None for the checkpoint's own. The
                longest side that is allowed grows in proportion.
        """
        return input_size_at(self._preprocessor, height, width, detail)

    def predict(self, rgb: np.ndarray, detail: int | None = None) -> QueryPredictions:
        """Predict the categories, boxes and masks of one image.

        Args:
            rgb: (H, W, 3) uint8, C-contiguous.
            detail: as for ``input_size``.

        Raises:
            UserError: "network_memory", there is not enough memory for this detail.
        """
        return self._within_memory(self._predict, rgb, detail)

    @torch.inference_mode()
    def _predict(self, rgb: np.ndarray, detail: int | None) -> QueryPredictions:
        size = self.input_size(*rgb.shape[:2], detail)
        pixels = self._preparation.pixels(rgb, size)
        with self._autocast():
            features, projected, memory, hidden = self._detect(pixels)
        self._last = _key(rgb, size), Encoded.of(features, projected)
        hidden = hidden.float()
        logits = self._model.detr.class_labels_classifier(hidden)[0]
        probabilities = logits.softmax(-1)
        scores, labels = probabilities[:, :-1].max(-1)
        labels, by_label = labels.cpu(), self.categories.by_label
        # A query that chooses an index of no category, which was never trained, says nothing.
        kept = (scores > MIN_THRESHOLD).cpu() & torch.isin(labels, torch.tensor([*by_label]))
        queries = kept.nonzero()[:, 0]
        chosen = hidden[:, queries.to(hidden.device)]
        with self._autocast():
            masks = self._masks(features, projected, memory, chosen)
        boxes = self._model.detr.bbox_predictor(chosen)[0].sigmoid()
        return QueryPredictions(
            queries=queries.numpy(),
            scores=scores.cpu()[kept].numpy(),
            category_ids=np.array([by_label[i].id for i in labels[kept].tolist()], np.int64),
            categories=self.categories,
            probabilities=probabilities.cpu()[kept].numpy(),
            boxes=boxes.cpu().numpy(),
            mask_logits=masks.float().cpu().numpy(),
            input_size=size,
            image_size=rgb.shape[:2],
        )

    @torch.inference_mode()
    def outputs(self, rgb: np.ndarray, queries: Sequence[int]) -> Outputs:
        """Return what published figures are told of, for some queries, chosen or not.

        Args:
            rgb: (H, W, 3) uint8, C-contiguous.
            queries: their indices.
        """
        pixels = self._preparation.pixels(rgb, self.input_size(*rgb.shape[:2]))
        with self._autocast():
            features, projected, memory, hidden = self._detect(pixels)
        hidden = hidden.float()[:, list(queries)]
        with self._autocast():
            masks = self._masks(features, projected, memory, hidden)
        detr = self._model.detr
        tensors = (
            pixels[0],
            detr.class_labels_classifier(hidden)[0],
            detr.bbox_predictor(hidden)[0].sigmoid(),
            masks.float(),
        )
        return Outputs(*(tensor.cpu().numpy() for tensor in tensors))

    def _within_memory(
        self,
        work: Callable[[np.ndarray, int | None], Answer],
        rgb: np.ndarray,
        detail: int | None,
    ) -> Answer:
        """Return what some work on an image gives, or say that the memory is too short for it."""
        for run in (work, partial(_in_another_thread, work)):
            try:
                return run(rgb, detail)
            except (MemoryError, RuntimeError) as error:
                said = str(error).lower()
                if not isinstance(error, MemoryError) and not any(
                    phrase in said for phrase in _SHORT_OF_MEMORY
                ):
                    raise
            gc.collect()  # the error's frames, which hold the tensors of the pass, are in cycles
            if _ONEDNN_STICKY_ERROR not in said:
                break
        # Raised out here: with the first error as its context, it would keep the tensors of the
        # failed pass alive, and a second attempt with less detail would have even less memory.
        raise UserError("network_memory", detail=detail or self._preprocessor.shortest_edge)

    def _autocast(self) -> torch.autocast:
        half = torch.bfloat16 if self.device.type == "cpu" else torch.float16
        return torch.autocast(self.device.type, half, enabled=self.precision == "fast")

    def record(self, rgb: np.ndarray, detail: int | None = None) -> AttentionRecord:
        """Record where the network looks in one image.

        Takes no backbone where the image is the one that was predicted last.

        Args:
            rgb: (H, W, 3) uint8, C-contiguous.
            detail: as for ``input_size``.

        Raises:
            UserError: as for ``predict``.
        """
        return self._within_memory(self._record, rgb, detail)

    def _record(self, rgb: np.ndarray, detail: int | None) -> AttentionRecord:
        size = self.input_size(*rgb.shape[:2], detail)
        if self._last and self._last[0] == _key(rgb, size):
            encoded = self._last[1]
        else:
            encoded = encode(self._model, self._preparation.pixels(rgb, size))
        return record(self._model, encoded, self.categories)

    def _detect(self, pixels: Tensor) -> tuple[list[Tensor], Tensor, Tensor, Tensor]:
        """Run backbone, encoder and decoder.

        Returns:
            The backbone's feature maps, fine to coarse; the coarsest one projected, (1, D, h, w);
            the encoder's memory, (1, D, h, w); the decoder's output, (1, Q, D).
        """
        detr = self._model.detr.model
        features = detr.backbone.model(pixels)
        projected = detr.input_projection(features[-1])
        places = detr.position_embedding(
            shape=projected.shape, device=pixels.device, dtype=projected.dtype
        )
        places = places.flatten(2).transpose(1, 2)
        # Without a mask: the image is alone and has no padding.
        memory = projected.flatten(2).transpose(1, 2)
        for layer in detr.encoder.layers:
            memory = layer(memory, None, places)
        queries = detr.query_position_embeddings.weight[None]
        hidden = torch.zeros_like(queries)
        for layer in detr.decoder.layers:
            hidden = layer(hidden, None, places, queries, memory)
        hidden = detr.decoder.layernorm(hidden)
        return features, projected, memory.transpose(1, 2).view_as(projected), hidden

    def _masks(
        self, features: list[Tensor], projected: Tensor, memory: Tensor, chosen: Tensor
    ) -> Tensor:
        """Return the mask logits of K queries, (K, h, w), at the resolution of the finest map."""
        head = self._model.mask_head
        height, width = features[-4].shape[-2:]
        if chosen.shape[1] == 0:
            return projected.new_zeros(0, height, width)
        attention = self._model.bbox_attention(chosen, memory)[0]
        channels = projected.shape[1]
        first = head.conv1.conv
        shared = F.conv2d(projected, first.weight[:, :channels], first.bias, padding=1)
        adapted = [
            stage.fpn_adapter(feature)
            for stage, feature in zip(head.fpn_stages, features[-2::-1], strict=False)
        ]
        masks = []
        for maps in attention.split(_CHUNK):
            hidden = F.conv2d(maps, first.weight[:, channels:], padding=1).add_(shared)
            hidden = head.conv2(head.conv1.activation(head.conv1.norm(hidden)))
            for stage, fine in zip(head.fpn_stages, adapted, strict=True):
                hidden = F.interpolate(hidden, size=fine.shape[-2:], mode="nearest")
                hidden = stage.refine(hidden.add_(fine))
            masks.append(head.output_conv(hidden)[:, 0])
        return torch.cat(masks)


def _key(rgb: np.ndarray, size: tuple[int, int]) -> object:
    return rgb.shape, size, hashlib.blake2b(rgb.data, digest_size=16).digest()


def _in_another_thread(
    work: Callable[[np.ndarray, int | None], Answer], rgb: np.ndarray, detail: int | None
) -> Answer:
    """Do some work in a new thread without helpers.

    OpenMP would start these anew for it, and ends the process where memory is too short for that.
    """

    def work_without_helpers() -> Answer:
        helpers = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return work(rgb, detail)
        finally:
            torch.set_num_threads(helpers)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work_without_helpers).result()
