"""The detail of a pass: the shorter side of the network's input, in pixels."""

from __future__ import annotations

from numbers import Integral

from ..messages import UserError

MIN_DETAIL, MAX_DETAIL = 64, 1333


def require_detail(detail: object) -> None:
    """Accept a whole number of pixels, 64..1333, or None for the checkpoint's own detail.

    Raises:
        UserError: it is something else.
    """
    if detail is None:
        return
    whole = isinstance(detail, Integral) and not isinstance(detail, bool)
    if not whole or not MIN_DETAIL <= int(detail) <= MAX_DETAIL:
        value = repr(detail)[:40]  # anybody may have sent anything
        raise UserError("detail_out_of_range", value=value, least=MIN_DETAIL, most=MAX_DETAIL)
