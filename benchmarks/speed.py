"""Seconds and memory for one picture: exact, fast, and with transformers.

    python -m benchmarks.speed
    python -m benchmarks.speed --backbone resnet50

All get the same weights and picture, each run in a process of its own, in turns. The weights are
random (no download) and calibrated so that 15 queries are kept; speed does not depend on what the
weights are, only on how many queries are kept. For us a run is ``Segmenter.segment``, from the
pixels to the panoptic map; for transformers it is ``DetrImageProcessor``, ``DetrForSegmentation``
and ``post_process_panoptic_segmentation``. The first picture of a process is not counted.
transformers takes so long that it has one process and one counted picture.
toy-scenes has its own weights and looks at a drawn scene; transformers takes the activations out of
its backbone, so it can't run it.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch.utils.flop_counter import FlopCounterMode

from detr_gradio.model.precision import Precision
from tests.support.children import peak_memory

KEPT = 15
OURS = ("exact", "fast")
SIDES = (*OURS, "transformers")
TOY_SCENES = "toy-scenes"
ROOT = Path(__file__).parents[1]
TOY_FOLDER = ROOT / "detr_gradio" / "toy_scenes"
TOY_PICTURE = ROOT / "examples" / "scene-car.jpg"


def picture() -> np.ndarray:
    """Return a (480, 640, 3) uint8 picture of soft colours: a 800x1066 input."""
    noise = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)
    return np.array(image.filter(ImageFilter.SHARPEN))


def main() -> None:
    """Measure, print a table and write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--backbone",
        nargs="+",
        default=["resnet101", "resnet50", TOY_SCENES],
        help="of timm, or toy-scenes",
    )
    parser.add_argument("--runs", type=int, default=2, help="processes of each of ours")
    parser.add_argument("--pictures", type=int, default=3, help="counted pictures in a process")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/speed.json"))
    parser.add_argument("--worker", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="a checkpoint to use instead of a random one")
    options = parser.parse_args()
    if options.worker:
        if options.worker == "transformers":
            measured = _measure_transformers(options.folder)
        else:
            measured = _measure_package(options.folder, options.pictures, options.worker)
        print(json.dumps(measured))
        return
    reports = []
    for backbone in options.backbone:
        reports.append(_compared(backbone, options))
        print(_table(reports[-1]), end="\n\n", flush=True)
        options.output.write_text(json.dumps(reports, indent=2) + "\n")


def _compared(backbone: str, options: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory() as made:
        toy = backbone == TOY_SCENES
        folder = options.folder or (TOY_FOLDER if toy else _random_checkpoint(Path(made), backbone))
        runs: dict[str, list[dict]] = {side: [] for side in (OURS if toy else SIDES)}
        for number in range(options.runs):
            for side in runs if number == 0 else OURS:
                runs[side].append(_run_in_subprocess(side, folder, options.pictures))
                print(f"run {number + 1} {side}: {runs[side][-1]['seconds']}", file=sys.stderr)
    return _report(backbone, runs)


def _random_checkpoint(folder: Path, backbone: str) -> Path:
    from tests.support.factories import write_checkpoint  # noqa: PLC0415 - only where none is given

    return write_checkpoint(folder, picture(), kept=KEPT, backbone=backbone)


def _run_in_subprocess(side: str, folder: Path, pictures: int) -> dict:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.speed", "--worker", side]
    command += ["--folder", str(folder), "--pictures", str(pictures)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(output.stdout.splitlines()[-1])


def _measure(
    segment: Callable[[np.ndarray], Any], image: np.ndarray, pictures: int
) -> tuple[dict[str, list[float]], Any]:
    seconds, processor_seconds = [], []
    for number in range(pictures + 1):
        image = image.copy()
        image[0, 0] = number  # another picture each time: nothing comes from a cache
        start, used = time.perf_counter(), time.process_time()
        result = segment(image)
        seconds.append(round(time.perf_counter() - start, 4))
        processor_seconds.append(round(time.process_time() - used, 4))
    return {"seconds": seconds[1:], "processor_seconds": processor_seconds[1:]}, result


def _peak_bytes() -> int:
    return peak_memory() or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: in bytes


def _measure_package(folder: Path, pictures: int, precision: Precision) -> dict:
    # Not in transformers' process.
    from detr_gradio.images import load_image  # noqa: PLC0415
    from detr_gradio.segmenter import load_segmenter  # noqa: PLC0415

    segmenter = load_segmenter(folder, precision=precision)
    image = load_image(TOY_PICTURE) if folder == TOY_FOLDER else picture()
    times, result = _measure(lambda image: segmenter.segment(image, threshold=0.5), image, pictures)
    peak = _peak_bytes()
    kept = len(segmenter.predict(image).queries)
    start = time.perf_counter()
    segmenter.segment(image, threshold=0.6)
    again = time.perf_counter() - start
    with FlopCounterMode(display=False) as counter:
        segmenter.network.predict(image)
    return {
        **times,
        "precision": segmenter.network.precision,
        "peak_bytes": peak,
        "kept": kept,
        "input_size": result.input_size,
        "threshold_seconds": round(again, 4),
        "flop": counter.get_total_flops(),
        "peak_flop_per_second": _peak_flop_per_second(),
    }


def _measure_transformers(folder: Path) -> dict:
    from transformers import DetrForSegmentation, DetrImageProcessor  # noqa: PLC0415 - not in ours

    processor = DetrImageProcessor.from_pretrained(folder)
    model = DetrForSegmentation.from_pretrained(folder).eval()

    def segment(image: np.ndarray) -> list[dict]:
        inputs = processor(images=image, return_tensors="pt")
        with torch.inference_mode():
            outputs = model(**inputs)
        return processor.post_process_panoptic_segmentation(
            outputs, threshold=0.5, target_sizes=[image.shape[:2]]
        )

    times, _ = _measure(segment, picture(), pictures=1)
    return {**times, "peak_bytes": _peak_bytes()}


def _peak_flop_per_second() -> float:
    """Return the fp32 floating-point operations a second that this computer reaches at best."""
    size = 1536
    matrix = torch.randn(size, size)
    pixels = torch.randn(1, 256, 64, 64).contiguous(memory_format=torch.channels_last)
    kernel = torch.randn(256, 256, 3, 3).contiguous(memory_format=torch.channels_last)
    work = (
        (lambda: matrix @ matrix, 2 * size**3),
        (lambda: torch.conv2d(pixels, kernel, padding=1), 2 * 64 * 64 * 256 * 256 * 9),
    )
    best = 0.0
    for _ in range(8):
        for compute, flop in work:
            start = time.perf_counter()
            compute()
            best = max(best, flop / (time.perf_counter() - start))
    return best


def _report(backbone: str, runs: dict[str, list[dict]]) -> dict:
    sides: dict[str, Any] = {
        side: {
            "median_seconds": statistics.median(s for run in of_side for s in run["seconds"]),
            "median_processor_seconds": statistics.median(
                s for run in of_side for s in run["processor_seconds"]
            ),
            "seconds": [run["seconds"] for run in of_side],
            "peak_gigabytes": round(max(run["peak_bytes"] for run in of_side) / 1e9, 2),
        }
        for side, of_side in runs.items()
    }
    first = runs["exact"][0]
    peak = max(run["peak_flop_per_second"] for run in runs["exact"])
    for side in sides.values():
        for name, other in sides.items():
            side[f"times_as_fast_as_{name}"] = round(
                other["median_seconds"] / side["median_seconds"], 3
            )
    for side in OURS:
        # The multiplications of the exact pass: those in half precision are not counted by torch.
        share = first["flop"] / peak / sides[side]["median_seconds"]
        sides[side]["roofline_share"] = round(share, 3)
    return {
        "backbone": backbone,
        "image": [480, 640],
        "input": first["input_size"],
        "kept_queries": first["kept"],
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        **sides,
        "fast_is": runs["fast"][0]["precision"],
        "gigaflop": round(first["flop"] / 1e9, 1),
        "peak_gigaflop_per_second": round(peak / 1e9, 1),
        "new_threshold_seconds": statistics.median(r["threshold_seconds"] for r in runs["exact"]),
    }


def _table(report: dict) -> str:
    rows = [
        f"{report['backbone']}, input {report['input']}, {report['kept_queries']} queries kept, "
        f"{report['threads']} threads, torch {report['torch']}",
        f"{'':14}{'seconds':>10}{'processor':>11}{'peak GB':>9}{'of exact':>10}{'roofline':>10}",
    ]
    for name in SIDES:
        side = report.get(name)
        if side:
            share = f"{side['roofline_share']:10.0%}" if name in OURS else ""
            rows.append(
                f"{name:14}{side['median_seconds']:10.3f}{side['median_processor_seconds']:11.3f}"
                f"{side['peak_gigabytes']:9.2f}{side['times_as_fast_as_exact']:9.2f}x{share}"
            )
    if report["fast_is"] == "exact":
        rows.append("fast is exact on this computer")
    rows += [
        f"roofline: {report['gigaflop']} GFLOP at {report['peak_gigaflop_per_second']} GFLOP/s, "
        "the best of this computer in float32",
        f"a new threshold for the same picture: {report['new_threshold_seconds']:.3f} s",
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
