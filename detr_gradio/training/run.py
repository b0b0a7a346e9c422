"""A training from its data set to its checkpoint folder; stopped anywhere, it goes on there."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from ..checkpoints.catalogue import Checkpoint, find
from ..checkpoints.loading import load
from ..data_sets.layout import Split
from ..messages import UserError
from .batches import Plan, batches
from .checkpoint import make_fit, save_atomically, write_checkpoint, write_text
from .features import FeatureFiles, features_pay, versions_of
from .labels import choose_labels, replace_head
from .log import Reporter
from .model_card import model_card
from .processes import Processes
from .samples import Samples, read_annotated
from .settings import Settings
from .trainer import Trainer, learning_rate
from .validation import Validation, figures_of, known_figures, validate

SAVE_SECONDS = 60.0
LOGS, VALIDATIONS = 100, 10  # in a training
FEW = 50  # validation pictures as it goes; at the end all of them count
SHOWN = 6
CARD = "README.md"

Progress = Callable[[str, int, int, str], None]
"""Told the stage ("features" or "steps"), how much is done, of how much, and the figures so far."""


@dataclass(frozen=True)
class Data:
    """A data set to train on: its categories by id, and its parts."""

    name: str
    categories: dict[int, dict[str, Any]]
    train: Split
    val: Split | None


class Run:
    """One training in one output folder.

    Args:
        data: checked.
        checkpoint: to begin with.
        output: its folder, in which ``training/`` holds what a restart needs.
        settings: of the training.
        processes: that share it.
        tensorboard: whether to write its files too.
        language: of the page of its progress.

    Raises:
        CheckpointUnavailable: the checkpoint can't be had.
        UserError: the folder has something else in it.
    """

    def __init__(
        self,
        data: Data,
        checkpoint: Checkpoint,
        output: Path,
        settings: Settings,
        processes: Processes,
        *,
        tensorboard: bool = False,
        language: str = "en",
    ):
        self.data, self.checkpoint, self.output = data, checkpoint, output
        self.settings, self.processes = settings, processes
        self._work = output / "training"
        self._seconds, self._processor = 0.0, 0.0
        self._claim()
        loaded = load(checkpoint, trainable=True)
        self._preprocessor = loaded.preprocessor
        if settings.detail:
            short, long = loaded.preprocessor.shortest_edge, loaded.preprocessor.longest_edge
            long = round(long * settings.detail / short)
            changed = replace(self._preprocessor, shortest_edge=settings.detail, longest_edge=long)
            make_fit(loaded.model, self._preprocessor, changed)
            self._preprocessor = changed
        self._old = loaded.categories
        self._labels = choose_labels(data.categories, loaded.model, loaded.categories)
        replace_head(loaded.model, self._labels, settings.seed)
        self.trainer = Trainer(loaded.model, settings, processes)
        if (self._work / "state.pt").exists():
            with _spoiled_is_told(output):
                state = torch.load(
                    self._work / "state.pt", weights_only=True, map_location=processes.device
                )
                self._seconds, self._processor = state.pop("seconds"), state.pop("processor")
                self.trainer.load_state(state)
        self._reporter: Reporter | None = None
        if processes.first:
            told = self._work, data.name, self.trainer.step, settings.steps
            self._reporter = Reporter(*told, tensorboard=tensorboard, language=language)

    def train(self, progress: Progress) -> Validation | None:
        """Make the steps that are left and write the checkpoint; returns its last validation.

        Whatever stops it, all that was done is kept.
        """
        annotated = read_annotated(self.data.train, self._labels.by_id())
        samples = Samples(annotated, self._preprocessor, self.settings)
        began, spent = time.monotonic(), time.process_time()
        earlier = self._seconds, self._processor

        def count() -> None:
            self._seconds = earlier[0] + time.monotonic() - began
            self._processor = earlier[1] + time.process_time() - spent

        source, plan = self._source(samples, progress)
        if self._reporter is not None and not self._reporter.lines:
            self._measure_before()
        every, saved = max(1, self.settings.steps // VALIDATIONS), time.monotonic()
        recent: list[dict[str, float]] = []
        try:
            for batch in batches(source, plan, self.trainer.step, self.processes):
                recent.append(self.trainer.train_step(batch))
                step = self.trainer.step
                told = f"loss {recent[-1]['total']:.2f}"
                if step % max(1, self.settings.steps // LOGS) == 0:
                    count()
                    self._note(recent)
                    recent = []
                progress("steps", step, self.settings.steps, told)
                if step % every == 0 and step < self.settings.steps:
                    self._validate(FEW)
                if time.monotonic() - saved > SAVE_SECONDS:
                    count()
                    self._save()
                    saved = time.monotonic()
        finally:
            count()
            self._save()
        return self._finish()

    def _claim(self) -> None:
        """Make the folder this run's, or find that it is another's."""
        told = _identity(self.data.train, self.checkpoint, self.settings)
        path = self._work / "run.json"
        if self.processes.first and not path.exists():
            if self.output.exists() and any(self.output.iterdir()):
                raise UserError("train_output_taken", folder=self.output)
            self._work.mkdir(parents=True)
            write_text(path, json.dumps(told, indent=1))
        self.processes.told(None)
        _require_identity(self.output, told)

    def _source(self, samples: Samples, progress: Progress) -> tuple[Samples | FeatureFiles, Plan]:
        """Return where the pictures come from: a frozen backbone's features where they pay."""
        folder = self._work / "features"
        mark, backbone, device = folder / "kept.json", self.trainer.backbone, self.processes.device
        if self.processes.first and not mark.exists():
            folder.mkdir(exist_ok=True)
            pay = features_pay(self.settings, samples, backbone, folder, device)
            write_text(mark, json.dumps(pay))
        self.processes.told(None)
        own = self.processes.rank, self.processes.count
        if not json.loads(mark.read_text()):
            return samples, Plan(self.settings, len(samples.pictures), 0, *own)
        plan = Plan(self.settings, len(samples.pictures), versions_of(self.settings), *own)
        files = FeatureFiles(folder)
        needed = plan.after(self.trainer.step)
        for done, each in enumerate(needed, 1):
            files.compute(samples, *each, backbone, device)
            progress("features", done, len(needed), "")
        return files, plan

    def _measure_before(self) -> None:
        """Measure what the checkpoint makes of the categories that it knows."""
        before = {}
        if self._labels.known and self.data.val:
            found = validate(self.checkpoint, self.data.val, match="names")
            known = [self._old.by_label[label].id for label in self._labels.known.values()]
            before = known_figures(found.scores, self._old, known)
        self._tell({"before": before})

    def _note(self, recent: list[dict[str, float]]) -> None:
        loss = {name: sum(part[name] for part in recent) / len(recent) for name in recent[-1]}
        rate = learning_rate(self.settings, self.trainer.step - 1)
        self._tell({"loss": {name: round(each, 4) for name, each in loss.items()}, "rate": rate})

    def _tell(self, content: dict[str, Any], pairs: Sequence[tuple[bytes, bytes]] = ()) -> None:
        if self._reporter is not None:
            minutes = {
                "minutes": round(self._seconds / 60, 2),
                "processor_minutes": round(self._processor / 60, 2),
            }
            self._reporter.add({"step": self.trainer.step, **minutes, **content}, pairs)

    def _validate(self, limit: int | None) -> Validation | None:
        """Write the checkpoint and measure it; the first process alone."""
        if not self.processes.first:
            return None
        write_checkpoint(self.trainer.average, self._preprocessor, self._labels, self.output)
        if self.data.val is None:
            return None
        checkpoint = find(self.output)
        found = validate(checkpoint, self.data.val, limit=limit, pictures=SHOWN)
        self._tell({"pq": figures_of(found.scores)}, found.pairs)
        return found

    def _save(self) -> None:
        """Write what a restart needs."""
        if self.processes.first:
            times = {"seconds": self._seconds, "processor": self._processor}
            save_atomically(self.trainer.state() | times, self._work / "state.pt")

    def _finish(self) -> Validation | None:
        found = self._validate(None)
        if self._reporter is not None:
            before = [line["before"] for line in self._reporter.lines if "before" in line]
            facts = {
                "data": self.data.name,
                "pictures": len(json.loads(self.data.train.annotations.read_bytes())["images"]),
                "processor_minutes": self._processor / 60,
                "before": before[0] if before else {},
            }
            base = self.checkpoint.name if self.checkpoint.folder is None else self.checkpoint.title
            card = model_card(base, self._labels, self.settings, facts, found)
            write_text(self.output / CARD, card)
            shutil.rmtree(self._work / "features")
            (self._work / "state.pt").unlink()
        return found


def is_finished(output: Path, part: Split, checkpoint: Checkpoint, settings: Settings) -> bool:
    """Return whether a training in this folder has come to its end: its model card comes last.

    Raises:
        UserError: it is a training of something else, or what it keeps can't be read.
    """
    if not ((output / "training" / "run.json").exists() and (output / CARD).exists()):
        return False
    _require_identity(output, _identity(part, checkpoint, settings))
    return True


def _identity(part: Split, checkpoint: Checkpoint, settings: Settings) -> dict[str, Any]:
    """Return what makes a training the one it is."""
    return {
        "checkpoint": [checkpoint.name, checkpoint.revision],
        "data": hashlib.sha256(part.annotations.read_bytes()).hexdigest(),
        "settings": asdict(settings),
    }


def _require_identity(output: Path, identity: dict[str, Any]) -> None:
    with _spoiled_is_told(output):
        kept = json.loads((output / "training" / "run.json").read_text())
    if kept != identity:
        raise UserError("train_other_settings", folder=output)


@contextmanager
def _spoiled_is_told(output: Path) -> Generator[None]:
    """Files of the training that were cut off or changed end it with a sentence."""
    try:
        yield
    except (ValueError, KeyError, TypeError, RuntimeError, EOFError, UnpicklingError) as error:
        raise UserError("train_spoiled", folder=output / "training") from error
