"""Passes of rewards one by one, as plain Python: limits, biases, terminals, punctuality."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townlet_components.lifecycle import CAUSES
from townlet_systems import reward_terms, rewards
from townlet_systems.reward_terms import Memory, Numbers, Scored, Terms

F32 = npt.NDArray[np.float32]
totals = st.lists(st.floats(-8, 8, width=32, allow_subnormal=False), min_size=1, max_size=6).map(
    lambda values: np.array(values, np.float32)
)


def zeros(rows: int) -> F32:
    return np.zeros(rows, np.float32)


def terms_of(rows: int) -> Terms:
    return Terms(*(zeros(rows) for _ in Terms._fields))


@given(total=totals, limit=st.floats(1 / 64, 1, width=32))
def test_a_clip_takes_back_exactly_what_is_beyond(total: F32, limit: float) -> None:
    before, clip = total.copy(), zeros(len(total))
    reward_terms.clips(total, clip, np.float32(limit))
    assert (np.abs(total) <= limit + 5e-7).all()  # half a unit in the last place of 8
    assert (total == before + clip).all()
    inside = np.abs(before) <= np.float32(limit)
    assert (clip[inside] == 0).all()
    assert (np.sign(clip[~inside]) == -np.sign(before[~inside])).all()


@given(total=totals)
def test_the_guard_takes_gains_of_the_starving_alone(total: F32) -> None:
    before, guard = total.copy(), zeros(len(total))
    starving = np.arange(len(total), dtype=np.int16) % 2
    reward_terms.guards(total, guard, starving)
    hungry = starving > 0
    assert (total[hungry] <= 0).all()
    assert (total[~hungry] == before[~hungry]).all()
    assert (total[hungry & (before <= 0)] == before[hungry & (before <= 0)]).all()


@given(ticks=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40))
def test_an_episode_stays_within_its_limit_and_begins_anew(ticks: list[float]) -> None:
    episode = np.array([77], np.float32)  # of an episode before
    sum_of_totals = 0.0
    for number, value in enumerate(ticks, start=1):
        total, rest = np.array([value], np.float32), zeros(1)
        reward_terms.sum_episodes(total, episode, np.array([number], np.int32))
        reward_terms.clip_episodes(total, rest, episode, np.float32(2))
        sum_of_totals += float(total[0])
        assert total[0] == np.float32(value) + rest[0]
        assert abs(episode[0]) <= 2 + 1e-5
        assert episode[0] == pytest.approx(sum_of_totals, abs=1e-4)


def test_a_gain_is_multiplied_and_a_loss_divided() -> None:
    bias, profile = zeros(4), np.array([0, 1, 1, 1], np.int8)
    term = np.array([1.0, 1.0, -1.0, 0.0], np.float32)
    reward_terms.add_social_bias(bias, term, profile, np.array([1.0, 1.25], np.float32))
    assert bias.tolist() == pytest.approx([0.0, 0.25, 0.2, 0.0])


def test_only_collapse_and_eviction_have_a_terminal() -> None:
    terms = terms_of(len(CAUSES))
    reasons = np.arange(len(CAUSES), dtype=np.int8)
    reward_terms.terminals(terms, reasons, np.float32(-5), np.float32(-4))
    found = dict(zip(CAUSES, terms.total.tolist(), strict=True))
    assert {name: value for name, value in found.items() if value} == {
        "collapse": -5.0,
        "eviction": -4.0,
    }


@pytest.mark.parametrize(
    ("work", "early", "seen", "share"),
    [
        (0, 0, -1, 0.0),  # not at work
        (1, 0, -1, 0.0),  # not the first tick
        (2, 0, -1, 1.0),  # on the minute
        (2, 0, 99, 1.0),
        (2, 6, 99, 0.8),  # six minutes early, and there all the time
        (2, 30, 99, 0.0),
        (2, 6, 98, 1.0),  # it was there before, left, and came back on the minute
        (5, 6, 99, 0.9),  # three minutes late, whatever was before
        (2 + 30, 0, -1, 0.0),
        (2 + 100, 0, -1, 0.0),
    ],
)
def test_punctuality_is_a_triangle_of_half_an_hour(
    work: int, early: int, seen: int, share: float
) -> None:
    term, none = zeros(1), zeros(1)
    memory = Memory(
        none, none, none, np.array([early], np.uint8), np.array([seen], np.int32),
        np.array([work], np.uint8), np.zeros(1, np.uint8),
    )  # fmt: skip
    reward_terms.punctuality(term, memory, np.float32(0.05), 100)
    assert term[0] == pytest.approx(0.05 * share, abs=1e-7)


# -- the whole kernel --------------------------------------------------------------------------


def world(rows: int, town: npt.NDArray[np.int32], luck: np.random.Generator) -> tuple[Any, ...]:
    """Arguments of the kernel: some rows vacant, some leaving, numbers that differ by town."""
    towns = int(town.max()) + 1
    terms = terms_of(rows)
    memory = Memory(
        -luck.random(rows).astype(np.float32), zeros(rows), zeros(rows),
        luck.integers(0, 31, rows).astype(np.uint8), luck.integers(98, 100, rows).astype(np.int32),
        zeros(rows).astype(np.uint8), zeros(rows).astype(np.uint8),
    )  # fmt: skip
    scored = Scored(
        np.ones(rows, np.bool_), np.zeros(rows, np.int8), luck.integers(0, 3, rows).astype(np.int8),
        luck.random((rows, 4)).astype(np.float32), luck.integers(0, 2, rows).astype(np.int16),
        luck.integers(1, 4, rows).astype(np.int32),
    )  # fmt: skip

    def per_town(*shape: int) -> F32:
        return (0.5 + luck.random((towns, *shape))).astype(np.float32)

    six = (per_town(), per_town(), per_town(), per_town(), per_town(), per_town())
    numbers = Numbers(
        per_town(4), *six, -per_town(), -per_town(), per_town(),
        np.array([math.inf, 1.0][:towns], np.float32), np.arange(towns) == 0,
        np.arange(towns) == 0, per_town(3), per_town(3), per_town(3),
    )  # fmt: skip
    return town, terms, memory, scored, numbers, np.array([100])


def happen(arguments: tuple[Any, ...], calm: bool, luck: np.random.Generator) -> None:
    """What differs from tick to tick; in a calm one nobody leaves, starves, meets or comes."""
    _, terms, memory, scored, _, tick = arguments
    rows = len(memory.work)
    reason = luck.choice([0, 0, 0, 1, 2, 3, 5], rows) * (not calm)
    scored.reason[:] = reason
    scored.alive[:] = (reason == 0) & (calm | (luck.random(rows) < 0.8))
    scored.level[:] = 1.0 - luck.random((rows, 4)) * (0.1 if calm else 1.0)
    scored.starving[:] = luck.integers(0, 2, rows) * (not calm)
    memory.work[:] = luck.choice([0, 1, 2, 7], rows) if not calm else luck.integers(0, 2, rows)
    for term in (terms.social_bonus, terms.social_penalty, terms.social_avoidance):
        term[:] = luck.normal(size=rows) * (not calm)
    memory.potential[:] = -luck.random(rows) * (0.01 if calm else 1.0)
    tick[0] += 1


def copied(argument: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return argument.copy()
    return type(argument)(*(array.copy() for array in argument))


def sums_of(terms: Terms) -> F32:
    total = terms.homeostasis.copy()
    for name in Terms._fields[1:-1]:
        total = total + getattr(terms, name)
    return total


def test_compiled_and_plain_agree_over_towns_in_any_order_and_nothing_stays_behind() -> None:
    """More rows than a stretch; towns in one piece, and mixed; calm ticks after stirring ones."""
    luck, run = np.random.default_rng(7), score_all
    rows = rewards.STRETCH + 90
    for town in (np.arange(rows) * 2 // rows, luck.integers(0, 2, rows)):
        first = world(rows, town.astype(np.int32), luck)
        for calm in (False, True, True, False, True):
            happen(first, calm, luck)
            second = tuple(copied(argument) for argument in first)
            fresh = tuple(copied(argument) for argument in first)
            for name in set(Terms._fields) - {"social_bonus", "social_penalty", "social_avoidance"}:
                getattr(fresh[1], name)[:] = 0
            fresh[2].dirty[:] = 0
            run(*first)
            run(*fresh)
            run.py_func(*second)
            for a, b, c in zip(
                first[1] + first[2], second[1] + second[2], fresh[1] + fresh[2], strict=True
            ):
                np.testing.assert_array_equal(a, b)
                np.testing.assert_array_equal(a, c)
            scored, terms = first[3], first[1]
            vacant = ~scored.alive & (scored.reason == 0)
            assert calm == (vacant.sum() == 0)
            assert (terms.total[~vacant] == sums_of(terms)[~vacant]).all()
            assert (terms.total[vacant] == 0).all()
            assert (terms.terminal != 0).sum() == np.isin(scored.reason, [2, 3]).sum()
            assert (terms.survival[~vacant] > 0).all()


score_all: Any = rewards.score_all
