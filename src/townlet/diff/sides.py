"""Sides: the two runs that are compared, and what is found out about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from townlet.diff.cells import Cell
from townlet.diff.rewind import Rewind
from townlet.errors import UserError
from townlet.replay.hash_log import HashLog, read_hashes
from townlet.replay.order_log import Order, same_order
from townlet.replay.player import Build
from townlet.replay.recording import Recording, is_recording

#: What a report can say.
SAME, START, ORDERED, BEHAVIOUR, MEMORY, UNKNOWN = (
    "same", "start", "orders", "behaviour", "memory", "unknown",
)  # fmt: skip


@dataclass
class Side:
    """One of the two runs.

    Attributes:
        name: how it is called.
        log: its hashes.
        recording: all of it; None: there is only the log.
        build: makes its simulations; see :class:`townlet.replay.Player`.
        reproduces: whether a replay came to the log's hashes; None: nobody has tried.
        played: the replay, and the way back to the last tick that is the same.
    """

    name: str
    log: HashLog
    recording: Recording | None = None
    build: Build | None = None
    reproduces: bool | None = None
    played: Rewind | None = None


@dataclass
class Desync:
    """Where two runs part.

    Attributes:
        verdict: ``"same"``; ``"start"``: they began differently; ``"orders"``: they were told
            different things; ``"behaviour"``: a system does something else, again and again;
            ``"memory"``: one of them was changed from outside, and cannot be run again;
            ``"unknown"``.
        compared: records both logs have.
        same_tick: last tick after which they are known to be the same.
        tick: first tick after which they differ; exact when it is ``same_tick + 1``.
        system: after which they differ; in brackets where no system is to blame.
        columns: that differ after ``tick``.
        cells: values that differ, the cause first.
        towns: that differ.
        orders: of each, those that the other was not given.
        sentences: all that a person should know.
    """

    verdict: str = UNKNOWN
    compared: int = 0
    same_tick: int | None = None
    tick: int | None = None
    system: str | None = None
    columns: tuple[str, ...] = ()
    cells: list[Cell] = field(default_factory=list)
    towns: tuple[int, ...] = ()
    orders: tuple[list[str], list[str]] = ((), ())  # type: ignore[assignment]
    sentences: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return vars(self) | {"cells": [cell.as_dict() for cell in self.cells]}

    def say(self, sentence: str) -> None:
        """Add to what a person should know."""
        self.sentences.append(sentence)


def side_of(path: Path, name: str) -> Side:
    """A run by the folder of its recording, or by its log of hashes.

    Raises:
        UserError: it is neither.
    """
    if path.is_dir() or is_recording(path):
        run = Recording(path)
        return Side(name, run.hashes, run)
    if not path.exists():
        raise UserError(f"{path}: there is no such file or folder")
    return Side(name, read_hashes(path))


IDENTITY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("config", ("config", "hash")),
    ("seed", ("seed",)),
    ("number of towns", ("towns",)),
    ("number of agents", ("agents",)),
    ("policy", ("policy",)),
    ("version", ("program", "townlet")),
    ("program", ("program", "sources")),
    ("processor", ("machine", "processor")),
    ("formula of hashes", ("hash",)),
)
#: What makes two runs different from the start.
BEGINNING = tuple(path for _, path in IDENTITY[:5])


def at_path(content: Any, path: tuple[str, ...]) -> Any:
    """A value of a manifest; None where there is none."""
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def without(orders: list[Order], others: list[Order]) -> list[Order]:
    """Orders that are not among others, each of which counts once."""
    rest = list(others)
    found = []
    for order in orders:
        match = next((o for o in rest if o.step == order.step and same_order(o, order)), None)
        if match is None:
            found.append(order)
        else:
            rest.remove(match)
    return found
