"""How a training is done. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Backbone: TypeAlias = Literal["frozen", "trained"]
Masks: TypeAlias = Literal["together", "after"]
Augmentation: TypeAlias = Literal["none", "light", "full"]

BACKBONES: tuple[Backbone, ...] = ("frozen", "trained")
MASKS: tuple[Masks, ...] = ("together", "after")
AUGMENTATIONS: tuple[Augmentation, ...] = ("none", "light", "full")


@dataclass(frozen=True)
class Settings:
    """What decides the weights that come out; kept with the run, which can't go on with others.

    Attributes:
        steps: of the optimiser.
        batch: pictures of a step, of all processes together.
        learning_rate: at its highest.
        backbone: "frozen", or "trained" at a tenth of the learning rate.
        masks: learned "together" with the boxes; or "after" them, in the last third of the steps,
            with all but the mask head frozen, as the paper does it.
        augmentation: what is done to the pictures: "none"; "light", mirrored and with other
            light; "full", also cut out.
        versions: of each picture, all augmented otherwise. A frozen backbone sees each once.
        detail: shorter side of the network's input in pixels; None for the checkpoint's own.
        seed: of the order, the augmentation and the new weights.
    """

    steps: int = 2000
    batch: int = 4
    learning_rate: float = 1e-4
    backbone: Backbone = "frozen"
    masks: Masks = "together"
    augmentation: Augmentation = "full"
    versions: int = 8
    detail: int | None = None
    seed: int = 1

    @property
    def first_mask_step(self) -> int:
        """The step from which on only masks learn; that behind the last one where none is so."""
        return 2 * self.steps // 3 if self.masks == "after" else self.steps

    def boxes_alone(self, step: int) -> bool:
        """Return whether a step is one of boxes alone."""
        return self.masks == "after" and step < self.first_mask_step

    def masks_alone(self, step: int) -> bool:
        """Return whether a step is one of masks alone."""
        return step >= self.first_mask_step
