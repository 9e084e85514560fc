"""Social rewards: what a chat is worth, and how often an avoidance counts."""

from __future__ import annotations

import random

import numpy as np
import pytest

from townlet_components.rewards import AVOIDANCES
from townlet_systems.social_rewards import Prices, Shunned, chat_worth, counts_again


def prices(stage: int) -> Prices:
    def one(value: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        return np.array([value], np.float32)

    return Prices(np.array([stage], np.int8), one(0.01), one(0.3), one(0.2), one(0.1), one(0.005))


@pytest.mark.parametrize(
    ("stage", "trust", "familiarity", "quality", "expected"),
    [
        (1, 0.0, 0.0, 1000, 0.001),
        (1, 0.05, 0.10, 1000, 0.0045),  # a first chat (learning §2.2)
        (1, 0.05, 0.10, 500, 0.00225),  # the second one of the day
        (2, 0.05, 0.10, 1000, 0.0045),
        (3, 0.05, 0.10, 1000, 0.0045 * (1 + 0.25 * 0.075)),
        (3, 1.0, 1.0, 1000, 0.051 * 1.25),
        (1, -0.5, 0.0, 1000, -0.014),
    ],
)
def test_what_a_chat_is_worth(
    stage: int, trust: float, familiarity: float, quality: int, expected: float
) -> None:
    found = chat_worth(prices(stage), 0, trust, familiarity, quality)
    assert found == pytest.approx(expected, rel=1e-6)


def memory(rows: int = 3) -> Shunned:
    none = np.full((rows, AVOIDANCES), -1, np.int32)
    return Shunned(
        none.copy(), none.copy(), np.full((rows, AVOIDANCES), -1_000_000, np.int32),
        np.zeros(rows, np.int32), np.zeros(rows, np.int32),
    )  # fmt: skip


def test_an_avoidance_counts_again_after_two_hours() -> None:
    shunned = memory()
    ticks = [10, 11, 129, 130, 249, 250, 600]
    assert [counts_again(shunned, 0, 1, 7, 3, t) for t in ticks] == [
        True, False, False, True, False, True, True,
    ]  # fmt: skip
    assert shunned.refused.tolist() == [0, 0, 0]


def test_another_rival_object_or_owner_counts_by_itself() -> None:
    shunned = memory()
    assert counts_again(shunned, 0, 1, 7, 3, 10)
    assert counts_again(shunned, 0, 2, 8, 3, 10)
    assert counts_again(shunned, 0, 1, 7, 4, 10)
    assert counts_again(shunned, 2, 1, 7, 3, 10)
    assert not counts_again(shunned, 0, 2, 8, 3, 11)


def test_whoever_has_come_to_the_slot_since_is_somebody_else() -> None:
    shunned = memory()
    assert counts_again(shunned, 0, 1, 7, 3, 10)
    shunned.arrived_at[1] = 20
    assert counts_again(shunned, 0, 1, 7, 3, 21)
    assert not counts_again(shunned, 0, 1, 7, 3, 22)


def test_any_history_pays_at_most_once_in_two_hours_and_forgets_nothing() -> None:
    luck, shunned = random.Random(1), memory()
    paid: dict[tuple[int, int], int] = {}
    refused = 0
    for tick in range(2000):
        key = (luck.randrange(4), luck.randrange(4))
        recent = {k for k, at in paid.items() if tick - at < 120}
        expected = key not in recent and len(recent) < AVOIDANCES
        refused += key not in recent and not expected
        assert counts_again(shunned, 0, 1, *key, tick) == expected
        if expected:
            paid[key] = tick
    assert shunned.refused[0] == refused > 0
