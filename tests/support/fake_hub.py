"""As much of the Hugging Face Hub as serves a folder's files, well or badly."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from detr_gradio.checkpoints.catalogue import CATALOGUE

R50 = "facebook/detr-resnet-50-panoptic"
COMMIT = str(CATALOGUE[R50].revision)


@dataclass
class FakeHub:
    """A Hub with one repository; to be entered with ``with``.

    Attributes:
        folder: its files.
        repository: its name.
        cut: files that break off in the middle.
        stalled: files that stop in the middle and leave the connection open.
        release: ends the stalling.
        asked: the files whose content was asked for, in order.
        address: for ``HF_ENDPOINT``.
    """

    folder: Path
    repository: str = R50
    cut: frozenset[str] = frozenset()
    stalled: frozenset[str] = frozenset()
    release: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> FakeHub:
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_error) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, body: bool):
        hub = self.hub
        name = self.path.rpartition("/")[2]
        file = hub.folder / name
        if body and hub.repository in self.path:
            hub.asked.append(name)
        if not self.path.startswith(f"/{hub.repository}/resolve/") or not file.exists():
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = file.read_bytes()
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        # Large files have their SHA-256 there, and small ones their hash in Git.
        small = name.endswith(".json")
        self.send_header(
            "ETag", f'"{(hashlib.sha1 if small else hashlib.sha256)(content).hexdigest()}"'
        )
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not body:
            return
        broken = name in hub.cut | hub.stalled
        self.wfile.write(content[: len(content) // 2] if broken else content)
        if name in hub.stalled:
            self.wfile.flush()
            hub.release.wait(120)

    def log_message(self, *_args):
        pass


ASK = """
import json, time
from detr_gradio.checkpoints.loading import CheckpointUnavailable, load, state
told, start = [], time.monotonic()
first = state({name!r})
asked = time.monotonic()
try:
    loaded = load({name!r}, progress=lambda *step: told.append(step))
    outcome = loaded.checkpoint.title
except CheckpointUnavailable as error:
    outcome = error.key
done = time.monotonic()
print(json.dumps([first, asked - start, outcome, done - asked, told]))
"""
"""Load a checkpoint and print its first state, how long asking for it took, the title or the key
of the error, how long loading took, and the progress that was told."""
