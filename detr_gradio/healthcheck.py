"""Ask the app of this machine whether it is ready, as the container's health check does.

    python -m detr_gradio.healthcheck

The app is looked for where its environment variables say; the exit status is 0 if it is ready.
"""

from __future__ import annotations

import os
import ssl
import sys
import urllib.request
from collections.abc import Mapping

from .settings import read_settings

_EVERY_ADDRESS = (None, "0.0.0.0", "::", "[::]")


def is_ready(environment: Mapping[str, str]) -> bool:
    """Return whether ``/health/ready`` of the app with these variables answers 200.

    Raises:
        SettingError: a variable is impossible.
    """
    settings = read_settings(environment)
    scheme = "https" if settings.ssl_certfile else "http"
    host = "127.0.0.1" if settings.host in _EVERY_ADDRESS else settings.host
    # Its certificate is for the name that visitors use, not for this one.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        address = f"{scheme}://{host}:{settings.port or 7860}/health/ready"
        with urllib.request.urlopen(address, timeout=4, context=context) as answer:
            return answer.status == 200
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready(os.environ) else 1)
