"""Serving the page: what ``app.py`` and ``python -m detr_gradio launch`` both call."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import gradio as gr

from ..limits import limits
from ..service import Service
from ..settings import SettingError, Settings
from ..ui.app import build_demo
from ..ui.i18n import DICTIONARY, TEXTS, text
from ..ui.scripts import bundle
from ..ui.theme import STYLES, head, theme
from .free_memory import keep_giving_back
from .gradio_patches.bounded_queue import BoundedQueue
from .gradio_patches.kept_files import tidy_kept_files
from .gradio_patches.sessions import install_lean_sessions
from .gradio_patches.uploads import tidy_uploads
from .logs import start_log
from .mcp_answer import patch_mcp
from .serving import serving
from .shutdown import Shutdown

_PAGE = Path(__file__).parents[1] / "ui"
_CONNECTION = bundle("server/gradio_patches/connection.js").replace(
    "TEXTS", json.dumps(TEXTS["connection_gone"])
)


def launch(
    settings: Settings,
    service: Service | None = None,
    demo: gr.Blocks | None = None,
    *,
    language: str = "en",
    block: bool = True,
) -> gr.Blocks:
    """Serve the app.

    Args:
        settings: host, port and so on.
        service: what segments; made from the settings if not given. It is warmed up once the
            server listens, which waits for no weights.
        demo: the page of the service; built if not given.
        language: in which the terminal is told where the app is.
        block: whether to return only when the server is stopped, by SIGTERM or Ctrl-C.

    Raises:
        CheckpointUnavailable: the settings name a checkpoint that there is not.
        SettingError: nothing can listen on the address of the settings.
    """
    host = settings.host
    if host and ":" in host and not host.startswith("["):
        host = f"[{host}]"  # Gradio makes an address of it
    _require_free(host, settings.port)
    service = service or Service(
        checkpoint=settings.checkpoint, half_precision=settings.half_precision
    )
    demo = demo or build_demo(service)
    BoundedQueue(demo, limits().queue_size, 4)
    tidy_uploads()
    tidy_kept_files()
    install_lean_sessions()
    keep_giving_back()
    shutdown = Shutdown()
    if block:
        shutdown.listen()
    space = "SPACE_ID" in os.environ
    app_kwargs = serving(service, settings.frame_ancestors, shutdown, space=space)
    if settings.metrics:
        from .metrics import metrics_route  # noqa: PLC0415 - its package is optional

        app_kwargs["routes"].append(metrics_route(service, demo))
    demo.launch(
        server_name=host,
        server_port=settings.port,
        share=settings.share,
        auth=settings.users(),
        root_path=settings.root_path,
        ssl_certfile=settings.ssl_certfile,
        ssl_keyfile=settings.ssl_keyfile,
        ssl_verify=False,
        mcp_server=settings.mcp or None,
        inbrowser=settings.open,
        max_file_size=max(limits().max_image_bytes, limits().max_video_bytes),
        state_session_capacity=limits().session_capacity,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        footer_links=["api"],
        favicon_path=str(_PAGE / "icon.svg"),
        theme=theme(),
        css_paths=STYLES,
        head=head(_CONNECTION),
        i18n=DICTIONARY,
        prevent_thread_lock=True,
        quiet=True,  # its words are for those who write the program
        _frontend=False,  # the page is not asked for: a busy machine would not answer within 3 s
        app_kwargs=app_kwargs,
    )
    start_log(settings.log_level)  # not earlier: Gradio's server brings a log of its own
    print(text("serving", language, url=demo.local_url), flush=True)
    if demo.mcp_server_obj:
        patch_mcp(demo.mcp_server_obj)
    if settings.share and not demo.share_url and "SPACE_ID" not in os.environ:
        print(text("share_unavailable", language, url=demo.local_url), file=sys.stderr)
    service.warm_up()
    if block:
        shutdown.wait(demo, language)
    return demo


def _require_free(host: str | None, port: int | None) -> None:
    """Say at once, and why, if an address can't be listened on."""
    name = (host or "127.0.0.1").strip("[]")
    try:
        family, *_, address = socket.getaddrinfo(name, port or 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        place = name if port is None else f"{name}, port {port}"
        raise SettingError("setting_address", place=place, reason=error.strerror) from error
