"""A capture lived through once more, with its actions given from outside, ends the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.townlet.capture.conftest import Kinds
from tests.townlet.capture.towns import SIZE, TICKS, Thinker, hard_town, same_town

from townlet.capture import Capture, record, replay
from townlet.capture.columns import OWNER
from townlet.errors import UserError
from townlet.simulation import Simulation


@pytest.mark.parametrize(
    ("policy", "level", "form"),
    [
        ("scripted", "option", "parquet"),
        ("random", "option", "npz"),
        ("random", "primitive", "parquet"),
    ],
)
def test_a_replay_ends_in_the_same_state(kinds: Kinds, policy: str, level: str, form: str) -> None:
    capture = kinds(policy, level, form)
    sim = replay(capture, same_town(policy, watched=False))
    assert sim.tick == TICKS
    assert f"{sim.hash():016x}" == capture.manifest["state_hash"]
    assert not sim.column("Orders.masked").any(), "no captured action was masked"


def test_a_given_policy_that_leaves_some_to_the_town_is_replayed(tmp_path: Path) -> None:
    capture = record(hard_town(), tmp_path, 60, policy=Thinker(), **SIZE)
    sim = replay(capture, same_town(watched=False))
    assert f"{sim.hash():016x}" == capture.manifest["state_hash"]


def test_a_replay_by_hand_ends_in_the_same_state_and_pays_the_same(scripted: Capture) -> None:
    names = (*OWNER, "actions", "chosen", "rewards")
    steps, sim = scripted.arrays(names), same_town()
    for tick in range(1, TICKS + 1):
        now = {name: steps[name][steps["tick"] == tick] for name in names}
        actions = np.full(sim.towns * sim.capacity, -1, np.int32)
        for town, slot, action, chosen in zip(
            now["town"], now["slot"], now["actions"], now["chosen"], strict=True
        ):
            if chosen:
                actions[town * sim.capacity + slot] = action
        sim.step(actions)
        paid = sim.rewards().total[now["town"] * sim.capacity + now["slot"]]
        assert paid.tolist() == now["rewards"].tolist()
    assert f"{sim.hash():016x}" == scripted.manifest["state_hash"]


def test_other_actions_end_in_another_state(scripted: Capture) -> None:
    sim = same_town(watched=False)
    for _ in range(TICKS):
        sim.step(np.zeros(sim.towns * sim.capacity, np.int32))
    assert f"{sim.hash():016x}" != scripted.manifest["state_hash"]


def test_another_simulation_is_refused(scripted: Capture) -> None:
    other = Simulation.from_config(hard_town(), **(SIZE | {"seed": 4}))
    with pytest.raises(UserError, match="not that of the capture: seed 4; it must be 3"):
        replay(scripted, other)
    late = same_town(watched=False).run(1)
    with pytest.raises(UserError, match="ticks run 1; it must be 0"):
        replay(scripted, late)


def test_primitives_of_a_policy_that_chooses_options_are_refused(kinds: Kinds) -> None:
    capture = kinds("scripted", "primitive", "parquet")
    with pytest.raises(UserError, match="primitives of a policy that chooses options"):
        replay(capture, same_town(watched=False))
