"""The options of the commands for data sets of one's own. Imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..data_sets.sources import FORMATS
from ..training.settings import AUGMENTATIONS, BACKBONES, MASKS, Settings
from .options import CHECKPOINT_HELP, add_command, count


def add_convert(commands: argparse._SubParsersAction) -> None:
    """Add the command ``convert``."""
    convert = add_command(
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
    convert.add_argument("--format", choices=FORMATS, help="what SOURCE is (default: as it looks)")
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


def add_check(commands: argparse._SubParsersAction) -> None:
    """Add the command ``check``."""
    check = add_command(
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


def add_train(commands: argparse._SubParsersAction) -> None:
    """Add the command ``train``."""
    defaults = Settings()
    train = add_command(
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
        "--from", dest="checkpoint", required=True, metavar="CHECKPOINT", help=CHECKPOINT_HELP
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
        train.add_argument(f"--{name}", type=count, default=default, metavar="N", help=text)
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
        type=count,
        metavar="PIXELS",
        help="shorter side of the network's input (default: the checkpoint's own)",
    )
    train.add_argument(
        "--seed",
        type=count,
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
