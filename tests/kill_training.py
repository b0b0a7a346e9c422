"""Kill a training of the toy network at random moments, and compare its weights.

    python -m tests.kill_training --kills 5 --steps 60

trains on drawn rooms twice: once left alone, and once killed at random moments, every other time
without a chance to write anything (SIGKILL). The weights have to be equal bit for bit.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def start(data: Path, output: Path, steps: int) -> subprocess.Popen:
    """Start the training, or go on with it, saving its state every second."""
    code = (
        "import sys, detr_gradio.training.run as run\n"
        "from detr_gradio.cli import program\n"
        "run.SAVE_SECONDS = 1.0\n"
        "sys.exit(program())"
    )
    words = ["train", data, "--from", "toy-scenes", "--output", output, "--steps", steps]
    words += ["--batch", 2, "--versions", 1, "--augmentation", "full", "--learning-rate", 5e-4]
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], cwd=ROOT, stderr=subprocess.DEVNULL
    )


def state_written(output: Path) -> float:
    """Return when the state was written last, 0 if never."""
    state = output / "training" / "state.pt"
    return state.stat().st_mtime if state.exists() else 0.0


def main() -> None:
    """Train, kill, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        data, alone, killed = (Path(folder, name) for name in ("data", "alone", "killed"))
        words = [str(data), "--train", "12", "--val", "2", "--threads", "1"]
        subprocess.run([sys.executable, "-m", "training.rooms", *words], cwd=ROOT, check=True)
        assert start(data, alone, arguments.steps).wait() == 0
        for number in range(arguments.kills):
            before, process = state_written(killed), start(data, killed, arguments.steps)
            while state_written(killed) == before and process.poll() is None:
                time.sleep(0.05)
            time.sleep(chance.uniform(0, 2))
            process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
            print(f"killed: {process.wait()}", flush=True)
        assert start(data, killed, arguments.steps).wait() == 0
        one, other = ((each / "model.safetensors").read_bytes() for each in (alone, killed))
        print("the weights are equal" if one == other else "THE WEIGHTS DIFFER")
        sys.exit(one != other)


if __name__ == "__main__":
    main()
