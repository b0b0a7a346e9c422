"""Memory that is free goes back to the system."""

import subprocess
import sys

import pytest

from detr_gradio.server.free_memory import give_back

# Pieces in use among those that are free keep the C library from giving any back by itself.
PROGRAM = """
import threading
from detr_gradio.server.free_memory import give_back

def megabytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

kept = []
def work():
    pieces = [b"x" * (100_000 + number) for number in range(3_000)]
    kept.extend(pieces[::50])

thread = threading.Thread(target=work)
thread.start()
thread.join()
before = megabytes()
assert give_back()
print(before - megabytes())
"""


@pytest.mark.skipif(not give_back(), reason="only the GNU C library keeps it")
def test_free_pieces_go_back_to_the_system():
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert float(ran.stdout) > 200
