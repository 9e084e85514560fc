"""Times of day, and bringing a town to one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

from townlet.errors import UserError

DAY = 1440
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def minute_of(text: str) -> int:
    """The minute of the day that ``HH:MM`` is.

    Raises:
        UserError: it is no time of day; a number is none either, as which YAML reads 08:00.
    """
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise UserError(f"at: {text!r} is not a time of day; write it as '08:00'")
    return int(found[1]) * 60 + int(found[2])


def clock_of(minute: int) -> str:
    """``HH:MM`` of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def lived_in_day(start_minute: int) -> int:
    """The first day on which a town is lived in: it has had most of a day and a night before.

    Args:
        start_minute: of the day, when its first tick is. Who starts after noon needs a day more.
    """
    return 1 if start_minute <= DAY // 2 else 2


def too_close(minutes: Sequence[int], length: int) -> int | None:
    """The first time of day that the next one follows before ``length`` ticks; None: all fit.

    Args:
        minutes: times of day in rising order; the last is followed by the first, a day later.
        length: ticks that are wanted from each.
    """
    for time, following in itertools.pairwise((*minutes, minutes[0] + DAY)):
        if following - time < length:
            return time
    return None


def live_until(
    sim: Any, day: int, minute: int, go_on: Callable[[], bool] = lambda: True, chunk: int = DAY
) -> None:
    """Run a town until its clock shows a minute of a day; do nothing if it is later already.

    Args:
        sim: the simulation.
        day: 0 is the first.
        minute: of the day.
        go_on: asked before every ``chunk`` ticks; False: stop here.
        chunk: ticks.
    """
    left = day * DAY + minute - sim.config.start_minute() - sim.tick
    while left > 0 and go_on():
        step = min(left, chunk)
        sim.run(step)
        left -= step
