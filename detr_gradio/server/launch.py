"""Serving the page: what ``app.py`` and ``python -m detr_gradio launch`` both call."""

from __future__ import annotations

import os
import sys
import webbrowser
from functools import partial
from urllib.parse import urlsplit

import gradio as gr

from ..service import Service
from ..settings import Settings
from ..ui.app import build_demo
from ..ui.i18n import text
from .app import build_app
from .files import KeptFiles, claim
from .free_memory import keep_giving_back
from .gradio_patches.names_of_files import forget_deleted
from .gradio_patches.sessions import install_lean_sessions
from .gradio_patches.share_link import open_link
from .gradio_patches.temporary_folder import set_temporary_folder
from .gradio_patches.traces import log_traces
from .logs import start_log
from .origins import OwnHosts
from .running import RunningApp, run
from .shutdown import Shutdown


def prepare() -> KeptFiles:
    """Return the folder for files; to be called before the page is built.

    Raises:
        SettingError: there can be none.
    """
    files = claim()
    set_temporary_folder(files.folder)
    return files


def launch(
    settings: Settings,
    service: Service | None = None,
    demo: gr.Blocks | None = None,
    *,
    language: str = "en",
    block: bool = True,
) -> RunningApp:
    """Serve the app.

    Args:
        settings: host, port and so on.
        service: what segments; made from the settings if not given. It is warmed up once the
            server listens, which waits for no weights.
        demo: the page of the service; built if not given, after ``prepare``.
        language: in which the terminal is told where the app is.
        block: whether to return only when the server is stopped, by SIGTERM or Ctrl-C.

    Raises:
        CheckpointUnavailable: the settings name a checkpoint that there is not.
        UserError: they name a Ray cluster that does not answer.
        SettingError: nothing can listen on the address of the settings, or keep files.
    """
    files = prepare()
    service = service or _service(settings)
    demo = demo or build_demo(service)
    files.swept.append(partial(forget_deleted, demo))
    install_lean_sessions()
    log_traces()
    keep_giving_back()
    shutdown = Shutdown()
    if block:
        shutdown.listen()
    space = "SPACE_ID" in os.environ
    hosts = OwnHosts(settings.own_hosts())
    running = run(build_app(service, demo, settings, shutdown, hosts, space=space), demo, settings)
    start_log(settings.log_level)
    _tell_zerogpu()
    print(text("serving", language, url=running.url), flush=True)
    if settings.share and not space:
        _share(running, hosts, language)
    if settings.open:
        webbrowser.open(running.share_url or running.url)
    service.warm_up()
    if block:
        shutdown.wait(running, language)
    return running


def _service(settings: Settings) -> Service:
    """Return a service whose network is in this process, or in replicas on a Ray cluster."""
    if settings.engine is None:
        return Service(checkpoint=settings.checkpoint, precision=settings.precision)
    from ..service.replicas import connect, load_on_replicas  # noqa: PLC0415 - an optional part

    processors = connect(settings.ray_address)
    replicas = settings.replicas or processors
    load = partial(load_on_replicas, precision=settings.precision, replicas=replicas)
    return Service(load, settings.checkpoint, precision=settings.precision, at_once=replicas)


def _share(running: RunningApp, hosts: OwnHosts, language: str) -> None:
    running.share_url = open_link(running.host, running.port)
    if running.share_url is None:
        print(text("share_unavailable", language, url=running.url), file=sys.stderr)
        return
    hosts.names.add(urlsplit(running.share_url).hostname or "")
    print(text("shared", language, url=running.share_url), flush=True)


def _tell_zerogpu() -> None:
    """Say to ZeroGPU that the app has started, which is else done by ``Blocks.launch``.

    There the package ``spaces`` wraps it; a Space that does not report is stopped.
    """
    try:
        from spaces.zero import startup  # noqa: PLC0415 - there is none elsewhere
    except ImportError:
        return
    startup()
