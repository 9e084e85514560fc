"""Words that several lanes write: compiled as in plain Python, and nothing lost between threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems.sharing import count_up, exchange


def push_all(head: Any, following: Any, owner: Any, low: int, high: int) -> None:
    for u in range(low, high):
        following[u] = exchange(head, owner[u], u)


def count_all(count: Any, at: Any, value: int) -> None:
    for k in range(at.shape[0]):
        count_up(count, at[k], value)


def count_each(count: Any, at: Any, value: Any) -> None:
    for k in range(at.shape[0]):
        count_up(count, at[k], value[k])


def updates_of(head: Any, following: Any) -> list[list[int]]:
    found: list[list[int]] = []
    for first in head.tolist():
        u, mine = first, list[int]()
        while u >= 0:
            mine.append(u)
            u = int(following[u])
        found.append(mine)
    return found


def test_what_is_pushed_by_one_is_found_the_last_first() -> None:
    owner = np.random.default_rng(1).integers(0, 5, 40)
    for push in (push_all, numba.njit(**JIT_OPTIONS)(push_all)):
        head, following = np.full(5, -1, np.int32), np.full(40, 99, np.int32)
        push(head, following, owner, 0, 40)
        wanted = [[u for u in reversed(range(40)) if owner[u] == k] for k in range(5)]
        assert updates_of(head, following) == wanted


def test_threads_that_push_and_count_at_once_lose_nothing() -> None:
    many, parts = 400_000, 4
    owner = np.random.default_rng(2).integers(0, 3, many)
    head, following = np.full(3, -1, np.int32), np.full(many, 99, np.int32)
    count = np.zeros((1, 3), np.int32)
    push, add = numba.njit(**JIT_OPTIONS)(push_all), numba.njit(**JIT_OPTIONS)(count_all)
    push(head[:0], following, owner, 0, 0)
    add(count, owner[:0], 3)

    def work(part: int) -> None:
        low, high = many * part // parts, many * (part + 1) // parts
        push(head, following, owner, low, high)
        add(count, owner[low:high], 3)

    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, range(parts)))
    found = updates_of(head, following)
    assert [sorted(x) for x in found] == [np.flatnonzero(owner == k).tolist() for k in range(3)]
    assert count[0].tolist() == (3 * np.bincount(owner, minlength=3)).tolist()


def test_what_is_added_and_taken_away_is_counted() -> None:
    draws = np.random.default_rng(1)
    at, value = draws.integers(0, 40, 500), draws.integers(-1, 2, 500)
    made = []
    for add in (count_each, numba.njit(**JIT_OPTIONS)(count_each)):
        count = np.full((4, 10), 1000, np.uint16)
        add(count, at, value)
        made.append(count)
    wanted = 1000 + np.bincount(at, value, 40).astype(np.int64)
    assert made[0].reshape(-1).tolist() == made[1].reshape(-1).tolist() == wanted.tolist()
