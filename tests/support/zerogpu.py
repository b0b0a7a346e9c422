"""ZeroGPU without a card: an API of devices, and a process whose workers find a GPU.

The package ``spaces``, its fork and the product are real. Replaced is what a worker first touches
of the card: see ``_WORKER``.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# Python runs it at its start. In a worker, torch finds a GPU; a network that is made for it is
# noted, and computes on the processor.
_WORKER = """
import os, sys

def note(*words):
    with open({notes!r}, "a") as file:
        print(os.getpid(), *words, file=file)

def noted(name, function):
    def call(first, *rest, **keywords):
        note(name)
        return function(first, *rest, **keywords)
    return call

def init(_uuid):
    import torch
    from detr_gradio import segmenter
    from detr_gradio.checkpoints import loading
    torch.cuda.is_available = lambda: True
    Network = segmenter.Network
    def network(loaded, device, **keywords):
        note("network", device)
        return Network(loaded, "cpu", **keywords)
    segmenter.Network = network
    loading.load = noted("load", loading.load)

def in_worker():
    lent = sys.modules.get("spaces.zero.torch")
    if lent:
        lent.init, lent.move = init, lambda callback=None: None

os.register_at_fork(after_in_child=in_worker)
"""

TOKEN = "x." + base64.urlsafe_b64encode(b'{"user": "ann"}').decode().rstrip("=") + ".y"
"""What Hugging Face sends along with a visitor's request, in the header X-IP-Token."""


@dataclass
class ZeroGpu:
    """The API of devices; to be entered with ``with``.

    Attributes:
        folder: an empty one.
        asked: (path, parameters) of each request, in order.
        refusals: (status, headers, body) of the next answers to /schedule; a GPU is lent after.
        environment: variables of a process on ZeroGPU.
    """

    folder: Path
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)

    def __enter__(self) -> ZeroGpu:
        handler = type("Handler", (_Handler,), {"api": self, "known": set()})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.notes = self.folder / "notes"
        self.notes.touch()
        (self.folder / "sitecustomize.py").write_text(_WORKER.format(notes=str(self.notes)))
        root = Path(__file__).parents[2]
        self.environment = {
            "HOME": str(self.folder),
            "PYTHONPATH": f"{self.folder}:{root}",
            "SPACES_ZERO_GPU": "true",
            "SPACES_ZERO_DEVICE_API_URL": f"http://127.0.0.1:{self._server.server_port}",
        }
        return self

    def __exit__(self, *_error) -> None:
        for worker in {int(asked["pid"]) for asked in self.requests("/allow")}:
            with suppress(ProcessLookupError):  # a server that is killed leaves them behind
                os.kill(worker, signal.SIGKILL)
        self._server.shutdown()
        self._server.server_close()

    def requests(self, path: str) -> list[dict[str, str]]:
        """Parameters of the requests for a path."""
        return [parameters for asked, parameters in self.asked if asked == path]

    def noted(self) -> list[list[str]]:
        """The id of the process, and what a worker did: "network" and the device, or "load"."""
        return [line.split() for line in self.notes.read_text().splitlines()]


class _Handler(BaseHTTPRequestHandler):
    api: ZeroGpu
    known: set[str]  # what has a worker that idles

    def do_POST(self):
        url = urlsplit(self.path)
        parameters = {name: each[0] for name, each in parse_qs(url.query).items()}
        self.api.asked.append((url.path, parameters))
        status, headers, body = 200, {}, b""
        if url.path == "/schedule":
            if self.api.refusals:
                status, headers, body = self.api.refusals.pop(0)
            else:
                idle = parameters["taskId"] in self.known
                self.known.add(parameters["taskId"])
                body = json.dumps(lease(idle)).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


def lease(idle: bool = False) -> dict:
    """A GPU, as the API lends it."""
    return {"idle": idle, "nvidiaIndex": 0, "nvidiaUUID": "x", "allowToken": "t"}
