"""Publish a run's best checkpoint: weights, measured quality, learning curve, model card.

    python -m training.report --run ~/.cache/detr-panoptic/training

A run that went on from another one's weights (``training.train --init``) is published with
``--after``, the log of that other one: hours and pictures are counted from its beginning. It
writes everything into detr_gradio/toy_scenes/. The model card is `training/model_card.md` with
the figures filled in.
"""

import argparse
import json
import shutil
from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt

from detr_gradio.result.coco import COCO
from detr_gradio.training.validation import FIGURES, GROUPS, table
from training.checkpoint import SHIPPED
from training.evaluate import SceneQuality, evaluate
from training.features import CACHE, HELD_OUT

TEMPLATE = Path(__file__).parent / "model_card.md"
COUNTED = {"hours", "step", "pictures"}  # what a run counts from its own beginning
FEW = 60  # scenes whose quality a test repeats


def draw_curve(log: Path, picture: Path) -> None:
    """Draw PQ against hours of training from a run's log."""
    measured = [line for line in _read(log) if "pq" in line]
    hours = [line["hours"] for line in measured]
    matplotlib.rcParams["svg.hashsalt"] = "toy-scenes"
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for name, colour in (("Stuff", "#2a9d8f"), ("All", "#264653"), ("Things", "#e76f51")):
        values = [line["pq"][name] for line in measured]
        axes.plot(hours, values, "o-", color=colour, label=name, markersize=3)
    axes.set(xlabel="hours of training", ylabel="PQ on held-out scenes", ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(picture, metadata={"Date": None})
    plt.close(figure)


def joined(earlier: list[dict], later: list[dict]) -> list[dict]:
    """Return two logs as one; what the later run counts comes on top of the earlier one's end."""
    if not earlier:
        return later
    end = earlier[-1]
    return earlier + [
        {**line, **{key: round(end[key] + line[key], 4) for key in COUNTED}} for line in later
    ]


def _read(log: Path) -> list[dict]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def _groups(quality: SceneQuality) -> dict:
    return {
        group: {key: round(getattr(getattr(quality.scores, group), key), 2) for key in FIGURES}
        for group in GROUPS
    }


def _confusions(quality: SceneQuality, most: int = 12) -> str:
    ranked = sorted(quality.confusions.items(), key=lambda item: -item[1])[:most]
    lines = ["| is | was called | times |", "|---|---|---|"]
    lines += [f"| {COCO[a].name} | {COCO[b].name} | {n} |" for (a, b), n in ranked]
    return "\n".join(lines)


def main() -> None:
    """Copy, measure, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=CACHE / "training")
    parser.add_argument("--after", type=Path, help="log of the run that this one went on from")
    parser.add_argument("--scenes", type=int, default=500)
    arguments = parser.parse_args()
    SHIPPED.mkdir(exist_ok=True)
    for name in ("config.json", "preprocessor_config.json", "model.safetensors"):
        shutil.copyfile(arguments.run / "best" / name, SHIPPED / name)
    log = SHIPPED / "training-log.jsonl"
    earlier = _read(arguments.after) if arguments.after else []
    lines = joined(earlier, _read(arguments.run / "log.jsonl"))
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    draw_curve(log, SHIPPED / "learning-curve.svg")

    few = evaluate(SHIPPED, range(HELD_OUT, HELD_OUT + FEW))
    many = evaluate(SHIPPED, range(HELD_OUT, HELD_OUT + arguments.scenes))
    measured = {f"{FEW} scenes": _groups(few), f"{arguments.scenes} scenes": _groups(many)}
    (SHIPPED / "quality.json").write_text(json.dumps(measured, indent=2) + "\n")
    card = TEMPLATE.read_text().format(
        scenes=arguments.scenes,
        pictures=f"{lines[-1]['pictures']:,}",
        hours=f"{lines[-1]['hours']:.1f}",
        **{group: f"{getattr(many.scores, group).pq:.1f}" for group in GROUPS},
        table=table(many.scores, COCO),
        mistakes=_confusions(many),
    )
    (SHIPPED / "README.md").write_text(card)


if __name__ == "__main__":
    main()
