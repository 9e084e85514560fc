"""Vacated rows: readable until the tick ends, then like rows nobody has lived in."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests.oracle.town import Agent, look, make, scramble, tick

from townlet.simulation import Simulation


def row(sim: Simulation, slot: int) -> dict[str, object]:
    """Every column of a slot's row that is state."""
    at = int(sim.column("Rows.row_of")[slot])
    return {
        f"{spec.name}.{col.name}": sim.column(f"{spec.name}.{col.name}")[at].tolist()
        for spec in sim.store.specs()
        if spec.kind.value == "state"
        for col in spec.columns
        if col.dims[0] == "agent"
    }


def test_a_vacated_row_is_like_one_never_used(tmp_path: Path) -> None:
    """Whatever the agent was doing; only the count of generations tells the difference."""
    sim = make("homes", tmp_path, agents=12, seed=1, policy="random", **{"world.capacity": 13})
    never_used = row(sim, 12)
    luck = random.Random(1)
    for slot in range(12):
        scramble(sim, luck)
        sim.desk.guard(slot, 31)
        sim.desk.possess(slot)
        if slot % 2:
            actions = np.full(13, luck.randrange(8), np.int32)
            sim.step(actions)
        sim.run(7)
        sim.kill(slot)
        sim.run(1)
        vacant = row(sim, slot)
        assert vacant.pop("Identity.generation") == 0
        expected = {name: value for name, value in never_used.items() if name in vacant}
        differing = {name for name in vacant if vacant[name] != expected[name]}
        # Somebody else is on the way; the rest is as if nobody had ever lived here.
        assert differing == {"Replacements.at"}


def test_the_departed_are_readable_until_the_tick_ends(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=3, seed=1)
    sim.run(100)
    before = look(sim).agents[1]
    sim.kill(1)
    seen: list[Agent] = []

    def last_system() -> Callable[[], None]:
        return lambda: seen.append(look(sim).agents[1])

    tick(sim, {"measure_town": last_system})
    assert not seen[0].alive
    assert seen[0].traits == before.traits
    assert seen[0].episode == before.episode + 1
    assert seen[0].needs["hunger"] < 1
    after = look(sim).agents[1]
    assert (after.alive, after.episode) == (False, 0)
    assert all(level == 1 for level in after.needs.values())
