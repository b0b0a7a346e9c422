"""What tests of isolation let a process of its own do."""

import ctypes
import os
import signal
import sys
import time

import numpy as np

from detr_gradio.images import ImageError
from detr_gradio.isolation import bound_resources


def answer(channel):
    """Do what each message asks, as a decoder does its pictures."""
    while True:
        header, buffers = channel.receive()
        try:
            channel.send(*_do(header, buffers))
        except Exception as error:
            channel.answer_error(error)


def _do(header, buffers):
    work = header["do"]
    if work == "repeat":
        return header, *buffers
    if work == "modules":
        return {"modules": sorted(sys.modules)}, b""
    if work == "refuse":
        raise ImageError("image_too_heavy", limit="7")
    if work == "die":
        os.kill(os.getpid(), getattr(signal, header["signal"]))
    elif work == "read nowhere":
        ctypes.string_at(0)
    elif work == "exit":
        os._exit(0)
    elif work == "sleep":
        time.sleep(header["seconds"])
    elif work == "raise":
        raise KeyError("secret")
    elif work == "print":
        print("printed by Python", flush=True)
        os.write(1, b"printed by a library")
        os.write(2, b"printed by a library")
    elif work == "allocate":
        bound_resources(memory=header["bound"], processor_seconds=60)
        np.ones(header["bytes"], np.uint8)
    elif work == "compute":
        bound_resources(memory=2**30, processor_seconds=header["bound"])
        while True:
            pass
    elif work == "open":
        bound_resources(memory=2**30, processor_seconds=60, open_files=header["bound"])
        files = []
        try:
            while len(files) < 1000:
                files.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        for file in files:
            os.close(file)
        return {"opened": len(files)}, b""
    return {"done": work}, b""


def frames(channel):
    """Send numbered frames until nobody wants them, as a video's decoder does."""
    header, _ = channel.receive()
    for number in range(header["count"]):
        channel.send({"number": number}, np.full((4, 6, 3), number, np.uint8))
