"""A network, its running average and its optimiser: one step after the other, and restarts."""

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from transformers import DetrForSegmentation

from ..messages import UserError
from .features import Maps, backbone_of, maps_of
from .forward import FULL_PRECISION_ATTENTION
from .interrupts import interrupts_wait
from .losses import Truth, total_loss
from .precision import half_precision
from .processes import Processes
from .settings import Settings

WARM_UP = 100  # steps, or a tenth of them where that is less
FLAT = 0.5  # share of the steps at the full learning rate
LAST_RATE = 0.02  # of the full one
AVERAGING = 0.99  # of the weights, per step
GRADIENT_NORM = 1.0
WEIGHT_DECAY = 1e-4
BACKBONE_RATE = 0.1  # of the learning rate
MASKS_PER_PICTURE = 4  # sampled anew in each step: all of them need much memory


def rate_at(step: int, steps: int) -> float:
    """Return the learning rate's share of its highest: warm up, stay, then half a cosine."""
    warm_up = min(WARM_UP, max(1, steps // 10))
    if step < warm_up:
        return (step + 1) / warm_up
    falling = min(1.0, max(0.0, (step / steps - FLAT) / (1 - FLAT)))
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * falling)) / 2


def learning_rate(settings: Settings, step: int) -> float:
    """Return the learning rate of a step; where masks come after boxes, each has its own course."""
    first = settings.first_mask_step
    course = (step, first) if step < first else (step - first, settings.steps - first)
    return settings.learning_rate * rate_at(*course)


@torch.no_grad()
def average(averaged: Sequence[Tensor], trained: Sequence[Tensor], step: int) -> None:
    """Move the running average of weights on, after ``step`` steps."""
    keep = min(AVERAGING, step / (step + 10))
    torch._foreach_lerp_(list(averaged), list(trained), 1 - keep)


class _Learner(nn.Module):
    """The loss of a batch as a module's forward pass, which is what several processes share."""

    def __init__(self, model: DetrForSegmentation, settings: Settings):
        super().__init__()
        self.model, self.settings = model, settings
        frozen = settings.backbone == "frozen"
        # Not among the modules: what is in a frozen one is no part of what is trained.
        self.backbone = (backbone_of(model, frozen=frozen),)

    def forward(
        self, inputs: Sequence[Tensor | Maps], truths: Sequence[Truth], step: int, seed: int
    ) -> dict[str, Tensor]:
        """Return the parts of the loss.

        Args:
            inputs: pictures, (3, h, w) each, or their features.
            truths: of each.
            step: of the training.
            seed: chooses masks.
        """
        pictures = [each for each in inputs if isinstance(each, Tensor)]
        features = [each for each in inputs if not isinstance(each, Tensor)]
        if pictures:
            trained = self.settings.backbone == "trained" and not self.settings.masks_alone(step)
            with torch.set_grad_enabled(trained), half_precision(pictures[0].device):
                features = maps_of(self.backbone[0], pictures)
            features = [[level.float() for level in maps] for maps in features]
        return total_loss(
            self.model,
            features,
            truths,
            masks_per_picture=0 if self.settings.boxes_alone(step) else MASKS_PER_PICTURE,
            masks_alone=self.settings.masks_alone(step),
            rng=np.random.default_rng(seed),
        )


class Trainer:
    """A network in training.

    Args:
        model: with the class head that it is to have, on the CPU.
        settings: of the training.
        processes: that share it.

    Attributes:
        average: the network with the running average of the weights: the one to use.
        step: how many were made.
    """

    def __init__(self, model: DetrForSegmentation, settings: Settings, processes: Processes):
        self.settings, self._processes = settings, processes
        self.step = 0
        self.average = copy.deepcopy(model).to(processes.device)
        model.set_attn_implementation({"": FULL_PRECISION_ATTENTION})
        backbone = model.detr.model.backbone
        if settings.backbone == "trained":
            _thaw(backbone)
        else:
            backbone.requires_grad_(False)
        self.model = model.to(processes.device).train()
        backbone.eval()
        self._learner = _Learner(self.model, settings)
        self.backbone: nn.Module = self._learner.backbone[0]
        self._loss: nn.Module = self._learner
        if processes.count > 1:
            self._loss = DistributedDataParallel(self._learner, find_unused_parameters=True)
        own = {id(p) for p in backbone.parameters()}
        trained = [p for p in self.model.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if (id(p) in own) == inside], "share": share}
            for inside, share in ((False, 1.0), (True, BACKBONE_RATE))
        ]
        self.optimiser = torch.optim.AdamW(
            [group for group in groups if group["params"]],
            lr=settings.learning_rate,
            weight_decay=WEIGHT_DECAY,
            fused=True,
        )
        self._trained = trained
        pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
        self._averaged = [mean for mean, p in pairs if p.requires_grad]

    def train_step(self, batch: Sequence[tuple[Tensor | Maps, Truth]]) -> dict[str, float]:
        """Make one step of AdamW; returns the parts of the loss and its total.

        Args:
            batch: this process's share: pictures or features, with their truths.

        Raises:
            UserError: the loss is no number any more, or the memory is too short.
        """
        device = self._processes.device
        rate = learning_rate(self.settings, self.step)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        # Dropout and the choice of masks depend on the step alone, not on what was before.
        seed = [self.settings.seed, self.step, self._processes.rank]
        seeds = np.random.default_rng(seed).integers(2**62, size=2).tolist()
        torch.manual_seed(seeds[0])
        inputs = [_to(each, device) for each, _ in batch]
        truths = [Truth(*(_to(t, device) for t in vars(truth).values())) for _, truth in batch]
        try:
            parts = self._loss(inputs, truths, self.step, seeds[1])
            loss = sum(parts.values(), start=torch.zeros((), device=device))
            self.optimiser.zero_grad()
            loss.backward()
        except torch.OutOfMemoryError as error:
            raise UserError("train_memory", batch=self.settings.batch) from error
        if not torch.isfinite(loss):
            raise UserError("train_diverged", step=self.step)
        torch.nn.utils.clip_grad_norm_(self._trained, GRADIENT_NORM)
        with interrupts_wait():  # weights, average and step belong together
            self.optimiser.step()
            self.step += 1
            average(self._averaged, self._trained, self.step)
        figures = {name: float(part.detach()) for name, part in parts.items()}
        return figures | {"total": float(loss.detach())}

    def state(self) -> dict[str, Any]:
        """Return everything that a restart needs."""
        return {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]


def _thaw(backbone: nn.Module) -> None:
    """Let the backbone's convolutions learn, its norms never.

    transformers has chosen the layers of a ResNet that do; of other backbones all do.
    """
    if any(p.requires_grad for p in backbone.parameters()):
        return
    for module in backbone.modules():
        if not isinstance(module, nn.modules.batchnorm._NormBase):
            for parameter in module.parameters(recurse=False):
                parameter.requires_grad_(True)


def _to(each: Any, device: torch.device) -> Any:
    return each.to(device) if isinstance(each, Tensor) else [level.to(device) for level in each]
