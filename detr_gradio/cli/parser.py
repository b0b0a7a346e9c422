"""The options of every command and their help. Imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from .. import __version__
from ..data_sets.sources import FORMATS as SOURCE_FORMATS
from ..limits import variable
from ..messages import LANGUAGES
from ..model.precision import PRECISIONS
from ..result.options import (
    BATCH_FORMAT,
    EXPORT_FORMATS,
    METHODS,
    MIN_THRESHOLD,
    OWN_FORMATS,
    THRESHOLD,
)
from ..settings import WHOLE, Settings
from ..training.settings import AUGMENTATIONS, BACKBONES, MASKS
from ..training.settings import Settings as TrainingSettings

_EXIT_STATUS = """\
exit status:
  0    all went well
  1    something could not be done, or some figures are wrong; each is named
  2    the command can't be carried out as it was written
  3    the checkpoint can't be had
  130  stopped with Ctrl-C
"""

_CHECKPOINT_HELP = (
    "network to use: facebook/detr-resnet-101-panoptic (the default), "
    "facebook/detr-resnet-50-panoptic, facebook/detr-resnet-50-dc5-panoptic, toy-scenes (small, "
    "included, for drawn scenes), or a folder in the Hub's layout"
)


def user_language(environment: Mapping[str, str]) -> str:
    """Return "en" or "es", as the locale variables of an environment ask for."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        locale = environment.get(name)
        if locale:
            return locale[:2].lower() if locale[:2].lower() in LANGUAGES else "en"
    return "en"


_MAX_COUNT = 2**31 - 1  # what every generator of random numbers takes as a seed


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is needed, not {text!r}")
    if number > _MAX_COUNT:
        raise argparse.ArgumentTypeError(f"a number up to {_MAX_COUNT} is needed, not {text!r}")
    return number


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of ``python -m detr_gradio``."""
    parser = argparse.ArgumentParser(
        prog="python -m detr_gradio",
        usage="python -m detr_gradio COMMAND ...",
        description="Panoptic segmentation with DETR: which pixel of a picture belongs to which "
        "thing (person, car, dog, ...) or stuff (sky, grass, road, ...).",
        epilog="python -m detr_gradio COMMAND --help explains a command and gives examples.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog="python -m detr_gradio"
    )
    _add_launch(commands)
    _add_segment(commands)
    _add_video(commands)
    _add_evaluate(commands)
    _add_convert(commands)
    _add_check(commands)
    _add_train(commands)
    _add_verify(commands)
    _add_bench(commands)
    return parser


def _add_command(
    commands: argparse._SubParsersAction, name: str, usage: str, about: str, examples: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        usage=f"python -m detr_gradio {name} {usage}",
        epilog=f"examples:\n{examples}\n{_EXIT_STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--language",
        choices=LANGUAGES,
        help="language of messages and labels (default: that of the system, else English)",
    )
    return command


def _add_launch(commands: argparse._SubParsersAction) -> None:
    launch = _add_command(
        commands,
        "launch",
        "[OPTIONS]",
        "open the app in the browser",
        "  python -m detr_gradio launch --open\n"
        "  DETR_AUTH=ann:secret python -m detr_gradio launch --host 0.0.0.0 --port 8000\n",
    )
    # Each option is also an environment variable: an option that is not given stays None.
    for setting in fields(Settings):
        option = "--" + setting.name.replace("_", "-")
        about = f"{setting.metadata['about']} Variable: {variable(setting.name)}."
        if isinstance(setting.default, bool):
            launch.add_argument(option, action="store_true", default=None, help=about)
        else:
            launch.add_argument(
                option,
                type=int if setting.name in WHOLE else str,
                metavar=setting.name.rsplit("_", maxsplit=1)[-1].upper(),
                help=f"{about} Default: {setting.metadata['shown']}.",
            )
    launch.add_argument(
        "--queue-size",
        type=int,
        metavar="N",
        help="Requests that may wait for the network. Variable: DETR_QUEUE_SIZE. Default: 32.",
    )


def _add_segment(commands: argparse._SubParsersAction) -> None:
    segment = _add_command(
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
    _add_network_options(segment)
    _add_method(segment, default="paper")
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
        type=_count,
        metavar="N",
        help="processes with a network each (default: what processors and memory are good for)",
    )
    batch.add_argument(
        "--max-errors",
        metavar="N",
        help="end the run at more errors than this number, or share such as 1%% (default: never)",
    )


def _add_video(commands: argparse._SubParsersAction) -> None:
    video = _add_command(
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
    _add_network_options(video)
    video.add_argument(
        "--every",
        type=_count,
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


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    evaluate = _add_command(
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
        "--limit", type=_count, metavar="N", help="only the first N pictures (default: all)"
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
    _add_network_options(evaluate)
    _add_method(evaluate, default="reference")


def _add_convert(commands: argparse._SubParsersAction) -> None:
    convert = _add_command(
        commands,
        "convert",
        "SOURCE --output FOLDER [OPTIONS]",
        "make a data set to train on from the annotations of other tools",
        "  python -m detr_gradio convert instances_train.json --images photos --output my-data\n"
        "  python -m detr_gradio convert labelme --output my-data --stuff sky road --val 0.1\n"
        "  python -m detr_gradio convert masks --images photos --categories names.csv \\\n"
        "      --output my-data\n"
        "\n"
        "what is read:\n"
        "  coco          COCO instances: one JSON file; --semantic adds stuff from PNG files\n"
        "  png           a folder of PNG files whose pixels are numbers, with a table of names\n"
        "  labelme       a folder of LabelMe's JSON files\n"
        "  label-studio  Label Studio's export as JSON\n"
        "  cvat          CVAT for images 1.1: one XML file\n"
        "What is written is laid out as COCO's panoptic data; pictures are copied, and pixels of\n"
        "which nothing is said are void. What was left out is named, and makes the status 1.\n",
    )
    convert.add_argument("source", type=Path, metavar="SOURCE", help="file or folder to read")
    convert.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="folder of the new data set"
    )
    convert.add_argument(
        "--format", choices=SOURCE_FORMATS, help="what SOURCE is (default: as it looks)"
    )
    convert.add_argument(
        "--images",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders of the pictures (default: images/ in or beside SOURCE, or SOURCE itself)",
    )
    convert.add_argument(
        "--stuff", nargs="+", default=[], metavar="NAME", help="categories that are stuff"
    )
    convert.add_argument(
        "--categories",
        type=Path,
        metavar="FILE",
        help="table of the categories, CSV or JSON: id, name, isthing; for png their values",
    )
    convert.add_argument(
        "--semantic",
        type=Path,
        metavar="DIR",
        help="folder of PNG files, as png reads it, whose stuff lies beneath all else",
    )
    convert.add_argument(
        "--no-crowds",
        action="store_true",
        help="coco: each crowd is one thing, as in files of CVAT and Datumaro",
    )
    convert.add_argument(
        "--split", default="train", metavar="NAME", help="name of the part (default: train)"
    )
    convert.add_argument(
        "--val",
        type=float,
        default=0.0,
        metavar="P",
        help="share of the pictures, 0 to 1, that becomes the part val (default: 0)",
    )
    convert.add_argument("--json", action="store_true", help="print JSON in place of sentences")


def _add_check(commands: argparse._SubParsersAction) -> None:
    check = _add_command(
        commands,
        "check",
        "FOLDER [OPTIONS]",
        "say whether a data set of one's own is fit to train on",
        "  python -m detr_gradio check my-data\n"
        "  python -m detr_gradio check my-data --json > faults.json\n"
        "\n"
        "The folder is laid out as COCO's panoptic data: panoptic_train.json and the folder\n"
        "panoptic_train of its PNG files, in it or in annotations/, and the pictures in train/,\n"
        "images/train/ or images/; the same for val. Each fault is named with its file, then\n"
        "what is in the data set. The exit status is 0 only if there is no fault.\n",
    )
    check.add_argument("folder", type=Path, metavar="FOLDER", help="folder of the data set")
    check.add_argument("--json", action="store_true", help="print JSON in place of sentences")


def _add_train(commands: argparse._SubParsersAction) -> None:
    defaults = TrainingSettings()
    train = _add_command(
        commands,
        "train",
        "FOLDER --from CHECKPOINT --output DIR [OPTIONS]",
        "train a checkpoint on a data set of one's own",
        "  python -m detr_gradio train my-data --from facebook/detr-resnet-50-panoptic \\\n"
        "      --output my-model\n"
        "  torchrun --nproc-per-node 2 -m detr_gradio train my-data --from my-model-before \\\n"
        "      --output my-model --backbone trained --steps 20000 --batch 8\n"
        "\n"
        "FOLDER is one that check finds fit. DIR becomes a checkpoint in the Hub's layout with\n"
        "categories.json and a model card, which the other commands open; the page\n"
        "training/progress.html in it shows how far the training is. After Ctrl-C or a crash, the\n"
        "same command goes on, and the weights become those of a training that nothing stopped.\n",
    )
    train.add_argument("folder", type=Path, metavar="FOLDER", help="folder of the data set")
    train.add_argument(
        "--from", dest="checkpoint", required=True, metavar="CHECKPOINT", help=_CHECKPOINT_HELP
    )
    train.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for the new checkpoint"
    )
    for name, about in (
        ("steps", "steps of the optimiser"),
        ("batch", "pictures of a step, of all processes together"),
        ("versions", "of each picture, augmented differently, that a frozen backbone sees"),
    ):
        default = getattr(defaults, name)
        text = f"{about} (default: {default})"
        train.add_argument(f"--{name}", type=_count, default=default, metavar="N", help=text)
    train.add_argument(
        "--learning-rate",
        type=_rate,
        default=defaults.learning_rate,
        metavar="RATE",
        help=f"at its highest, 0.1 at most (default: {defaults.learning_rate})",
    )
    for name, choices, about in (
        ("backbone", BACKBONES, "trained: at a tenth of the learning rate"),
        ("masks", MASKS, "after: in the last third of the steps, as in DETR's paper"),
        ("augmentation", AUGMENTATIONS, "light: mirrored, other light; full: cut out as well"),
    ):
        default = getattr(defaults, name)
        text = f"{about} (default: {default})"
        train.add_argument(f"--{name}", choices=choices, default=default, help=text)
    train.add_argument(
        "--detail",
        type=_count,
        metavar="PIXELS",
        help="shorter side of the network's input (default: the checkpoint's own)",
    )
    train.add_argument(
        "--seed",
        type=_count,
        default=defaults.seed,
        metavar="N",
        help="of the order of the pictures and all else that is by chance",
    )
    train.add_argument(
        "--tensorboard", action="store_true", help="also write files for TensorBoard"
    )


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 0.1:
        raise argparse.ArgumentTypeError(f"a number above 0 and up to 0.1 is needed, not {text!r}")
    return rate


def _add_verify(commands: argparse._SubParsersAction) -> None:
    verify = _add_command(
        commands,
        "verify",
        "[NAMES...] [OPTIONS]",
        "check the published weights against published figures",
        "  python -m detr_gradio verify\n"
        "  python -m detr_gradio verify facebook/detr-resnet-50-panoptic --coco coco --json\n"
        "\n"
        "Fetches each checkpoint and a photograph of COCO, segments it, and compares with what\n"
        "transformers' own tests list; with --coco, the panoptic quality with DETR's paper.\n",
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


def _add_bench(commands: argparse._SubParsersAction) -> None:
    bench = _add_command(
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
        "--runs", type=_count, default=3, metavar="N", help="processes of each side (default: 3)"
    )
    bench.add_argument(
        "--output",
        type=Path,
        default=Path("speed.json"),
        metavar="FILE",
        help="file for the figures (default: speed.json)",
    )


def _add_network_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--checkpoint", metavar="NAME", help=_CHECKPOINT_HELP)
    command.add_argument(
        "--detail",
        type=int,
        metavar="PIXELS",
        help="shorter side at which the network sees the picture: more is finer and slower "
        "(default: what the checkpoint was made for, 800 for DETR)",
    )
    command.add_argument(
        "--threshold",
        type=float,
        default=THRESHOLD,
        metavar="P",
        help=f"least confidence of a segment, {MIN_THRESHOLD} to 1 (default: {THRESHOLD})",
    )
    command.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="exact",
        help="fast: NVIDIA GPUs compute in fp16, and processors that are faster with it in "
        "bfloat16, and the results differ a little (default: exact)",
    )


def _add_method(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument(
        "--method",
        choices=METHODS,
        default=default,
        help="how segments are put together: as the paper says, or as the released code does it "
        f"(default: {default})",
    )
