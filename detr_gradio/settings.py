"""How the app is served: each setting is an option of ``launch`` and an environment variable.

The variable of ``root_path`` is ``DETR_ROOT_PATH``, and so on. What the app accepts and keeps is in
``limits``.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from .limits import variable
from .messages import UserError
from .model.precision import PRECISIONS

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")
WHOLE = ("port", "replicas")
"""Settings that are whole numbers."""

LOG_LEVELS = ("debug", "info", "warning", "error")

# Sources of a Content-Security-Policy: what ends one, or a header, is not among them.
_ANCESTORS = re.compile(r"[!-+\--:<-~]+( [!-+\--:<-~]+)*")


# A path, or an address with or without one.
_ROOT_PATH = re.compile(r"(https?://[^\s/?#]+)?(/[^\s?#]*)?")


# Names, without scheme, port and path.
_HOSTS = re.compile(r"([\w.*-]+(\s*,\s*[\w.*-]+)*)?")


class SettingError(UserError):
    """An option or environment variable holds something that its setting can't be."""


def _setting(default: object, about: str, shown: str = "", *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"about": about, "shown": shown})


@dataclass(frozen=True)
class Settings:
    """How the app is served.

    The text beside each setting is its documentation; ``describe`` prints it.

    Raises:
        SettingError: a value is impossible, or a file or package is missing.
    """

    host: str | None = _setting(
        None,
        "Address to listen on: 0.0.0.0 lets other machines in.",
        "127.0.0.1, on Spaces 0.0.0.0",
    )
    port: int | None = _setting(None, "Port to listen on.", "the first free one from 7860")
    share: bool = _setting(False, "Also make a public link that lasts a week.")
    auth: str | None = _setting(
        None,
        "Who may enter: name:password, several separated by commas. Better as the variable, since "
        "other users of a machine see the options of its programs.",
        "everybody",
        secret=True,
    )
    checkpoint: str | None = _setting(
        None,
        "Checkpoint to start with: a name of the catalogue, or a folder.",
        "facebook/detr-resnet-101-panoptic",
    )
    precision: Literal["exact", "fast"] = _setting(
        "exact",
        "exact, or fast: NVIDIA GPUs compute in fp16, and processors that are faster with it in "
        "bfloat16, and the results differ a little. Everything else computes exactly in any case.",
        "exact",
    )
    engine: str | None = _setting(
        None,
        "ray: the network computes in replicas on a Ray cluster; needs pip install "
        '"detr-gradio[scale]".',
        "in the server's process",
    )
    ray_address: str | None = _setting(
        None,
        "Ray cluster of the replicas, as ray.init takes it, such as auto or HOST:6379.",
        "one on this machine",
    )
    replicas: int | None = _setting(
        None, "Most replicas of the network; there are more, the more wait.", "one a processor"
    )
    root_path: str | None = _setting(
        None, "Path under which a reverse proxy serves the app, such as /detr.", "none"
    )
    frame_ancestors: str = _setting(
        "'self' https://huggingface.co",
        "Sites that may show the app in a frame, separated by spaces; 'none' for no site.",
        "'self' https://huggingface.co",
    )
    hosts: str | None = _setting(
        None,
        "Names by which visitors call the app, such as detr.example.org, separated by commas; * "
        "for any name.",
        "addresses, names without a dot, .local and the like, this machine's own name",
    )
    ssl_certfile: str | None = _setting(
        None, "TLS certificate file, for https. The webcam of other machines needs https.", "none"
    )
    ssl_keyfile: str | None = _setting(None, "TLS key file that belongs to it.", "none")
    mcp: bool = _setting(
        False, 'Also serve the MCP tools, to everybody; needs pip install "gradio[mcp]".'
    )
    metrics: bool = _setting(
        False,
        "Also serve /metrics for Prometheus, to everybody; needs pip install prometheus-client.",
    )
    log_level: str = _setting(
        "warning",
        "What the log on stderr tells: debug, info (also each picture's times), warning or error.",
        "warning",
    )
    open: bool = _setting(False, "Open the app in the browser once it is ready.")

    def __post_init__(self) -> None:
        if self.port is not None and not 1 <= self.port <= 65_535:
            raise SettingError("setting_port", value=self.port)
        _require_engine(self.engine, self.replicas)
        _require_choice("precision", self.precision, PRECISIONS)
        _require_choice("log_level", self.log_level, LOG_LEVELS)
        if not _ANCESTORS.fullmatch(self.frame_ancestors):
            raise SettingError("setting_frame_ancestors", value=repr(self.frame_ancestors[:40]))
        if not _HOSTS.fullmatch(self.hosts or ""):
            raise SettingError("setting_hosts", value=repr(self.hosts)[:40])
        if not _ROOT_PATH.fullmatch(self.root_path or ""):
            raise SettingError("setting_root_path", value=repr(self.root_path)[:40])
        if bool(self.ssl_certfile) != bool(self.ssl_keyfile):
            raise SettingError("setting_tls_pair")
        for name in ("ssl_certfile", "ssl_keyfile"):
            path = getattr(self, name)
            if path and not Path(path).is_file():
                raise SettingError("setting_file_missing", name=name, value=repr(path))
        if self.ssl_certfile:
            _require_certificate(self.ssl_certfile, self.ssl_keyfile)
        if self.users() and self.mcp:
            raise SettingError("setting_mcp_auth")
        if self.metrics and not find_spec("prometheus_client"):
            raise SettingError("setting_metrics")
        if self.mcp and not find_spec("mcp"):
            raise SettingError("setting_mcp")

    def own_hosts(self) -> list[str]:
        """Return the names by which visitors call the app, that of ``root_path`` among them."""
        names = re.split(r"\s*,\s*", self.hosts) if self.hosts else []
        return list(filter(None, [*names, urlsplit(self.root_path or "").hostname]))

    def users(self) -> list[tuple[str, str]] | None:
        """Return the (name, password) pairs of ``auth``, or None where everybody may enter."""
        if not self.auth:
            return None
        pairs = [user.partition(":") for user in self.auth.split(",")]
        users = [(name, password) for name, _, password in pairs if name and password]
        if len(users) < len(pairs):
            raise SettingError("setting_auth")  # without the value: it is a secret
        return users


def read_settings(environment: Mapping[str, str], **chosen: object) -> Settings:
    """Return the settings that an environment asks for.

    Args:
        environment: names and values, such as ``os.environ``; an empty value counts as absent.
        **chosen: settings that come before those of the environment; None counts as absent.

    Raises:
        SettingError: a value is impossible.
    """
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        text = environment.get(variable(setting.name), "").strip()
        if chosen.get(setting.name) is not None:
            values[setting.name] = chosen[setting.name]
        elif text:
            values[setting.name] = _parse(setting, text)
    return Settings(**values)


def describe() -> list[tuple[str, str, str]]:
    """Return (environment variable, default in words, description) of every setting, in order."""
    return [
        (
            variable(setting.name),
            setting.metadata["shown"] or ("on" if setting.default is True else "off"),
            setting.metadata["about"],
        )
        for setting in fields(Settings)
    ]


def _require_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingError(f"setting_{name}", value=repr(value[:40]), known=", ".join(known))


def _require_engine(engine: str | None, replicas: int | None) -> None:
    if engine is not None:
        _require_choice("engine", engine, ("ray",))
        if not find_spec("ray"):
            raise SettingError("setting_ray")
    if replicas is not None and replicas < 1:
        raise SettingError("setting_replicas", value=replicas)


def _require_certificate(certificate: str, key: str | None) -> None:
    try:
        # The password is empty: without one, Python would ask for it in the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except OSError as error:  # so is ssl.SSLError
        raise SettingError("setting_tls_files") from error


def _parse(setting: Field, text: str) -> object:
    if setting.name in WHOLE:
        if not text.isascii() or not text.isdecimal():
            raise SettingError(f"setting_{setting.name}", value=repr(text[:40]))
        return int(text)
    if isinstance(setting.default, bool):
        if text.lower() not in TRUE + FALSE:
            raise SettingError(
                "setting_switch", variable=variable(setting.name), value=repr(text[:40])
            )
        return text.lower() in TRUE
    return text
