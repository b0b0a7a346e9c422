"""The options of the commands that run a network. Imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..result.options import BATCH_FORMAT, EXPORT_FORMATS, OWN_FORMATS
from .options import add_command, add_method, add_network_options, count


def add_segment(commands: argparse._SubParsersAction) -> None:
    """Add the command ``segment``."""
    segment = add_command(
        commands,
        "segment",
        "PICTURES... --output PLACE [OPTIONS]",
        "segment pictures into files",
        "  python -m detr_gradio segment holiday.jpg --output results\n"
        "  python -m detr_gradio segment photos 'more/**/*.png' --output results --threshold 0.9\n"
        "  python -m detr_gradio segment photos --output data --format coco --stuff\n"
        "  python -m detr_gradio segment s3://bucket/list.csv --output s3://bucket/results \\\n"
        "      --engine ray --address auto --max-errors 1%\n"
        "\n"
        "files written for NAME.jpg, if no --format is given:\n"
        "  NAME_overlay.png    the picture with its segments drawn over it\n"
        "  NAME_panoptic.png   COCO panoptic map: id = red + 256 green + 65536 blue\n"
        "  NAME.json           COCO panoptic annotation that belongs to the map\n"
        "  NAME.csv            one line a segment: label, confidence, area, box\n"
        "files of other tools, by format:\n"
        "  coco          coco.json: COCO instances of all pictures\n"
        "  yolo          yolo/labels/NAME.txt, yolo/data.yaml; the pictures go to yolo/images\n"
        "  semantic      semantic/NAME.png: categories by number; semantic/categories.csv\n"
        "  label-studio  label-studio.json: tasks with predictions; label-studio.xml: labels\n"
        "  labelme       labelme/NAME.json, which opens the picture where it is\n"
        "  cvat          cvat.xml: CVAT for images 1.1, all pictures\n"
        "  geojson       NAME.geojson: polygons in pixels\n"
        "\n"
        "parquet is for many pictures: one row a picture in PLACE/*.parquet, which\n"
        "detr_gradio.read_results(PLACE) reads; with overlay or panoptic also PLACE/_overlay,\n"
        "PLACE/_panoptic. With it, PICTURES and PLACE may be URIs (s3, gs; pictures http\n"
        "too), and PICTURES a list: a .txt with one on each line, or a .csv or .parquet with a\n"
        "column uri or path, and id if they have ids.\n"
        "\n"
        "What is already there, made from the same picture with the same options, is not made\n"
        "again. Two pictures of the same name get different files: NAME, NAME-2, ...\n",
    )
    segment.add_argument(
        "pictures",
        nargs="+",
        metavar="PICTURES",
        help="picture files, folders (with all their subfolders), or patterns such as '*.jpg'",
    )
    segment.add_argument("--output", required=True, metavar="PLACE", help="folder for the results")
    add_network_options(segment)
    add_method(segment, default="paper")
    segment.add_argument(
        "--format",
        nargs="+",
        choices=(*OWN_FORMATS, *EXPORT_FORMATS, BATCH_FORMAT),
        metavar="FORMAT",
        help=f"what to write: {', '.join((*OWN_FORMATS, *EXPORT_FORMATS, BATCH_FORMAT))} "
        f"(default: {', '.join(OWN_FORMATS)})",
    )
    segment.add_argument(
        "--stuff", action="store_true", help="coco and yolo: stuff too, not things alone"
    )
    segment.add_argument(
        "--polygons", action="store_true", help="coco: polygons in place of run lengths"
    )
    batch = segment.add_argument_group("parquet")
    batch.add_argument(
        "--engine",
        choices=("ray",),
        help="ray: on a Ray cluster, with --format parquet (default: processes of this machine)",
    )
    batch.add_argument(
        "--address",
        metavar="ADDRESS",
        help="the cluster of --engine ray, as ray.init takes it, such as auto or HOST:6379 "
        "(default: one on this machine, for this run)",
    )
    batch.add_argument(
        "--gpus",
        type=float,
        metavar="F",
        help="of --engine ray: GPUs for each network, such as 1 or 0.25 (default: none)",
    )
    batch.add_argument(
        "--workers",
        type=count,
        metavar="N",
        help="processes with a network each (default: what processors and memory are good for)",
    )
    batch.add_argument(
        "--max-errors",
        metavar="N",
        help="end the run at more errors than this number, or share such as 1%% (default: never)",
    )


def add_video(commands: argparse._SubParsersAction) -> None:
    """Add the command ``video``."""
    video = add_command(
        commands,
        "video",
        "IN OUT.mp4 [OPTIONS]",
        "segment a video",
        "  python -m detr_gradio video street.mov street-segmented.mp4\n"
        "  python -m detr_gradio video street.mov part.mp4 --every 5 --start 10 --end 20\n"
        "\n"
        "files written for OUT.mp4:\n"
        "  OUT.mp4     the video with its segments drawn over it, its sound kept\n"
        "  OUT.csv     one line a segment and frame: label, number, confidence, area, box\n"
        "  OUT.jsonl   the same as JSON, one line a frame\n"
        "The same thing keeps its number. After Ctrl-C, what was done is there and plays.\n",
    )
    video.add_argument("input", type=Path, metavar="IN", help="MP4, MOV, AVI or WebM file")
    video.add_argument("output", type=Path, metavar="OUT.mp4", help="file for the result")
    add_network_options(video)
    video.add_argument(
        "--every",
        type=count,
        default=1,
        metavar="N",
        help="segment one of N frames and move its map along between them: N times as fast, a "
        "little less exact (default: 1)",
    )
    video.add_argument(
        "--start", type=float, default=0.0, metavar="SECONDS", help="where to begin (default: 0)"
    )
    video.add_argument(
        "--end", type=float, metavar="SECONDS", help="where to end (default: its end)"
    )


def add_evaluate(commands: argparse._SubParsersAction) -> None:
    """Add the command ``evaluate``."""
    evaluate = add_command(
        commands,
        "evaluate",
        "--images DIR --annotations FILE --masks DIR [OPTIONS]",
        "measure the panoptic quality (PQ) on a folder in COCO's format",
        "  python -m detr_gradio evaluate --images val2017 --masks panoptic_val2017 \\\n"
        "      --annotations panoptic_val2017.json --limit 100\n"
        "\n"
        "Prints PQ, SQ and RQ beside the published figures. In the output folder: report.html\n"
        "(worst pictures first), categories.csv, pictures.csv and the predictions in COCO's\n"
        "format. A run that was stopped goes on where it was.\n"
        "Pictures are taken as they are stored, as COCO's masks are: an EXIF orientation counts\n"
        "only where the size fits the masks in no other way, and a colour profile never.\n",
    )
    evaluate.add_argument(
        "--images", type=Path, required=True, metavar="DIR", help="folder of the pictures"
    )
    evaluate.add_argument(
        "--annotations", type=Path, required=True, metavar="FILE", help="COCO panoptic JSON file"
    )
    evaluate.add_argument(
        "--masks", type=Path, required=True, metavar="DIR", help="folder of its PNG files"
    )
    evaluate.add_argument(
        "--output",
        type=Path,
        default=Path("evaluation"),
        metavar="DIR",
        help="folder for predictions and report (default: evaluation)",
    )
    evaluate.add_argument(
        "--limit", type=count, metavar="N", help="only the first N pictures (default: all)"
    )
    evaluate.add_argument(
        "--match",
        choices=("ids", "names"),
        default="ids",
        help="how the annotations' categories are found among the checkpoint's (default: ids)",
    )
    evaluate.add_argument(
        "--results",
        metavar="PLACE",
        help="what segment --format parquet has written: it is measured, with the checkpoint and "
        "options that it was made with, and no network runs",
    )
    add_network_options(evaluate)
    add_method(evaluate, default="reference")


def add_verify(commands: argparse._SubParsersAction) -> None:
    """Add the command ``verify``."""
    verify = add_command(
        commands,
        "verify",
        "[NAMES...] [OPTIONS]",
        "check the published weights against published figures",
        "  python -m detr_gradio verify\n"
        "  python -m detr_gradio verify facebook/detr-resnet-50-panoptic --coco coco --json\n"
        "\n"
        "Fetches each checkpoint and a photograph of COCO, segments it, and compares with what\n"
        "transformers' own tests list; with --coco, the panoptic quality with DETR's paper.\n"
        "Beside them stands what --precision fast gives, where it is not exact here.\n",
    )
    verify.add_argument(
        "names",
        nargs="*",
        metavar="NAMES",
        help="checkpoints on the Hub (default: all that are published), or folders, of which the "
        "files alone are verified",
    )
    verify.add_argument(
        "--coco",
        type=Path,
        metavar="DIR",
        help="folder with COCO's val2017 and annotations, with panoptic_val2017 and its JSON file "
        "in it: also measure PQ, which takes hours without a GPU",
    )
    verify.add_argument("--json", action="store_true", help="print JSON in place of a table")


def add_bench(commands: argparse._SubParsersAction) -> None:
    """Add the command ``bench``."""
    bench = add_command(
        commands,
        "bench",
        "[OPTIONS]",
        "measure seconds and memory for a picture on this machine",
        "  python -m detr_gradio bench\n"
        "  python -m detr_gradio bench --backbone resnet50 --runs 1\n"
        "\n"
        "Exact, fast, and transformers: same weights, same picture, each in a process of its own.\n"
        "Takes some minutes and, for transformers' side, 13 GB of memory. Needs the repository\n"
        "with its development requirements: make bench sets them up.\n",
    )
    bench.add_argument(
        "--backbone",
        default="resnet101",
        choices=("resnet101", "resnet50", "toy-scenes"),
        help="the network's size (default: resnet101); its weights are random, which changes no "
        "figure; or the included toy-scenes, which transformers can't run",
    )
    bench.add_argument(
        "--runs", type=count, default=3, metavar="N", help="processes of each side (default: 3)"
    )
    bench.add_argument(
        "--output",
        type=Path,
        default=Path("speed.json"),
        metavar="FILE",
        help="file for the figures (default: speed.json)",
    )
