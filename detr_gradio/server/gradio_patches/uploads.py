"""What an upload that fails leaves on the disk: nothing.

Gradio 6.31 keeps the part that has arrived of an upload that breaks off, is too large or finds the
disk full, and deletes it never, since it deletes in time only what it has given an address.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gradio import route_utils, routes
from starlette.datastructures import FormData


def tidy_uploads() -> None:
    """Let Gradio's server read uploads with ``TidyParser`` from now on."""
    for module in (route_utils, routes):
        module.GradioMultiPartParser = TidyParser


class TidyParser(route_utils.GradioMultiPartParser):
    """Reads an upload, and removes its files where it can't be read to the end."""

    async def parse(self) -> FormData:
        """Return the form with its files."""
        try:
            return await super().parse()
        except BaseException:  # a client that leaves is a cancellation
            for file in self._files_to_close_on_error:
                with suppress(OSError):  # what is still to be written finds no room either
                    file.close()
                Path(file.name).unlink(missing_ok=True)
            raise
