"""The cast of a scenario: who is there, where, with what, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.setup.blueprint import draw_blueprint
from townlet_components.script import ENTRY_KINDS

OBJECTS = [
    {"id": "bath", "type": "shower", "position": [4, 4]},
    {"id": "cold", "type": "fridge", "position": [6, 4]},
]
ANN = {
    "id": "ann",
    "position": [2, 7],
    "needs": {"hunger": 0.25, "energy": 1.0},
    "wallet": 1.5,
    "personality_profile": "Stoic",
}
BO = {"id": "bo", "position": [7, 2]}
STAYS = {"schedule": [{"kind": "wait"}]}


def town(*agents: dict[str, Any], timeline: Any = (), **keys: Any) -> SimulationConfig:
    scene = {"objects": OBJECTS, "agents": list(agents), "timeline": list(timeline)}
    return SimulationConfig().with_overrides({"world.grid_size": [9, 9], "scenario": scene} | keys)


@pytest.mark.parametrize("towns", [1, 3])
def test_agents_enter_as_the_scenario_says(towns: int) -> None:
    config = town(ANN | STAYS, BO | STAYS, **{"rewards.decay_rates.hunger": 0.0})
    sim = Simulation.from_config(config, towns=towns).run(1)
    people = sim.frame().rows(named=True)
    assert [person["name"] for person in people] == ["ann", "bo"] * towns
    for ann, bo in zip(people[::2], people[1::2], strict=True):
        assert (ann["x"], ann["y"]) == (2, 7)
        assert ann["Needs.level.hunger"] == np.float32(0.25)
        assert ann["Wallet.money"] == 1500
        profiles = list(sim.blueprint.profiles)
        assert profiles[ann["Personality.profile"]] == "stoic"
        assert bo["Wallet.money"] == 0
        assert bo["Needs.level.hunger"] >= 0.6  # drawn
    assert (sim.money() == 0).all()


def test_the_cast_is_the_population_unless_the_file_wants_more() -> None:
    assert draw_blueprint(town(ANN, BO)).agents == 2
    more = draw_blueprint(town(ANN, BO, **{"world.agents": 5}))
    assert (more.agents, more.capacity) == (5, 5)
    assert draw_blueprint(town(ANN, BO, **{"world.agents": 1})).agents == 2
    assert draw_blueprint(town(ANN, BO), agents=4).agents == 4
    with pytest.raises(UserError, match="agents is 1; the scenario alone has 2"):
        draw_blueprint(town(ANN, BO), agents=1)


def test_others_keep_their_own_names() -> None:
    sim = Simulation.from_config(town({"id": "bea"}, BO, **{"world.agents": 9})).run(1)
    names = sim.frame()["name"].to_list()
    assert names[:2] == ["bea", "bo"]
    assert len(set(names)) == 9


def test_there_is_room_for_the_guests_of_a_timeline() -> None:
    guests = [
        {"tick": 5, "action": "spawn_agent", "args": ["guest"]},
        {"tick": 9, "action": "spawn_agent", "args": ["late"]},
    ]
    assert draw_blueprint(town(ANN, timeline=guests)).capacity == 3
    small = town(ANN, timeline=guests, **{"world.agents": 1, "world.capacity": 2})
    assert draw_blueprint(small).capacity == 2


def test_entries_become_columns() -> None:
    schedule = [
        {"kind": "move", "position": [8, 0]},
        {"kind": "start", "object": "bath", "affordance": "use_shower"},
        {"kind": "request", "object": "cold", "blocked": True},
        {"kind": "chat", "target_agent": "ann", "quality": 0.5},
        {"kind": "wait", "duration": 7},
    ]
    sim = Simulation.from_config(town(ANN, BO | {"schedule": schedule}))
    kinds = [ENTRY_KINDS[k] for k in sim.column("ScriptPlan.kind")]
    assert kinds == ["move", "start", "request", "chat", "wait"]
    assert sim.column("ScriptPlan.first").tolist() == [0, 0, 5]
    assert sim.column("ScriptPlan.object").tolist() == [-1, 0, 1, -1, -1]
    uses = sim.blueprint.table.ids
    assert uses[sim.column("ScriptPlan.affordance")[1]] == "use_shower"
    assert uses[sim.column("ScriptPlan.affordance")[2]] == "eat_meal"  # any use lines up
    assert sim.column("ScriptPlan.other").tolist() == [-1, -1, -1, 0, -1]
    assert sim.column("ScriptPlan.quality")[3] == 500
    assert sim.column("ScriptPlan.duration")[4] == 7
    assert sim.column("ScriptPlan.blocked").tolist() == [False, False, True, False, False]
    target = int(sim.column("ScriptPlan.target")[0])
    distances = sim.plan.route[0, target] >> 3
    assert np.flatnonzero(distances == 0).tolist() == [8]  # exact to the tile (8, 0)
    assert sim.column("Script.at").tolist() == [-1, 0]


REFUSED = {
    "scenario.agents[0].schedule[0].object: no object 'bad'; nearest: 'bath'": {
        "kind": "request",
        "object": "bad",
    },
    "scenario.agents[0].schedule[0].affordance: 'use_shower' is done with a shower, and 'cold' is"
    " a fridge": {"kind": "start", "object": "cold", "affordance": "use_shower"},
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_a_schedule_cannot_mean_is_refused(sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        Simulation.from_config(town({"id": "ann", "schedule": [REFUSED[sentence]]}))
    assert str(caught.value) == sentence


def test_nobody_starts_in_a_wall() -> None:
    config = SimulationConfig().with_overrides(
        {"scenario": {"agents": [{"id": "ann", "position": [0, 0]}]}, "world.agents": 8}
    )
    blue = draw_blueprint(config)
    walls = np.argwhere(~blue.plan.walkable[blue.plan.district_layout[0]])
    assert len(walls)
    spot = blue.plan.position(0, int(walls[0][0]))
    bad = config.with_overrides({"scenario": {"agents": [{"id": "ann", "position": list(spot)}]}})
    with pytest.raises(UserError, match=r"scenario.agents\[0\].position .*nobody can stand there"):
        Simulation.from_config(bad)
    off = config.with_overrides({"scenario": {"agents": [{"id": "a", "position": [999, 0]}]}})
    with pytest.raises(UserError, match="off the map"):
        Simulation.from_config(off)
