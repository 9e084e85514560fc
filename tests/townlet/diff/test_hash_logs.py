"""Two logs are compared at the ticks that both have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from townlet.diff.hash_logs import compare_logs
from townlet.errors import UserError
from townlet.replay.hash_log import HashLog, HashWriter, read_hashes, record_of


def log(
    path: Path,
    every: int,
    wrong_from: int | None = None,
    first: int = 0,
    last: int = 60,
    towns: int = 1,
) -> HashLog:
    """Three columns; from one tick on the second of them is another one."""
    path.unlink(missing_ok=True)
    writer = HashWriter(path, ["A.a", "A.b", "B.c"], towns)
    for tick in range(first, last + 1, every):
        sums = np.full((3, towns), 7 * tick, np.uint64)
        if wrong_from is not None and tick >= wrong_from:
            sums[1, -1] += np.uint64(1)
        writer.add(record_of(tick - first, tick, sums))
    writer.close()
    return read_hashes(path)


def test_the_first_record_that_differs(tmp_path: Path) -> None:
    found = compare_logs(log(tmp_path / "a", 1), log(tmp_path / "b", 1, 33))
    assert found.same is not None
    assert found.a is not None
    assert (found.compared, found.same.tick, found.a.tick) == (61, 32, 33)
    assert (found.columns, found.towns) == (("A.b",), (0,))


def test_logs_of_different_cadence(tmp_path: Path) -> None:
    found = compare_logs(log(tmp_path / "a", 4), log(tmp_path / "b", 6, 33, towns=1))
    assert found.same is not None
    assert found.a is not None
    assert (found.compared, found.same.tick, found.a.tick) == (6, 24, 36)


def test_all_the_same_as_far_as_both_go(tmp_path: Path) -> None:
    found = compare_logs(log(tmp_path / "a", 1), log(tmp_path / "b", 1, 33, last=30))
    assert found.a is None
    assert found.same is not None
    assert (found.compared, found.same.tick) == (31, 30)


def test_different_from_the_start(tmp_path: Path) -> None:
    found = compare_logs(log(tmp_path / "a", 1), log(tmp_path / "b", 1, 0))
    assert found.same is None
    assert found.a is not None
    assert found.a.tick == 0


def test_logs_that_begin_at_other_ticks_meet_by_tick(tmp_path: Path) -> None:
    found = compare_logs(log(tmp_path / "a", 1), log(tmp_path / "b", 1, 33, first=20))
    assert found.a is not None
    assert found.b is not None
    assert (found.a.tick, found.b.tick, found.compared) == (33, 33, 41)
    with pytest.raises(UserError, match="no tick in common"):
        compare_logs(log(tmp_path / "a", 1, last=10), log(tmp_path / "b", 1, first=20))


def test_the_town_is_named(tmp_path: Path) -> None:
    found = compare_logs(log(tmp_path / "a", 1, towns=3), log(tmp_path / "b", 1, 5, towns=3))
    assert found.towns == (2,)
    with pytest.raises(UserError, match="one log is of 3 towns, the other of 1"):
        compare_logs(log(tmp_path / "a", 1, towns=3), log(tmp_path / "b", 1))
