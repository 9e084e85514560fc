"""Logs of hashes against each other: the first record that differs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.replay.hash_log import HashLog, HashRecord


@dataclass(frozen=True)
class LogDifference:
    """Where two logs part.

    Attributes:
        compared: records that both have.
        same: the last record before the difference, of the first log; None: none is the same.
        a, b: the first records that differ; None: all that both have are the same.
        columns: columns that differ there.
        towns: towns that differ there.
    """

    compared: int
    same: HashRecord | None
    a: HashRecord | None
    b: HashRecord | None
    columns: tuple[str, ...] = ()
    towns: tuple[int, ...] = ()


def compare_logs(a: HashLog, b: HashLog) -> LogDifference:
    """Find the first record in which two logs differ.

    Records are those of the same step where the ticks agree, else of the same tick.

    Raises:
        UserError: they have no tick in common, or another number of towns.
    """
    if a.towns.shape[1] != b.towns.shape[1]:
        raise UserError(
            f"one log is of {a.towns.shape[1]} towns, the other of {b.towns.shape[1]}; they cannot "
            "be compared"
        )
    at_a, at_b = _common(a, b)
    if not len(at_a):
        raise UserError("the logs have no tick in common")
    wrong = np.flatnonzero((a.towns[at_a] != b.towns[at_b]).any(axis=1))
    if not len(wrong):
        return LogDifference(len(at_a), a.record(int(at_a[-1])), None, None)
    k = int(wrong[0])
    x, y = a.record(int(at_a[k])), b.record(int(at_b[k]))
    ours = dict(zip(a.columns, x.columns.tolist(), strict=True))
    theirs = dict(zip(b.columns, y.columns.tolist(), strict=True))
    columns = tuple(n for n in {**ours, **theirs} if ours.get(n) != theirs.get(n))
    towns = tuple(np.flatnonzero(x.towns != y.towns).tolist())
    same = a.record(int(at_a[k - 1])) if k else None
    return LogDifference(len(at_a), same, x, y, columns, towns)


def _common(a: HashLog, b: HashLog) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Places of the records that both have."""
    _, at_a, at_b = np.intersect1d(a.steps, b.steps, assume_unique=True, return_indices=True)
    if len(at_a) and (a.ticks[at_a] == b.ticks[at_b]).all():
        return at_a, at_b
    _, at_a, at_b = np.intersect1d(a.ticks, b.ticks, return_indices=True)
    return at_a, at_b
