"""Fuzz checkpoint folders: a network that works or a CheckpointUnavailable out, every time.

    python -m tests.fuzz_checkpoints --cases 20000

Each case is a small valid checkpoint after a few mutations of its configuration, its weights or its
files, made from the seed and the case's number alone, so ``--first NUMBER --cases 1`` repeats one.
A part of them is put into the Hub's cache with a pickle, hostile ones among them. Cases run in
child processes with bounded memory: one that crashes, hangs or eats memory is counted, not fatal.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import shutil
import struct
import sys
import tempfile
import time
import zipfile
from copy import deepcopy
from functools import cache
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import torch
from safetensors.torch import save
from transformers import DetrConfig, logging

from detr_gradio.checkpoints.architecture import build_model
from detr_gradio.checkpoints.loading import CheckpointUnavailable, load
from detr_gradio.messages import LANGUAGES
from detr_gradio.model.network import Network
from detr_gradio.result.coco import NO_OBJECT
from detr_gradio.segmenter import ready_network
from tests.support import fuzzing

MAX_SENTENCE = 700
REPOSITORY = "facebook/detr-resnet-50-panoptic"
PICTURE = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)

# What JSON can hold and a configuration should not.
VALUES = [
    *(None, True, False, 0, 1, -1, 2, 3, 7, 64, 2.5, -0.0, 1e308, float("nan"), float("inf")),
    *(10**4, 10**6, 10**12, 10**400, -(10**12)),
    *("", "x", "x" * 5000, "relu", "../../etc/passwd", "/etc/passwd", "\0", "\ud800", "{", "<b>"),
    *("hf-hub:someone/else", "local-dir:/etc", "resnet50", "resnet5000", "someone/else"),
    *([], [1], [0.5] * 3, [0, 0, 0], [10**6] * 4, [[]], ["a"] * 4, list(range(5000))),
    *({}, {"": 1}, {"a": {"b": []}}, {"model_type": "bert"}, {"model_type": "timm_backbone"}),
    {"model_type": "timm_backbone", "backbone": "hf-hub:someone/else"},
    {"shortest_edge": 0, "longest_edge": 0},
    {"shortest_edge": 10**9, "longest_edge": 10**9},
    {"height": 64, "width": 64},
]

# Keys that decide what is built or fetched.
KEYS = [
    *("_attn_implementation", "attn_implementation", "auto_map", "backbone", "backbone_config"),
    *("backbone_kwargs", "dilation", "dtype", "torch_dtype", "id2label", "num_labels", "label2id"),
    *("quantization_config", "size", "max_size", "image_mean", "image_std", "transformers_version"),
    *("use_timm_backbone", "use_pretrained_backbone", "num_channels", "model_type", "d_model"),
    *("encoder_layers", "decoder_layers", "num_queries", "encoder_attention_heads"),
    *("activation_function", "position_embedding_type", "init_std", "dropout", "return_dict"),
]


@cache
def valid() -> tuple[dict, dict, dict[str, torch.Tensor]]:
    """The configuration, the preprocessor and the weights of a checkpoint of 2 MB."""
    config = {
        "model_type": "detr",
        "use_timm_backbone": True,
        "backbone": "test_resnet",
        "d_model": 64,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
        "num_queries": 5,
        "id2label": {str(label): f"LABEL_{label}" for label in range(NO_OBJECT)},
    }
    preprocessor = {
        "size": {"shortest_edge": 64, "longest_edge": 96},
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    }
    torch.manual_seed(0)
    return config, preprocessor, build_model(DetrConfig.from_dict(dict(config))).state_dict()


def _mutated_json(chance: random.Random, document: dict) -> bytes:
    document = json.loads(json.dumps(document))
    kind = chance.randrange(10)
    if kind == 0:
        data = bytearray(json.dumps(document).encode())
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return bytes(data)
    if kind == 1:
        return json.dumps(document).encode()[: chance.randrange(200)]
    if kind == 2:
        return chance.choice(
            [b"", b"[]", b"null", b"3", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 6000, b"\xff\xfe"]
        )
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = document
        nested = [value for value in document.values() if isinstance(value, dict) and value]
        if nested and chance.random() < 0.3:
            place = chance.choice(nested)
        key = chance.choice([*place, *KEYS] if place is document else list(place))
        if chance.random() < 0.2:
            place.pop(key, None)
        else:
            place[key] = deepcopy(chance.choice(VALUES))
    return json.dumps(document).encode()


def _mutated_tensors(chance: random.Random, tensors: dict) -> dict:
    tensors = dict(tensors)
    for _ in range(chance.choice((1, 1, 2, 5))):
        name = chance.choice(list(tensors))
        tensor = tensors[name]
        kind = chance.randrange(7)
        if kind == 0:
            del tensors[name]
        elif kind == 1:
            other = chance.choice(["", "x", "../" + name, name + ".weight", "\n", "é" * 300])
            tensors[other] = tensor.clone()
        elif kind == 2:
            tensors[name] = tensor.reshape(-1)[: chance.randrange(5)].clone()
        elif kind == 3:
            tensors[name] = tensor.reshape(1, *tensor.shape).clone()
        elif kind == 4:
            types = [torch.int64, torch.bool, torch.float64, torch.bfloat16, torch.float16]
            tensors[name] = tensor.to(chance.choice([*types, torch.uint8, torch.float8_e4m3fn]))
        elif kind == 5:
            value = chance.choice([float("nan"), float("inf"), -float("inf"), 1e38, 0.0])
            tensors[name] = torch.full_like(tensor, value)
        else:
            tensors[name] = torch.zeros(chance.choice([(), (0,), (1, 0, 1), (3, 1000)]))
    return tensors


def _mutated_bytes(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    kind = chance.randrange(6)
    if kind == 0:
        return data[: chance.choice((0, 4, 8, 9, 100, len(data) // 2, len(data) - 1))]
    if kind == 1:
        length = chance.choice((0, 1, 7, 100_000_001, 2**31, 2**32, 2**63, 2**64 - 1, len(data)))
        return struct.pack("<Q", length) + data[8:]
    if kind == 2:
        return data + chance.randbytes(chance.choice((1, 8, 1000)))
    header = 8 + struct.unpack("<Q", data[:8])[0] if kind < 5 else len(data)
    for _ in range(chance.choice((1, 2, 8))):
        at = chance.randrange(min(header, len(data)))
        changed[at : at + 1] = chance.choice(
            [b"", b"0", b"9", b"-", b'"', b"{", b"\0", chance.randbytes(1), chance.randbytes(4)]
        )
    return bytes(changed)


class _Hostile:
    """Unpickled without care, it writes a file."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def _pickle(chance: random.Random, mark: Path) -> bytes:
    """The bytes of a ``pytorch_model.bin``."""
    tensors = valid()[2]
    kind = chance.randrange(7)
    if kind == 0:
        return pickle.dumps(_Hostile(mark), protocol=chance.choice((0, 2, 4)))
    content = {
        1: {"x": _Hostile(mark)},
        2: chance.choice(
            [
                [],
                None,
                3,
                {1: 2},
                {"x": "y"},
                {"x": {"y": tensors["detr.class_labels_classifier.bias"]}},
            ]
        ),
        3: _mutated_tensors(chance, tensors),
    }.get(kind, tensors)
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=chance.random() < 0.7)
    data = buffer.getvalue()
    if kind == 5:
        return data[: chance.randrange(len(data))]
    if kind == 6:
        changed = bytearray(data)
        for _ in range(chance.choice((1, 4, 50))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        return bytes(changed)
    if kind == 4 and chance.random() < 0.5:
        with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(_Hostile(mark)))
            archive.writestr("archive/version", "3")
        return buffer.getvalue()
    return data


def write_case(seed: int, number: int, root: Path) -> tuple[Path | str, bool]:
    """Write the checkpoint of one case.

    Returns:
        The name to load, a folder or a repository in the cache ``root/hub``; whether its weights
        are the valid ones.
    """
    chance = random.Random(f"{seed} {number}")
    config, preprocessor, tensors = valid()
    hub = chance.random() < 0.2
    commit = "0" * 40
    repository = root / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    folder = repository / "snapshots" / commit if hub else root / "checkpoint"
    folder.mkdir(parents=True)
    what = (
        "pickle"
        if hub
        else chance.choice(["config", "config", "preprocessor", "weights", "bytes", "files"])
    )
    write = {
        "config.json": json.dumps(config).encode(),
        "preprocessor_config.json": json.dumps(preprocessor).encode(),
    }
    if hub:
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(commit)
        write["pytorch_model.bin"] = _pickle(chance, root / "mark")
    else:
        write["model.safetensors"] = save(tensors)
    if what == "config":
        write["config.json"] = _mutated_json(chance, config)
    elif what == "preprocessor":
        write["preprocessor_config.json"] = _mutated_json(chance, preprocessor)
    elif what == "weights":
        write["model.safetensors"] = save(_mutated_tensors(chance, tensors))
    elif what == "bytes":
        write["model.safetensors"] = _mutated_bytes(chance, write["model.safetensors"])
    for name, data in write.items():
        (folder / name).write_bytes(data)
    whole = what in ("config", "preprocessor")
    if what == "files":
        spoiled = chance.choice(list(write))
        _spoil_file(chance, folder / spoiled, root)
        # Of bytes that have changed among the weights nothing tells.
        whole = spoiled != "model.safetensors"
    return (REPOSITORY if hub else folder), whole


def _spoil_file(chance: random.Random, path: Path, root: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    kind = chance.randrange(8)
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        path.symlink_to(path)
    elif kind == 2:
        path.symlink_to(
            chance.choice(["/dev/zero", "/dev/null", "/etc/passwd", "/nowhere", "/proc/self/mem"])
        )
    elif kind == 3:
        os.mkfifo(path)
    elif kind == 4:
        path.write_bytes(_mutated_bytes(chance, content))
    elif kind == 5:
        path.write_bytes(pickle.dumps(_Hostile(root / "mark")))
    elif kind == 6:
        path.write_bytes(b"\x93NUMPY" + content)


def verdict(name: Path | str, root: Path, whole: bool) -> str:
    """What becomes of a case: "network", a message's key, or what is wrong with it."""
    try:
        loaded = load(name)
        tensors = loaded.model.state_dict()
        right = not whole or all(
            torch.equal(tensors[name], tensor) for name, tensor in valid()[2].items()
        )
        network = ready_network(loaded)
    except CheckpointUnavailable as error:
        sentences = [error.message(language) for language in LANGUAGES]
        if any(str(root) in text or len(text) > MAX_SENTENCE for text in sentences):
            return f"LEAK in {error.key}"
        said = error.key
    except BaseException as error:
        said = f"ESCAPED {type(error).__name__}"
    else:
        said = _use(network) if right else "WRONG WEIGHTS"
    return "RAN A PICKLE" if (root / "mark").exists() else said


def _use(network: Network) -> str:
    try:
        predictions = network.predict(PICTURE)
    except BaseException as error:
        return f"UNUSABLE {type(error).__name__}"
    fit = len(predictions.mask_logits) == len(predictions.scores)
    return "network" if fit else "WRONG ANSWER"


def fuzz(cases: int, seed: int = 0, first: int = 0) -> dict:
    """Run cases and count what came out; returns what ``fuzzing.run_cases`` does."""

    def verdict_of(number: int) -> tuple[str, float]:
        huggingface_hub.constants.HF_HUB_OFFLINE = True  # in a child, which ends after its cases
        root = Path(tempfile.mkdtemp(prefix="fuzz-checkpoints-"))
        huggingface_hub.constants.HF_HUB_CACHE = str(root / "hub")
        try:
            name, whole = write_case(seed, number, root)
            started = time.process_time()
            return verdict(name, root, whole), time.process_time() - started
        finally:
            shutil.rmtree(root, ignore_errors=True)

    logging.set_verbosity_error()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a child has none of its parent's threads
    valid()
    try:
        return fuzzing.run_cases(verdict_of, cases, first, batch=200)
    finally:
        torch.set_num_threads(threads)


def main() -> int:
    """Run from the command line; the exit code is 1 where anything is at fault."""
    options = fuzzing.command_line(__doc__, cases=2_000).parse_args()
    return fuzzing.report(fuzz(options.cases, options.seed, options.first), options.json)


if __name__ == "__main__":
    sys.exit(main())
