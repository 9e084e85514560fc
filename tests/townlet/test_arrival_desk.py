"""The arrival desk: wishes, the table that holds them, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.oracle.town import look, make

from townlet.errors import UserError
from townlet.simulation import Simulation
from townlet_components.identity import WISHES, Wishes


def town(folder: Path, capacity: int = 8, **options: Any) -> Simulation:
    return make("homes", folder, agents=4, seed=1, **{"world.capacity": capacity, **options})


def unused(sim: Simulation) -> dict[str, bool]:
    """Which columns of the table of wishes are as if never used."""
    spec = {col.name: col.fill for col in Wishes.__component__.columns}  # type: ignore[attr-defined]
    return {name: bool((sim.column(f"Wishes.{name}") == fill).all()) for name, fill in spec.items()}


def test_everything_wished_for_is_brought(tmp_path: Path) -> None:
    sim = town(tmp_path)
    plan = sim.plan
    tile = next(t for t in range(plan.tiles) if plan.walkable[plan.district_layout[0], t])
    at = (tile % plan.width, tile // plan.width)
    slot = sim.spawn(
        profile="stoic", wallet=1.25, needs={"energy": 0.5}, traits={"patience": -0.5},
        job="clerk", at=at,
    )  # fmt: skip
    assert slot == 4
    sim._before()
    for name, launches in list(sim._runtime.launches.items()):
        sim._runtime._step(launches)()
        if name == "settle_newcomers":
            break
    agent = look(sim).agents[4]
    assert (agent.profile, agent.money, agent.district, agent.tile) == ("stoic", 1250, 0, tile)
    assert agent.needs["energy"] == 0.5
    assert agent.traits["patience"] == -0.5
    assert agent.needs["hunger"] >= 0.6
    assert sim.column("Newcomers.slot")[0] == 4
    names = sim.blueprint.jobs.names
    assert names[int(sim.column("Newcomers.job")[0])] == "clerk"
    assert all(unused(sim).values()), "the wish is used up"
    assert sim.column("Arrivals.wishes").tolist() == [0]


def test_a_full_table_of_wishes_refuses(tmp_path: Path) -> None:
    sim = town(tmp_path, capacity=80)
    slots = [sim.spawn() for _ in range(WISHES + 1)]
    assert slots == [*range(4, 4 + WISHES), None]
    assert sim.dropped()["arrivals"] == 1
    sim.run(1)
    assert sim.column("Identity.alive").sum() == 4 + WISHES
    assert sim.spawn() == 4 + WISHES


def test_a_replacement_makes_way_for_whom_an_operator_sends(tmp_path: Path) -> None:
    """It comes to another vacant slot; where there is none it does not come."""
    sim = town(tmp_path, capacity=5)
    sim.kill(1)
    sim.run(1)
    coming = int(sim.column("Replacements.at")[1])
    assert coming > sim.tick
    assert sim.spawn() == 1
    assert sim.column("Replacements.at").tolist() == [-1, -1, -1, -1, coming]
    assert sim.spawn() == 4
    assert sim.column("Replacements.at").tolist() == [-1] * 5
    sim.run(30)
    assert sim.column("Identity.generation").tolist() == [0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"profile": "stoicc"}, "unknown profile 'stoicc'; did you mean 'stoic'?"),
        ({"needs": {"hungr": 1}}, "unknown need 'hungr'; did you mean 'hunger'?"),
        ({"needs": {"hunger": 1.5}}, "need hunger is 1.5; it must be between 0 and 1"),
        ({"traits": {"patience": -2}}, "trait patience is -2; it must be between -1 and 1"),
        ({"job": "clerc"}, "unknown job 'clerc'; did you mean 'clerk'?"),
        ({"wallet": -1}, "wallet is -1; it must be at least 0"),
        ({"at": (-1, 3)}, "tile [-1, 3] is off the map; x must be between 0 and 31"),
        ({"at": (0, 0)}, "tile [0, 0]: nobody can stand there"),
        ({"town": 2}, "town is 2; it must be between 0 and 0"),
    ],
)
def test_wrong_wishes_get_a_sentence_and_change_nothing(
    tmp_path: Path, wish: dict[str, Any], sentence: str
) -> None:
    sim = town(tmp_path)
    before = sim.hash()
    with pytest.raises(UserError, match=re.escape(sentence)):
        sim.spawn(**wish)
    assert sim.hash() == before
