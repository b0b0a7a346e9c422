"""How exactly a network computes. Light to import: the command line's help names it."""

from __future__ import annotations

from typing import Literal, get_args

from ..messages import UserError

Precision = Literal["exact", "fast"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


def require_precision(precision: object) -> None:
    """Accept one of ``PRECISIONS``.

    Raises:
        UserError: it is something else.
    """
    if precision not in PRECISIONS:
        raise UserError(
            "precision_unknown", value=repr(precision)[:40], known=", ".join(PRECISIONS)
        )
