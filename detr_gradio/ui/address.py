"""What a page's address asks for, and what its browser has kept: anybody may have written both."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ..checkpoints.catalogue import CATALOGUE
from ..messages import LANGUAGES, UserError
from ..model.detail import MAX_DETAIL, MIN_DETAIL, require_detail
from ..result.options import METHODS, MIN_THRESHOLD, THRESHOLD, require_options
from ..service import SegmentationRequest, Service, shown_name
from .files import is_served
from .panel.controls import MAX_THRESHOLD, within
from .panel.examples import example_name, examples

_LONGEST = 4_096  # characters of a path, and more than of a name
_NAMES = "checkpoint", "threshold", "detail", "method", "example", "tab", "language"


@dataclass(frozen=True)
class Asked:
    """What a page is to begin with; what was asked for wrongly is as without it.

    Attributes:
        checkpoint, threshold, detail, method: the settings.
        language: "en" or "es".
        tab: id of a tab, or anything else.
        first: the request that the page showed before, without a picture where that is gone; the
            name of an example; or None.
    """

    checkpoint: str
    threshold: float
    detail: int
    method: str
    language: str
    tab: str
    first: SegmentationRequest | str | None

    @property
    def settings(self) -> tuple[str, float, int, str, str]:
        """Checkpoint, threshold, detail, method and language, as the events of the page take."""
        return self.checkpoint, self.threshold, self.detail, self.method, self.language


def read_address(service: Service, address: object) -> Asked:
    """Return what an address asks for.

    Args:
        service: what segments, for the settings that are not asked for.
        address: what ``window.detr.address()`` returns in the browser; anything else asks for
            nothing.
    """
    given = address if isinstance(address, dict) else {}
    # Its picture may be gone, but not its settings: the browser may have a copy.
    shown = request_from(given.get("shown"), gone=True)
    known: dict[str, Any] = {
        name: value
        for name, value in given.items()
        if name in _NAMES and isinstance(value, str) and len(value) < 200
    }
    if shown:
        known |= asdict(shown)
    checkpoint, _ = service.current()
    name = shown_name(checkpoint)
    if known.get("checkpoint") in CATALOGUE:
        checkpoint = CATALOGUE[known["checkpoint"]]
        name = checkpoint.name
    detail = within(known.get("detail"), MIN_DETAIL, MAX_DETAIL, checkpoint.default_detail)
    return Asked(
        checkpoint=name,
        threshold=within(known.get("threshold"), MIN_THRESHOLD, MAX_THRESHOLD, THRESHOLD),
        detail=int(detail),
        method=known["method"] if known.get("method") in METHODS else METHODS[0],
        language=known["language"] if known.get("language") in LANGUAGES else "en",
        tab=known.get("tab", ""),
        first=shown or known.get("example") or None,
    )


def for_browser(request: SegmentationRequest) -> dict[str, Any]:
    """Return a request as the browser keeps it: an example by its name, not by its place here."""
    return {**asdict(request), "picture": example_name(request.picture) or request.picture}


def request_from(kept: Any, *, gone: bool = False) -> SegmentationRequest | None:
    """Return the request that a browser has kept; None for anything else that is sent as one.

    Args:
        kept: what was sent.
        gone: whether to return it without its picture, where that is none of ours.
    """
    try:
        request = SegmentationRequest(**kept)
        if request.picture in examples():
            request = replace(request, picture=str(examples()[request.picture].path))
        elif not is_served(request.picture):
            if not gone:
                return None
            request = replace(request, picture="")
        if request.correction and not is_served(request.correction):
            if not gone:
                return None
            request = replace(request, correction="")
        require_options(request.threshold, request.method)
        require_detail(request.detail)
    except (TypeError, UserError):
        return None
    texts = (request.name, request.checkpoint, request.correction)
    short = all(isinstance(each, str) and len(each) < _LONGEST for each in texts)
    return request if short else None
