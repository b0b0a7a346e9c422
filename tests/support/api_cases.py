"""Hostile requests, the same ones every time: what ``fuzz_api`` sends."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from tests.fuzz_images import mutated_file

BOUNDARY = "--------------------------boundary"


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire.

    Attributes:
        method, path, body, headers: of HTTP.
        follow: path of the event's stream, with a place for its number; empty for none.
        endless: whether the answer has no end by its nature.
        malformed: whether it may be refused by closing the connection.
    """

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    follow: str = ""
    endless: bool = False
    malformed: bool = False

    @classmethod
    def post_json(cls, path: str, content: object, **more) -> Request:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return cls("POST", path, body, {"Content-Type": "application/json"}, **more)

    @classmethod
    def upload(cls, name: str, content: bytes, kind: str = "image/png") -> Request:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        )
        body = head.encode("utf-8", "replace") + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return cls("POST", "/gradio_api/upload", body, headers)

    def said(self) -> str:
        """All that the request says, as it is and decoded."""
        body = self.body.decode("utf-8", "replace")
        return "\n".join([self.path, unquote(self.path), unquote(unquote(self.path)), body])


@dataclass(frozen=True)
class Bait:
    """What hostile requests are after.

    Attributes:
        secret: content of a file that no answer may show.
        secret_path: the file's place.
        private_port: of a server on this machine that nobody may be led to.
        upload: path of a right picture that has been uploaded.
    """

    secret: str
    secret_path: str
    private_port: int
    upload: str


def make_case(seed: int, number: int, bait: Bait, events: int) -> Request:
    """One request.

    Args:
        seed, number: of the case.
        bait: what it may be after.
        events: number of the server's events.
    """
    chance = random.Random(f"{seed} {number}")
    kinds: list[Callable[[], Request]] = [
        lambda: _segment(chance, bait),
        lambda: _segment(chance, bait),
        lambda: _segment(chance, bait),
        lambda: _event(chance, bait, events),
        lambda: _file(chance, bait),
        lambda: _file(chance, bait),
        lambda: _upload(chance, seed, number),
        lambda: _other(chance, bait),
    ]
    return chance.choice(kinds)()


def _paths(bait: Bait) -> list[str]:
    up = "../" * 12
    return [
        bait.secret_path,
        up + bait.secret_path.lstrip("/"),
        f"{bait.upload}/{up}{bait.secret_path}",
        f"{bait.upload}/../../../secret.png",
        "/etc/passwd",
        f"{up}etc/passwd",
        "....//....//....//etc/passwd",
        "..\\..\\..\\etc\\passwd",
        "/proc/self/environ",
        "/proc/self/cmdline",
        "/dev/zero",
        "/dev/stdin",
        "app.py",
        "./app.py",
        "README.md",
        "detr_gradio/toy_scenes/model.safetensors",
        "detr_gradio/server/launch.py",
        ".git/config",
        "~/.bashrc",
        "C:\\Windows\\win.ini",
        "\\\\127.0.0.1\\share\\a.png",
        f"{bait.upload}\0.png",
        "/",
        ".",
        "",
        "a" * 5_000,
        "/" + "a/" * 3_000,
    ]


def _addresses(bait: Bait) -> list[str]:
    port = bait.private_port
    hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
        "0x7f.1",
        "127.1",
        "017700000001",
        "user:word@127.0.0.1",
    ]
    return [
        *[f"http://{host}:{port}/a.png" for host in hosts],
        f"HTTP://127.0.0.1:{port}/a.png",
        f"https://127.0.0.1:{port}/a.png",
        f"//127.0.0.1:{port}/a.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/a.png",
        "http://[fe80::1]/a.png",
        "http://",
        "http://a b",
        f"http://127.0.0.1:{port}@[",
        "file:///etc/passwd",
        f"file://{bait.secret_path}",
        f"ftp://127.0.0.1:{port}/a.png",
        f"gopher://127.0.0.1:{port}/a",
        "javascript:alert(1)",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:image/png;base64,%%%",
        "data:,",
        "data:text/html,<script>alert(1)</script>",
    ]


NUMBERS = [
    *[0, 1, -1, 0.85, 0.49999, 1.0000001, 64, 63, 320, 1334, 2**31, 2**63, -(2**63), 10**30],
    *[1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"), 10**400],
]

TEXTS = [
    *[
        "",
        " ",
        "0.85",
        "NaN",
        "paper",
        "reference",
        "toy-scenes",
        "null",
        "\0",
        "\ud800",
        "🦊" * 50,
    ],
    *["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "${7*7}", "{{7*7}}", "%s%n%x"],
    *["'; DROP TABLE segments; --", "$(id)", "`id`", "\r\nX-Header: a", "\u202egnp.exe", "a/b/c"],
    *["facebook/detr-resnet-101-panoptic", "facebook/detr-resnet-50-panoptic", "bert-base"],
    *[
        "facebook/../../etc",
        "../toy_scenes",
        "toy-scenes/..",
        "TOY-SCENES",
        "hf://a/b",
        "detr_gradio",
    ],
]


def _value(chance: random.Random, bait: Bait, depth: int = 0) -> object:
    kind = chance.randrange(12 if depth < 3 else 5)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.choice(NUMBERS)
    if kind == 2:
        return chance.choice(TEXTS)
    if kind == 3:
        return chance.choice(_paths(bait))
    if kind == 4:
        return chance.choice(_addresses(bait))
    if kind == 5:
        return chance.choice(["a", "é", "\\", "\n"]) * chance.choice([300, 10_000, 300_000])
    if kind == 6:
        return [_value(chance, bait, depth + 1) for _ in range(chance.randrange(5))]
    if kind == 7:
        keys = ["path", "url", "name", "data", "__type__", "value", "visible", "a"]
        return {
            chance.choice(keys): _value(chance, bait, depth + 1) for _ in range(chance.randrange(4))
        }
    if kind == 8:
        return _nested(chance.choice([50, 900, 5_000]))
    return _picture(chance, bait)


def _nested(depth: int) -> object:
    value: object = []
    for _ in range(min(depth, 900)):  # json.dumps goes no deeper; see _broken_json
        value = [value]
    return value


def _picture(chance: random.Random, bait: Bait) -> object:
    """What stands for a file: Gradio's dictionary, right or not."""
    wanted = chance.choice([*_paths(bait), *_addresses(bait), bait.upload, bait.upload])
    picture: dict[str, object] = {"path": wanted}
    if chance.random() < 0.6:
        picture["meta"] = chance.choice([{"_type": "gradio.FileData"}, {}, None, "a"])
    if chance.random() < 0.3:
        picture["url"] = chance.choice(_addresses(bait))
    if chance.random() < 0.2:
        picture["orig_name"] = chance.choice([*TEXTS, *_paths(bait)])
    if chance.random() < 0.1:
        picture[chance.choice(["size", "is_stream", "mime_type"])] = chance.choice([-1, True, "a"])
    if chance.random() < 0.1:
        del picture["path"]
    return picture


def _segment(chance: random.Random, bait: Bait) -> Request:
    """The endpoint for programs, with up to all of its parameters spoilt."""
    data: list[object] = [{"path": bait.upload}, "toy-scenes", 0.85, 96, "paper"]
    for _ in range(chance.choice([1, 1, 2, 5])):
        data[chance.randrange(5)] = _value(chance, bait)
    if chance.random() < 0.2:
        data[0] = _picture(chance, bait)
    if chance.random() < 0.1:
        data = data[: chance.randrange(5)] + [_value(chance, bait)] * chance.choice([0, 3, 500])
    name = chance.choice(["segment"] * 8 + ["checkpoints", "categories", "predict", "../segment"])
    content: object = {"data": data[1:2] if name == "categories" else data}
    if chance.random() < 0.05:
        content = _value(chance, bait)
    if chance.random() < 0.1:
        content = _broken_json(chance, json.dumps(content).encode())
    name = quote(name, safe="")
    way = chance.randrange(10)
    if way == 0:
        return Request.post_json(f"/gradio_api/run/{name}", content)
    if way == 1:
        names = ["image", "checkpoint", "threshold", "detail", "method", "oauth_token", "request"]
        named = {chance.choice(names): _value(chance, bait) for _ in range(4)}
        follow = f"/gradio_api/call/{name}/{{}}"
        return Request.post_json(f"/gradio_api/call/v2/{name}", named, follow=follow)
    return Request.post_json(
        f"/gradio_api/call/{name}", content, follow=f"/gradio_api/call/{name}/{{}}"
    )


def _broken_json(chance: random.Random, text: bytes) -> bytes:
    kind = chance.randrange(5)
    if kind == 0:
        return text[: chance.randrange(len(text) + 1)]
    if kind == 1:
        return b'{"data":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    if kind == 2:
        return b'{"data":[' + b"9" * 100_000 + b"]}"
    if kind == 3:
        return chance.randbytes(chance.randrange(200))
    return text.replace(b'"', b"'")


def _event(chance: random.Random, bait: Bait, events: int) -> Request:
    """Any event of the page, with anything for its inputs."""
    session = f"session{chance.randrange(10**9)}"
    content = {
        "data": [_value(chance, bait) for _ in range(chance.randrange(9))],
        "fn_index": chance.randrange(events) if chance.random() < 0.9 else chance.choice(NUMBERS),
        "session_hash": session if chance.random() < 0.9 else _value(chance, bait),
        "event_data": _value(chance, bait),
        "trigger_id": chance.choice([None, 1, 10**6]),
    }
    follow = f"/gradio_api/queue/data?session_hash={session}"
    if content["session_hash"] != session:
        follow = ""  # its stream has another name
    return Request.post_json("/gradio_api/queue/join", content, follow=follow)


def _file(chance: random.Random, bait: Bait) -> Request:
    """A route that serves files, asked for one that it must not give."""
    route = chance.choice(
        [
            *["/gradio_api/file=", "/gradio_api/file=", "/gradio_api/file=", "/file="],
            *["/gradio_api/file/", "/static/", "/assets/", "/svelte/", "/gradio_api/proxy="],
            *["/gradio_api/custom_component/a/b/c/", "/pwa_icon/", "/gradio_api/upload/", "/"],
            "/gradio_api/stream/a/1/2/",
        ]
    )
    wanted = chance.choice([*_paths(bait), *_addresses(bait)])
    kind = chance.randrange(4)
    if kind == 0:
        wanted = quote(wanted, safe="")
    elif kind == 1:
        wanted = quote(quote(wanted, safe=""), safe="")
    elif kind == 2:
        wanted = wanted.replace("../", "%2e%2e%2f").replace("/", "//")
    path = route + quote(wanted, safe="/%:=@\\[]?&~.")
    headers = {}
    if chance.random() < 0.2:
        headers["Range"] = chance.choice(
            ["bytes=0-", "bytes=-1", "bytes=9-1", "bytes=0-0,1-1", "a"]
        )
    if chance.random() < 0.1:
        headers["Host"] = chance.choice(["evil.example", "", "a b", "127.0.0.1:1"])
    method = chance.choice(["GET"] * 8 + ["HEAD", "POST", "DELETE", "OPTIONS"])
    return Request(method, path, headers=headers)


def _upload(chance: random.Random, seed: int, number: int) -> Request:
    """A file with a hostile name, kind or form."""
    names = [
        "a.png",
        "../../a.png",
        "/etc/passwd",
        "a\0.png",
        "",
        ".",
        "..",
        "a" * 3_000,
        "é🦊.png",
    ]
    names += ["<img src=x onerror=alert(1)>.png", "a.html", "a.svg", "con.png", "a/b\\c.png", "%00"]
    kinds = ["image/png", "text/html", "", "a" * 5_000, "image/svg+xml"]
    request = Request.upload(chance.choice(names), mutated_file(seed, number), chance.choice(kinds))
    if chance.random() < 0.3:
        body = bytearray(request.body)
        for _ in range(chance.choice([1, 5, 20])):
            body[chance.randrange(min(len(body), 400))] = chance.randrange(256)
        return Request("POST", request.path, bytes(body), request.headers, malformed=True)
    if chance.random() < 0.1:
        headers = {"Content-Type": chance.choice(["multipart/form-data", "a", "", "text/plain"])}
        return Request("POST", request.path, request.body, headers)
    return request


def _other(chance: random.Random, bait: Bait) -> Request:
    """The other routes that Gradio has, with words that they don't expect."""
    word = quote(str(chance.choice([*TEXTS, *_paths(bait), 7])).encode("utf-8", "replace"), safe="")
    gets = [
        *[f"/?__theme={word}", f"/config?{word}", f"/gradio_api/info?all_endpoints={word}"],
        *[f"/gradio_api/deep_link?session_hash={word}", f"/?deep_link={word}", f"/{word}"],
        *[f"/gradio_api/call/segment/{word}", f"/gradio_api/custom_component/{word}/a/b/c.js"],
        *[f"/gradio_api/stream/{word}/1/2/playlist.m3u8", f"/gradio_api/stream/{word}/1/2/a.ts"],
        *[
            "/gradio_api/openapi.json",
            "/monitoring",
            f"/monitoring/{word}",
            "/gradio_api/vibe-code",
        ],
        *["/gradio_api/app_id", "/gradio_api/token", "/gradio_api/user", "/manifest.json"],
        *["/theme.css", "/robots.txt", f"/pwa_icon/{word}", "/gradio_api/runs", "/gradio_api/mcp/"],
        *["/health/live", "/health/ready", f"/health/{word}", "/docs", "/openapi.json", "/metrics"],
    ]
    endless = [f"/gradio_api/heartbeat/{word}", f"/gradio_api/upload_progress?upload_id={word}"]
    posts = [
        *["/login", "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/component_server"],
        *["/gradio_api/process_recording", "/gradio_api/vibe-edit", "/pwa_icon"],
        *[f"/gradio_api/stream/{word}", f"/gradio_api/stream/{word}/close"],
        *["/gradio_api/undo-vibe-edit", "/gradio_api/vibe-starter-queries"],
    ]
    kind = chance.randrange(10)
    if kind < 5:
        return Request("GET", chance.choice(gets))
    if kind == 5:
        return Request("GET", chance.choice(endless), endless=True)
    content: object = {
        chance.choice(
            ["session_hash", "fn_index", "event_id", "data", "component_id", "fn_name", "prompt"]
        ): _value(chance, bait)
        for _ in range(5)
    }
    if chance.random() < 0.2:
        content = _value(chance, bait)
    return Request.post_json(chance.choice(posts), content)
