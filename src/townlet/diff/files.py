"""Diff of whatever two paths name: recorded runs, snapshots, logs of hashes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from townlet.diff.cells import ColumnDifference, State, differences, state_in, state_of
from townlet.diff.desync import PATIENCE_S, find_desync
from townlet.diff.sides import Desync, side_of
from townlet.errors import UserError
from townlet.names import Names
from townlet.replay.player import Player
from townlet.replay.recording import Recording, is_recording
from townlet.setup.cast import read_cast
from townlet.snapshot import SUFFIX, Contents, read
from townlet.snapshot.files import recorded_config
from townlet.snapshot.tensors import is_sealed
from townlet.timeline import guests_of, read_timeline


@dataclass
class StateDifference:
    """Two states against each other.

    Attributes:
        ticks: of both.
        columns: those that differ.
        sentences: what else a person should know.
    """

    ticks: tuple[int, int]
    columns: list[ColumnDifference]
    sentences: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "ticks": list(self.ticks),
            "columns": [column.as_dict() for column in self.columns],
            "sentences": self.sentences,
        }


def diff_paths(
    a: Path, b: Path, patience_s: float = PATIENCE_S, shown: int = 8
) -> Desync | StateDifference:
    """Compare what two paths name.

    Two snapshots, or a snapshot and a recorded run at its tick, are compared value by value; runs
    and logs of hashes until the first difference.

    Args:
        a, b: folders of recorded runs, snapshots, or logs of hashes.
        patience_s: see :func:`townlet.diff.find_desync`.
        shown: values of each column that are named.

    Raises:
        UserError: a path names nothing of the kind, or the two cannot be compared.
    """
    kinds = [_kind(path) for path in (a, b)]
    if "snapshot" not in kinds:
        return find_desync(side_of(a, "A"), side_of(b, "B"), patience_s)
    if "log" in kinds:
        raise UserError("a snapshot and a log of hashes cannot be compared; give two of a kind")
    contents = [
        read(path) if kind == "snapshot" else None for path, kind in zip((a, b), kinds, strict=True)
    ]
    tick = next(c.header.tick for c in contents if c is not None)
    states = [
        _of_run(path, tick) if entry is None else state_in(entry, names_in(path, entry))
        for path, entry in zip((a, b), contents, strict=True)
    ]
    ticks = tuple(tick if entry is None else entry.header.tick for entry in contents)
    found = StateDifference((ticks[0], ticks[1]), differences(*_alike(*states), shown))
    found.sentences = _about(contents)
    return found


def _kind(path: Path) -> str:
    if is_recording(path) or path.is_dir():
        return "run"
    if not path.exists():
        raise UserError(f"{path}: there is no such file or folder")
    return "snapshot" if path.suffix == SUFFIX or is_sealed(path) else "log"


def _of_run(path: Path, tick: int) -> State:
    """The state a recorded run had at a tick."""
    run = Recording(path)
    return state_of(Player(run, run.step_of(tick)).sim)


def names_in(path: Path, contents: Contents) -> Names:
    """What the agents of a snapshot are called."""
    config = recorded_config(path, contents.header)
    return read_cast(config, guests_of(read_timeline(config))).called(contents.header.capacity)


def _alike(a: State, b: State) -> tuple[State, State]:
    """Of a run only the authoritative columns are known: compare those."""
    if set(a.columns) == set(b.columns):
        return a, b
    both = set(a.columns) & set(b.columns)
    wide, narrow = (a, b) if len(a.columns) > len(b.columns) else (b, a)
    if set(narrow.columns) <= set(wide.columns):
        return tuple(  # type: ignore[return-value]
            State(
                {n: v for n, v in s.columns.items() if n in both},
                s.dims,
                s.labels,
                s.towns,
                s.names,
            )
            for s in (a, b)
        )
    return a, b


def _about(contents: list[Contents | None]) -> list[str]:
    """What differs about two snapshots besides their columns."""
    a, b = contents
    if a is None or b is None:
        return []
    pairs = {
        "tick": (a.header.tick, b.header.tick),
        "config": (a.header.config_hash, b.header.config_hash),
        "seeds": (a.header.seeds, b.header.seeds),
        "towns": (a.header.towns, b.header.towns),
        "policy": (a.header.policy, b.header.policy),
        "version": (a.header.townlet, b.header.townlet),
    }
    return [
        f"Their {what} differs: {ours} in A, {theirs} in B."
        for what, (ours, theirs) in pairs.items()
        if ours != theirs
    ]
