"""Decodes and encodes a video in a process of its own: FFmpeg reads whatever visitors send.

``process`` is the other side. It opens the source and gets what is known of it, asks for a part,
and gets the frames of it, two before the first answer; each is answered with the picture to write
in its place, or with none to end there. The last message says what came of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..isolation import Channel, bound_resources
from ..limits import limits
from .frame import Frame
from .reader import VideoReader
from .writer import VideoWriter, complete

MEMORY = 2 * 2**30  # bytes; HEVC of 4K takes one half of it
AHEAD = 2  # frames sent and not yet answered: one is segmented while the other one is drawn


def work(channel: Channel) -> None:
    """Read a video, send its frames, and write what comes back."""
    _bound()
    task, _ = channel.receive()
    pieces, target = Path(task["pieces"]), Path(task["target"])
    with VideoReader(task["source"]) as reader:
        rate = reader.frame_rate
        known = {"duration": reader.duration, "frames": reader.frames}
        channel.send({**known, "frame_rate": [rate.numerator, rate.denominator]})
        part, _ = channel.receive()
        start, end = part["start"], part["end"]
        try:
            writer = VideoWriter(pieces, reader, start, end)
            end = _exchange(channel, reader, writer, start, end)
            writer.finish(end)
            written = complete(pieces, target)
        except OSError as error:
            if error.errno is None:
                raise
            channel.send({"errno": error.errno})
            return
        result = {"written": written, "end": end, "damaged_at": reader.damaged_at}
        channel.send({**result, "is_mute": writer.is_mute})


def recover(channel: Channel) -> None:
    """Make a video of the pieces of a process that ended before its time."""
    _bound()
    task, _ = channel.receive()
    channel.send({"written": complete(Path(task["pieces"]), Path(task["target"]))})


def _bound() -> None:
    bound_resources(memory=MEMORY, processor_seconds=2 * limits().max_video_work_seconds)


def _exchange(
    channel: Channel, reader: VideoReader, writer: VideoWriter, start: float, end: float
) -> float:
    """Go through the frames; return the second of the source where the result ends."""
    sent: deque[Frame] = deque()
    for frame in _frames(reader, writer, start, end):
        # The other side works on frames while this one encodes the last and decodes the next.
        image = None
        if len(sent) == AHEAD and (image := _answer(channel)) is None:
            return sent[0].seconds
        channel.send({"seconds": frame.seconds, "shape": frame.image.shape}, frame.image)
        sent.append(frame)
        if image is not None:
            writer.write(sent.popleft(), image)
    shown = None
    for shown in sent:
        image = _answer(channel)
        if image is None:
            return shown.seconds
        writer.write(shown, image)
    if shown is None:
        return start
    # The last one may be on show for long, as in a slide show, or sound goes on without a picture.
    whole = reader.duration or 0.0
    if reader.damaged_at is None and whole > shown.seconds + 1e-3:
        return min(end, whole)
    return min(end, shown.seconds + float(1 / reader.frame_rate))


def _frames(reader: VideoReader, writer: VideoWriter, start: float, end: float) -> Iterator[Frame]:
    for item in reader.read(start, end):
        if isinstance(item, Frame):
            yield item
        else:
            writer.write_sound(item)


def _answer(channel: Channel) -> np.ndarray | None:
    header, buffers = channel.receive()
    return buffers[0].reshape(header["shape"]) if buffers else None
