"""Train the toy checkpoint on cached features; stop it whenever you like, it resumes by itself.

    python -m training.features --scenes 8000 &
    python -m training.train

A run lives in ~/.cache/detr-panoptic/training: state.pt (everything needed to go on),
log.jsonl (a line a minute, and PQ on held-out scenes now and then), and best/ and latest/,
checkpoint folders of the averaged weights that `load_segmenter` opens.
"""

import argparse
import json
import math
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from detr_gradio.training.checkpoint import save_atomically
from detr_gradio.training.forward import FULL_PRECISION_ATTENTION, transform
from detr_gradio.training.precision import half_precision
from detr_gradio.training.trainer import average
from training.checkpoint import read_checkpoint, write_checkpoint
from training.data import epoch, open_shards, read_batch
from training.features import CACHE
from training.losses import total_loss
from training.model import new_model

WARM_UP = 100  # steps
GRADIENT_NORM = 5.0


@dataclass
class Settings:
    """What a run is; kept in its state."""

    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    masks: int = 3  # per picture and step
    pictures: int = 120_000  # where the learning rate reaches zero
    flat: float = 0.5  # share of the pictures at the full learning rate


def learning_rate(settings: Settings, step: int) -> float:
    """Warm up, stay, then a half cosine down to 2%."""
    if step < WARM_UP:
        return settings.learning_rate * (step + 1) / WARM_UP
    done = step * settings.batch / settings.pictures
    falling = min(1.0, max(0.0, (done - settings.flat) / (1 - settings.flat)))
    return settings.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * falling)) / 2)


class Training:
    """A network, its running average, and the optimiser."""

    def __init__(self, settings: Settings, init: Path | None = None):
        self.settings = settings
        self.model = read_checkpoint(init) if init else new_model()
        self.average = read_checkpoint(init) if init else new_model()
        self.model.set_attn_implementation(FULL_PRECISION_ATTENTION)
        self.centre_head = nn.Linear(self.model.config.d_model, 2)  # see training.losses
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.parameters = [*trained, *self.centre_head.parameters()]
        self.averaged = [
            average
            for average, p in zip(self.average.parameters(), self.model.parameters(), strict=True)
            if p.requires_grad
        ]
        self.optimiser = torch.optim.AdamW(
            self.parameters, weight_decay=settings.weight_decay, fused=True
        )
        self.rng = np.random.default_rng()
        self.step = 0
        self.hours = 0.0  # of computation, over all restarts
        self.best_pq = 0.0

    def train_step(self, features, targets) -> dict[str, float]:
        """One step of AdamW on a batch; returns the parts of the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.settings, self.step)
        with half_precision():
            hidden = transform(self.model, features[-1]).float()
        loss, parts = total_loss(
            self.model,
            self.centre_head,
            hidden,
            features,
            targets,
            masks_per_picture=self.settings.masks,
            rng=self.rng,
        )
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, GRADIENT_NORM)
        self.optimiser.step()
        self.step += 1
        average(self.averaged, self.parameters[: len(self.averaged)], self.step)
        return parts | {"total": float(loss.detach())}

    def state(self) -> dict:
        """Everything that a restart needs."""
        return {
            "settings": asdict(self.settings),
            "model": self.model.state_dict(),
            "centre_head": self.centre_head.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "hours": self.hours,
            "best_pq": self.best_pq,
        }

    def load_state(self, state: dict) -> None:
        """Go on from `state`; the settings stay those of this run."""
        self.model.load_state_dict(state["model"])
        self.centre_head.load_state_dict(state["centre_head"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.hours = state["step"], state["hours"]
        self.best_pq = state["best_pq"]


def main() -> None:
    """Train until the learning rate has reached its end."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    run: Path = arguments.run
    run.mkdir(parents=True, exist_ok=True)
    training = Training(
        Settings(pictures=arguments.pictures, masks=arguments.masks, flat=arguments.flat),
        arguments.init,
    )
    if (run / "state.pt").exists():
        training.load_state(torch.load(run / "state.pt", weights_only=True))
        print(f"resumed at step {training.step}", flush=True)
    _loop(training, arguments, run)


def _arguments() -> argparse.Namespace:
    defaults = Settings()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=CACHE / "training", help="folder of the run")
    parser.add_argument("--features", type=Path, default=CACHE / "features")
    parser.add_argument("--init", type=Path, help="checkpoint folder to start a new run from")
    parser.add_argument("--pictures", type=int, default=defaults.pictures)
    parser.add_argument("--flat", type=float, default=defaults.flat)
    parser.add_argument("--masks", type=int, default=defaults.masks)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-minutes", type=float, default=3)
    parser.add_argument("--evaluate-minutes", type=float, default=15)
    parser.add_argument("--held-out", type=int, default=60, help="scenes for each evaluation")
    return parser.parse_args()


def _loop(training: Training, arguments: argparse.Namespace, run: Path) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; the state is kept"))
    try:
        _train(training, arguments, run)
    finally:
        save_atomically(training.state(), run / "state.pt")
    _evaluate(training, run, arguments.held_out)


def _train(training: Training, arguments: argparse.Namespace, run: Path) -> None:
    start, hours_before = time.time(), training.hours
    saved = evaluated = logged = start
    recent: list[dict[str, float]] = []
    while training.step * training.settings.batch < training.settings.pictures:
        shards = open_shards(arguments.features)
        if not shards:
            print("waiting for the first features", flush=True)
            time.sleep(30)
            continue
        for rows in epoch(shards, training.settings.batch, training.rng):
            recent.append(training.train_step(*read_batch(shards, rows)))
            if training.step * training.settings.batch >= training.settings.pictures:
                return
            now = time.time()
            training.hours = hours_before + (now - start) / 3600
            if now - logged > 60:
                _log(run, training, {k: _mean(recent, k) for k in recent[0]})
                recent, logged = [], now
            if now - saved > 60 * arguments.save_minutes:
                save_atomically(training.state(), run / "state.pt")
                write_checkpoint(training.average, run / "latest")
                saved = now
            if now - evaluated > 60 * arguments.evaluate_minutes:
                _evaluate(training, run, arguments.held_out)
                evaluated = time.time()


def _mean(parts: list[dict[str, float]], name: str) -> float:
    return round(sum(part[name] for part in parts) / len(parts), 4)


def _evaluate(training: Training, run: Path, scenes: int) -> None:
    from training.evaluate import evaluate  # noqa: PLC0415  (Segmenter is slow to import)

    write_checkpoint(training.average, run / "latest")
    quality = evaluate(run / "latest", range(VALIDATION, VALIDATION + scenes))
    figures = {
        group.title(): round(getattr(quality.scores, group).pq, 2)
        for group in ("all", "things", "stuff")
    }
    _log(run, training, {"pq": figures})
    if figures["All"] >= training.best_pq:
        training.best_pq = figures["All"]
        write_checkpoint(training.average, run / "best")


def _log(run: Path, training: Training, content: dict) -> None:
    line = {
        "hours": round(training.hours, 4),
        "step": training.step,
        "pictures": training.step * training.settings.batch,
        **content,
    }
    with (run / "log.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(line, flush=True)


VALIDATION = 1_500_000  # seeds of the scenes that show progress; the final test has others


if __name__ == "__main__":
    main()
