"""The public link of ``--share``.

``Blocks.launch`` makes it for a server of Gradio's own alone. ``networking.setup_tunnel`` is what
it calls; its process would outlive ours.
"""

from __future__ import annotations

import logging
import secrets

from gradio import networking
from gradio.tunneling import CURRENT_TUNNELS

logger = logging.getLogger(__name__)


def open_link(host: str, port: int) -> str | None:
    """Return the address of a link to a server of this machine; None where there can't be one.

    Args:
        host: where the server listens.
        port: likewise.
    """
    try:
        return networking.setup_tunnel(
            local_host=host,
            local_port=port,
            share_token=secrets.token_urlsafe(32),
            share_server_address=None,
            share_server_tls_certificate=None,
        )
    except Exception:  # no network, no room for its program, a certificate that is too old
        logger.info("No public link", exc_info=True)
        return None


def close_links() -> None:
    """End all links."""
    for tunnel in CURRENT_TUNNELS:
        tunnel.kill()
