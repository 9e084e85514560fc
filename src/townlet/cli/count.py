"""Counts on a command line: ``8``, ``10k``, ``1.5M``."""

from __future__ import annotations

from collections.abc import Callable

import typer

from townlet.counts import count_of
from townlet.errors import UserError


def counter(what: str, most: int, least: int = 1) -> Callable[[object], int]:
    """What reads an option that is a number of things.

    Args:
        what: of what, for sentences.
        most: how many at most.
        least: how many at least.
    """

    def read(text: object) -> int:
        try:
            return count_of(str(text), what, most, least)  # a default comes as a number
        except UserError as error:
            raise typer.BadParameter(str(error)) from None

    return read
