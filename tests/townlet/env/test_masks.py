"""Masks are kept, a million times over (SPEC §12): options and primitives, open and closed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from gymnasium.vector import AutoresetMode

from townlet.config import SimulationConfig
from townlet.env import TownVectorEnv, parallel_env

#: Of each level; half of a million.
TOWNS, AGENTS, STEPS = 48, 64, 170
HUNGRY = {"rewards.decay_rates.hunger": 0.004, "features.stages.relationships": "B"}


def batch(level: str, **options: Any) -> TownVectorEnv:
    config = SimulationConfig().with_overrides(HUNGRY)
    options = {"autoreset_mode": AutoresetMode.SAME_STEP} | options
    return TownVectorEnv(config, TOWNS, agents=AGENTS, level=level, max_cycles=None, **options)


def some(mask: npt.NDArray[np.int8], luck: np.random.Generator) -> npt.NDArray[np.int32]:
    """Any action of all, or, half of the time, one of the open ones."""
    lots = luck.random(mask.shape)
    is_open = luck.random(len(mask)) < 0.5
    found = np.where(is_open, (lots * mask).argmax(1), lots.argmax(1))
    return np.asarray(found, np.int32)


def warm_up(env: TownVectorEnv) -> npt.NDArray[np.bool_]:
    """Some hours of ordinary life bring people to all kinds of places; who has just left."""
    env.reset(seed=3)
    for _ in range(180):
        _, _, terminated, *_ = env.step(np.full(env.num_envs, -1, np.int32))
    env.sim.column("Inventory.count")[:] = 3
    env.sim.masks(env.core.level)
    return terminated


@pytest.mark.parametrize("level", ["option", "primitive"])
def test_half_a_million_actions_are_taken_if_open_and_counted_if_not(level: str) -> None:
    """Newcomers come before masks are written here, so masks know all that decisions will."""
    assert 2 * TOWNS * AGENTS * STEPS > 1_000_000
    env, twin = batch(level), batch(level)
    warm_up(env)
    warm_up(twin)
    column, mask = env.sim.column, env.core.mask
    luck = np.random.default_rng(7)
    seen, refused = np.zeros((2, env.core.actions), np.int64), 0
    for _ in range(STEPS):
        actions = some(mask, luck)
        is_open = mask[np.arange(env.num_envs), actions] == 1
        before, option = column("Orders.masked").copy(), column("Intent.option").copy()
        _, _, terminated, _, _ = env.step(actions)
        told = ~terminated  # The rows of the others are newcomers' now.
        counted = column("Orders.masked") - before
        assert (counted[told] == ~is_open[told]).all()
        if level == "option":
            assert (column("Intent.option")[told & is_open] == actions[told & is_open]).all()
            assert (column("Intent.option") == option)[told & ~is_open].all()
        else:
            # A closed primitive is a wait: a town in which it was one is the same town.
            twin.step(np.where(is_open, actions, 0))
        for kind in (0, 1):
            seen[kind] += np.bincount(actions[told & (is_open == kind)], minlength=len(seen[0]))
        refused += int(counted[told].sum())
    assert refused > 100_000
    assert (seen[1] > 0).all(), "every action was open to somebody"
    assert (seen[0, 1:] > 0).all(), "every action but the first was closed to somebody"
    if level == "primitive":
        mine, theirs = env.sim.hash_columns(), twin.sim.hash_columns()
        assert [name for name in mine if mine[name] != theirs[name]] == ["Orders.masked"]


@pytest.mark.parametrize("level", ["option", "primitive"])
def test_all_that_masks_of_next_step_cannot_know_is_who_comes(level: str) -> None:
    """A newcomer is somebody to talk with; it comes after the masks, before decisions."""
    env = batch(level, autoreset_mode=AutoresetMode.NEXT_STEP)
    waits = warm_up(env)
    luck, surprises = np.random.default_rng(7), 0
    for _ in range(STEPS):
        actions = some(env.core.mask, luck)
        is_open = env.core.mask[np.arange(env.num_envs), actions] == 1
        before = env.sim.column("Orders.masked").copy()
        _, _, terminated, _, _ = env.step(actions)
        counted = env.sim.column("Orders.masked") - before
        wrong = ~(terminated | waits) & (counted != ~is_open)
        towns = np.flatnonzero(wrong) // AGENTS
        assert set(towns.tolist()) <= set((np.flatnonzero(waits) // AGENTS).tolist())
        talk = env.sim.blueprint.option_names.index("socialise") if level == "option" else 5
        assert (actions[wrong] == talk).all()
        assert not is_open[wrong].any(), "what is open is never refused"
        surprises += len(towns)
        waits = terminated
    assert surprises < 100


def test_open_actions_alone_are_never_counted() -> None:
    env = batch("primitive")
    _, infos = env.reset(seed=5)
    luck = np.random.default_rng(1)
    for _ in range(60):
        mask = infos["action_mask"]
        *_, infos = env.step((luck.random(mask.shape) * mask).argmax(1).astype(np.int32))
    assert env.sim.column("Orders.masked").sum() == 0


def test_masks_are_the_engines_own() -> None:
    for level in ("option", "primitive"):
        env = TownVectorEnv(agents=4, level=level)
        _, infos = env.reset(seed=0)
        column = env.sim.column(f"Masks.{level}")
        assert infos["action_mask"].dtype == np.int8
        assert infos["action_mask"].ctypes.data == column.ctypes.data
        assert not infos["action_mask"].flags.writeable
        town = parallel_env(agents=4, level=level)
        obs, _ = town.reset(seed=0)
        column = town.sim.column(f"Masks.{level}")
        for slot in range(4):
            mask = obs[f"agent_{slot}"]["action_mask"]
            assert mask.ctypes.data == column[slot].ctypes.data
            assert town.action_space("agent_0").sample(mask) in range(town.core.actions)
