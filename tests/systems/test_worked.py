"""Ticks of work in rewards: every paid one, once; and who is early, late or away.

That the whole of it is right is for the twin of rewards (``test_rewards.py``) to say.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.systems.test_rewards import LIVELY_TOWN, REWARDED

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet_components.work import OPEN, WAS_PRESENT
from townlet_systems.worked import note_districts


@pytest.mark.parametrize(
    ("flags", "paid", "away", "minute", "noted"),
    [
        (0, 0, 0, 480, 0),  # no shift is open
        (OPEN | WAS_PRESENT, 1, 0, 480, 2),  # the first tick, on the minute
        (OPEN | WAS_PRESENT, 1, 0, 487, 9),
        (OPEN | WAS_PRESENT, 1, 0, 900, 102),  # very late
        (OPEN | WAS_PRESENT, 2, 0, 481, 1),
        (OPEN | WAS_PRESENT, 1, 4, 485, 0),  # it has left again
        (OPEN, 0, 3, 483, 0),  # it has not come yet
    ],
)
@pytest.mark.parametrize("compiled", [False, True])
def test_a_tick_of_work_is_noted_for_who_is_there(
    flags: int, paid: int, away: int, minute: int, noted: int, compiled: bool
) -> None:
    run: Any = note_districts if compiled else note_districts.py_func  # type: ignore[attr-defined]
    work = np.zeros(2, np.uint8)
    run(
        np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([0, 2], np.int32),
        np.array([480, 0], np.int16), np.array([1, -1], np.int32),
        np.array([flags, 0], np.uint8), np.array([paid, 0], np.int16),
        np.array([away, 0], np.int16), np.array([0, 1], np.int32), work, np.array([minute]),
    )  # fmt: skip
    assert work.tolist() == [0, noted]


def test_whoever_leaves_is_paid_for_its_last_tick() -> None:
    """Its position is gone when the tick is scored; its wage was settled with it."""
    config = SimulationConfig().with_overrides(LIVELY_TOWN)
    sim = Simulation.from_config(config, agents=24, seed=6, learner=REWARDED)
    while not (sim.run(1).rewards().wage > 0).any():
        assert sim.tick < 300
    slot = int(np.flatnonzero(sim.rewards().wage > 0)[0])
    sim.kill(slot)
    sim.run(1)
    assert not sim.column("Identity.alive")[slot]
    assert sim.rewards().wage[slot] > 0


def test_a_shift_earns_its_rate_for_every_paid_tick_and_one_bonus() -> None:
    """Wages are paid at the end of a shift; the reward has been given tick by tick until then."""
    keys = {"rewards.decay_rates.hunger": 0.0008, "world.start_minute": 330}
    config = SimulationConfig().with_overrides(LIVELY_TOWN | keys)
    sim = Simulation.from_config(config, agents=24, seed=6, learner=REWARDED)
    earned, bonuses, ended = np.zeros(24), np.zeros(24, int), 0
    rate = 20  # thousandths of money per tick
    for _ in range(760):
        sim.run(1)
        earned += sim.rewards().wage
        bonuses += sim.rewards().punctuality > 0
        for event in sim.events().filter(kind="shift_ended").iter_rows(named=True):
            slot = event["agent"]
            assert earned[slot] == pytest.approx(0.01 * event["value"] / rate, rel=1e-5)
            assert bonuses[slot] <= 1
            ended += bonuses[slot] == 1
            earned[slot], bonuses[slot] = 0.0, 0
    assert ended >= 5
