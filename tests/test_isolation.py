"""Work in processes of their own: each way to end one becomes an error here, and nothing more."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.isolation import IsolatedPool, IsolatedProcess, IsolationError
from detr_gradio.isolation.priority import give_way
from detr_gradio.messages import UserError

ANSWER = "tests.support.isolated_work:answer"
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have not these limits")


@pytest.fixture(scope="module")
def pool():
    pool = IsolatedPool(ANSWER, 2)
    yield pool
    close(pool)


def run(pool, timeout=60.0, **header):
    return pool.run(header, timeout=timeout)[0]


def pids(pool):
    return [process.pid for process in pool._idle]


def close(pool):
    for process in pool._idle:
        process.close()


def is_alive(pid):
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for_end(pid):
    until = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_alive(pid)


@linux
def test_what_computes_goes_after_what_answers(pool):
    """A busy processor first serves the thread that answers requests."""
    run(pool, do="repeat")
    assert [os.getpriority(os.PRIO_PROCESS, pid) for pid in pids(pool)] == [10]
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    seen = []

    def compute():
        give_way(before + 2)
        give_way(before + 1)  # it can't be taken back
        started = threading.Thread(target=note)
        started.start()
        started.join()
        note()

    def note():
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    assert seen == [before + 2, before + 2]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_text_and_bytes_go_there_and_back(pool):
    picture = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    header = {"do": "repeat", "name": 'año\udc80\n"', "numbers": [1, 2.5, None]}
    said, buffers = pool.run(header, picture, b"", b"\0\n" * 500_000, timeout=60)
    assert said == header
    assert [buffer.dtype for buffer in buffers] == [np.uint8] * 3
    assert np.array_equal(buffers[0], picture.ravel())
    assert buffers[0].flags.writeable
    assert buffers[1].tobytes() == b""
    assert buffers[2].tobytes() == b"\0\n" * 500_000


def test_one_process_does_one_work_after_the_other(pool):
    run(pool, do="nothing")
    before = pids(pool)
    assert run(pool, do="nothing") == {"done": "nothing"}
    assert pids(pool) == before


def test_what_was_refused_is_raised_here_and_the_process_goes_on(pool):
    run(pool, do="nothing")
    before = pids(pool)
    with pytest.raises(UserError, match="larger than 7 MB") as caught:
        run(pool, do="refuse")
    assert (caught.value.key, caught.value.values) == ("image_too_heavy", {"limit": "7"})
    assert pids(pool) == before


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"do": "read nowhere"}, "crash"),  # a real SIGSEGV
        ({"do": "die", "signal": "SIGSEGV"}, "crash"),
        ({"do": "die", "signal": "SIGABRT"}, "crash"),
        ({"do": "die", "signal": "SIGKILL"}, "memory"),  # as the system's memory killer does
        ({"do": "exit"}, "crash"),
        ({"do": "raise"}, "crash"),
        pytest.param({"do": "compute", "bound": 0}, "time", marks=linux),
        pytest.param(
            {"do": "allocate", "bound": 50_000_000, "bytes": 60_000_000}, "memory", marks=linux
        ),
    ],
    ids=str,
)
def test_each_end_has_its_reason_and_the_next_work_a_process(pool, header, reason):
    with pytest.raises(IsolationError) as caught:
        run(pool, **header)
    assert caught.value.reason == reason
    assert run(pool, do="nothing") == {"done": "nothing"}


def test_whoever_takes_too_long_is_ended(pool):
    start = time.monotonic()
    with pytest.raises(IsolationError) as caught:
        run(pool, timeout=0.3, do="sleep", seconds=60)
    assert caught.value.reason == "time"
    assert time.monotonic() - start < 20
    assert run(pool, do="nothing") == {"done": "nothing"}


@linux
def test_memory_within_the_bound_is_there(pool):
    assert run(pool, do="allocate", bound=50_000_000, bytes=30_000_000) == {"done": "allocate"}


@linux
def test_open_files_are_bounded(pool):
    assert 5 <= run(pool, do="open", bound=20)["opened"] < 20


def test_what_libraries_print_stays_out_of_the_messages(pool, capfd):
    assert run(pool, do="print") == {"done": "print"}
    assert capfd.readouterr() == ("", "")


def test_an_idle_process_that_was_ended_is_replaced(pool):
    run(pool, do="nothing")
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # with all of its threads
    assert run(pool, do="nothing") == {"done": "nothing"}


def test_signals_that_stop_the_server_do_not_stop_its_work(pool):
    run(pool, do="nothing")
    before = pids(pool)
    for pid in before:
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
    assert run(pool, do="nothing") == {"done": "nothing"}
    assert pids(pool) == before


def test_no_more_processes_than_asked_for():
    pool = IsolatedPool(ANSWER, 2)
    threads = [
        threading.Thread(target=run, args=(pool,), kwargs={"do": "sleep", "seconds": 0.2})
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = pids(pool)
    assert len(ended) == 2
    close(pool)
    assert not any(map(is_alive, ended))


def test_frames_come_one_by_one():
    with IsolatedProcess("tests.support.isolated_work:frames") as process:
        process.send({"count": 3}, timeout=60)
        for number in range(3):
            header, (frame,) = process.receive(60)
            assert header == {"number": number}
            assert frame.tolist() == [number] * 72
        with pytest.raises(IsolationError) as caught:
            process.receive(60)
        assert caught.value.reason == "crash"  # no more is said
    assert not is_alive(process.pid)


def test_leaving_ends_a_process_that_has_more_to_say():
    with IsolatedProcess("tests.support.isolated_work:frames") as process:
        process.send({"count": 10**9}, timeout=60)
        process.receive(60)
        assert process.is_running
    assert not is_alive(process.pid)


def test_what_does_not_start_says_so():
    with pytest.raises(IsolationError):
        IsolatedProcess("tests.support.isolated_work:nothing_of_that_name")


SERVER = """
import os, sys
print("main", flush=True)  # once: nobody imports this program again
from detr_gradio.isolation import IsolatedPool, IsolatedProcess, end_all
pool = IsolatedPool("tests.support.isolated_work:answer", 1)
header, _ = pool.run({"do": "modules"}, timeout=60)
print(pool._idle[0].pid, *{"torch", "gradio", "__mp_main__"} & set(header["modules"]), flush=True)
busy = IsolatedProcess("tests.support.isolated_work:answer")
busy.send({"do": "sleep", "seconds": 600}, timeout=60)
print(busy.pid, flush=True)
child = os.fork()
if child == 0:
    assert not pool._idle
    print(pool.run({"do": "nothing"}, timeout=60)[0]["done"], flush=True)
    end_all()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(pool.run({"do": "nothing"}, timeout=60)[0]["done"], flush=True)
sys.stdin.read()
"""


@linux
@pytest.mark.parametrize("as_file", [True, False])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, None])
def test_no_process_is_left_behind(number, as_file, tmp_path):
    (tmp_path / "app.py").write_text(SERVER)
    server = subprocess.Popen(
        [sys.executable, tmp_path / "app.py"] if as_file else [sys.executable, "-c", SERVER],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout.readline() == "main\n"
    idle, *unwanted = server.stdout.readline().split()
    busy = server.stdout.readline().strip()
    assert unwanted == []
    assert [server.stdout.readline() for _ in range(2)] == ["nothing\n"] * 2
    assert is_alive(idle)
    assert is_alive(busy)
    if number is None:
        os.kill(int(busy), signal.SIGSTOP)  # so stuck that it doesn't see that the server has gone
    else:
        server.send_signal(number)
    server.communicate(timeout=60)
    assert wait_for_end(idle)
    assert wait_for_end(busy)


def test_a_process_starts_after_its_parent_has_changed_its_folder(tmp_path):
    words = (
        "import os, sys; from detr_gradio.images import load_image; "
        "os.chdir(sys.argv[1]); print(load_image('a.tif').shape)"
    )
    Image.new("RGB", (32, 24)).save(tmp_path / "a.tif")
    command = [sys.executable, "-c", words, str(tmp_path)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout == "(24, 32, 3)\n", done.stderr
