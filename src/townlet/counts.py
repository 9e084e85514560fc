"""Counts in words: ``8``, ``10k``, ``1.5M``; and seeds."""

from __future__ import annotations

import operator
import re
from typing import Any

from townlet.errors import UserError

#: Agents of a town, and minutes of a run, at most.
MOST_AGENTS, MOST_TICKS = 1 << 24, (1 << 31) - 1
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM]?)")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


def count_of(text: str, what: str = "agents", most: int = MOST_AGENTS, least: int = 1) -> int:
    """A number of things: ``10000``, ``10k``, ``1.5M``.

    Args:
        text: the words.
        what: of what, for the sentence.
        most: how many at most.
        least: how many at least.

    Raises:
        UserError: it is none, or out of range.
    """
    found = _NUMBER.fullmatch(text.strip())
    value = float(found[1]) * _UNITS[found[2].lower()] if found else -1.0
    if value != int(value) or not least <= value <= most:
        raise UserError(
            f"{text!r} is no number of {what}; write 8, 10k or 1M, from {least} to {most}"
        )
    return int(value)


def whole_seed(seed: Any) -> int:
    """A seed as a number of Python's, whatever kind of whole number it is.

    Learners draw seeds with NumPy, whose numbers overflow where Python's grow.

    Args:
        seed: of town 0; an int, a NumPy integer, or anything else that is a whole number.

    Raises:
        UserError: it is no whole number, or below 0.
    """
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if number < 0:
        raise UserError(f"seed is {seed!r}; it must be a whole number, at least 0")
    return number
