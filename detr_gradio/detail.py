"""The detail of a pass: the shorter side of the network's input, in pixels."""

from __future__ import annotations

from numbers import Integral

from .messages import UserError

LEAST_DETAIL, MOST_DETAIL = 64, 1333


def require_detail(detail: object) -> None:
    """Accept a whole number of pixels, 64..1333, or None for the checkpoint's own detail.

    Raises:
        UserError: it is something else.
    """
    if detail is None:
        return
    whole = isinstance(detail, Integral) and not isinstance(detail, bool)
    if not whole or not LEAST_DETAIL <= int(detail) <= MOST_DETAIL:
        value = repr(detail)[:40]  # anybody may have sent anything
        raise UserError("detail_out_of_range", value=value, least=LEAST_DETAIL, most=MOST_DETAIL)
