"""What a system may touch, by what it is bound to: rows, bytes, and how its work splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from townlet.ecs.launch import Launch
from townlet.ecs.runtime import Runtime

SPLIT, WHOLE, MIXED, PYTHON = "split", "whole", "mixed", "python"


@dataclass(frozen=True)
class Traffic:
    """What one system may touch in a tick, at most.

    Attributes:
        over: the table its kernels are split over; of several the one with the most rows, and
            ``""`` when none splits.
        rows: rows of that table; without one, of the longest array it is bound to.
        bytes: sizes of the columns its kernels are bound to, each once per system; those it may
            write count twice, for they are read and written. A system that skips rows, or looks a
            few up in a long table, touches less; one that goes over a column twice, more.
        splits: ``split``: every kernel runs on all threads; ``whole``: none does; ``mixed``; or
            ``python`` (a step).
    """

    over: str
    rows: int
    bytes: int
    splits: str


def traffic_of(runtime: Runtime) -> dict[str, Traffic]:
    """Traffic of every system and step in a schedule, by name."""
    scheduled = {spec.name for spec in runtime.schedule.systems}
    found = {
        name: Traffic(*_rows(launches), _bytes(launches), _splits(launches))
        for name, launches in runtime.launches.items()
        if name in scheduled
    }
    return found | {name: Traffic("", 0, 0, PYTHON) for name in runtime.steps}


def _rows(launches: Sequence[Launch]) -> tuple[str, int]:
    """The table, and how many rows it has."""
    split = [(launch.rows, str(launch.kernel.options.over)) for launch in launches if launch.splits]
    if split:
        rows, over = max(split)
        return over, rows
    return "", max((len(array) for launch in launches for array in launch.arrays), default=0)


def _bytes(launches: Sequence[Launch]) -> int:
    sizes: dict[int, tuple[int, bool]] = {}
    for launch in launches:
        for array in launch.arrays:
            place = array.ctypes.data
            written = array.flags.writeable or sizes.get(place, (0, False))[1]
            sizes[place] = (array.nbytes, written)
    return sum(size * (1 + written) for size, written in sizes.values())


def _splits(launches: Sequence[Launch]) -> str:
    kinds = {launch.splits for launch in launches}
    if len(kinds) > 1:
        return MIXED
    return SPLIT if True in kinds else WHOLE
