"""Policies of captures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from townlet.capture.policies import Moment, RandomPrimitives, uniform_log_probs


def moment(mask: Any, tick: int = 1) -> Moment:
    nobody: Any = None
    return Moment(tick, nobody, np.asarray(mask, bool), np.zeros(len(mask), np.int32))


def test_open_primitives_are_drawn_equally_often() -> None:
    policy = RandomPrimitives()
    policy.start(5)
    mask = np.tile(np.array([[1, 0, 1, 1], [0, 0, 0, 1]], bool), (3000, 1))
    choice = policy.choose(moment(mask))
    assert mask[np.arange(6000), choice.actions].all()
    drawn = np.bincount(choice.actions[::2], minlength=4)
    assert drawn[1] == 0
    assert drawn[[0, 2, 3]] == pytest.approx(1000, abs=120)
    assert choice.log_probs is not None
    assert choice.log_probs[:2] == pytest.approx([-np.log(3), 0])


def test_a_seed_decides_all_draws() -> None:
    mask = np.ones((40, 9), bool)
    drawn = []
    for seed in (1, 1, 2):
        policy = RandomPrimitives()
        policy.start(seed)
        drawn.append([policy.choose(moment(mask, tick)).actions.tolist() for tick in (1, 2)])
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0][0] != drawn[0][1]


def test_the_only_open_action_is_certain() -> None:
    assert uniform_log_probs(np.eye(3, dtype=bool)).tolist() == [0, 0, 0]
