"""Trials go on when one of them crashes or hangs."""

from __future__ import annotations

import ctypes
import os
import time

import pytest

from townlet.diff import trials as module
from townlet.diff.trials import trials

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a copy needs fork")


def later() -> float:
    return time.monotonic() + 60


def test_the_first_or_all_that_are_true() -> None:
    tasks = [4, 7, 9, 12, 15]
    assert trials(tasks, lambda n: n % 3 == 0, later()) == [2]
    assert trials(tasks, lambda n: n % 3 == 0, later(), first=False) == [2, 3, 4]
    assert trials(tasks, lambda n: n > 99, later()) == []
    assert trials([], bool, later()) == []
    assert trials(tasks, bool, time.monotonic() - 1) == []


def test_without_copies_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    tasks = [4, 7, 9, 12, 15]
    assert trials(tasks, lambda n: n % 3 == 0, later()) == [2]
    assert trials(tasks, lambda n: n % 3 == 0, later(), first=False) == [2, 3, 4]


@needs_fork
def test_what_crashes_is_passed_over() -> None:
    def check(number: int) -> bool:
        if number in (0, 3):
            ctypes.string_at(0)  # reads where nothing is
        if number == 2:
            raise ValueError("no")
        return number == 5

    assert trials(list(range(8)), check, later()) == [5]


@needs_fork
def test_what_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.2)

    def check(number: int) -> bool:
        while number == 1:
            pass
        return True

    assert trials([0, 1, 2], check, later(), first=False) == [0, 2]
