"""Counts on a command line: ``8``, ``10k``, ``1.5M``."""

from __future__ import annotations

from collections.abc import Callable

import typer

from townlet.counts import count_of
from townlet.errors import UserError


def counter(what: str, most: int) -> Callable[[str | int], int]:
    """What reads an option that is a number of things, at least 1.

    Args:
        what: of what, for sentences.
        most: how many at most.
    """

    def read(text: str | int) -> int:
        try:
            return count_of(str(text), what, most)  # a default comes here as the number it is
        except UserError as error:
            raise typer.BadParameter(str(error)) from None

    return read
