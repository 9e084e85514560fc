"""Perturbations ordered by hand: what is written, and what is refused with a sentence."""

from typing import Any

import numpy as np
import pytest
from tests.systems.incident_world import World

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.maps import PLACE_KINDS

EVENTS = {
    "spike": {"kind": "price_spike", "duration": 30, "magnitude": [1.2, 1.8]},
    "dark": {"kind": "blackout", "duration": [10, 20]},
    "meet": {"kind": "arranged_meet", "duration": 5},
    "shut": {"kind": "queue_closure", "targets": ["till"]},
}


@pytest.fixture
def world() -> World:
    return World(SimulationConfig().with_overrides({"perturbations.events": EVENTS}), towns=2)


def test_what_is_ordered_is_listed(world: World) -> None:
    assert world.trigger("dark", 1, starts_in=3) == "evt_1"
    assert world.trigger("spike", 1, magnitude=1.5, duration=7) == "evt_2"
    assert world.trigger("meet", 1, participants=["ada", 3]) == "evt_3"
    assert world.trigger("dark", 0) == "evt_1", "numbers are per town"
    dark, spike, meet = world.incidents(1)
    assert 10 <= dark.pop("ends") - dark.pop("starts") <= 20
    assert dark == {
        "id": "evt_1", "number": 1, "spec": "dark", "kind": "blackout", "state": "pending",
        "magnitude": None, "people": [],
    }  # fmt: skip
    assert (spike["starts"], spike["ends"], spike["magnitude"]) == (1, 8, 1.5)
    assert meet["people"] == ["ada", "anna"]
    world.tick()
    assert [entry["state"] for entry in world.incidents(1)] == ["pending", "active", "active"]
    assert [entry["id"] for entry in world.incidents(0)] == ["evt_1"]


def test_what_is_not_given_is_drawn_as_the_spec_says(world: World) -> None:
    for _ in range(16):
        world.trigger("spike")
    factors = [entry["magnitude"] for entry in world.incidents()]
    assert min(factors) >= 1.2
    assert max(factors) <= 1.8
    assert len(set(factors)) > 8


def test_numbers_of_numpy_will_do(world: World) -> None:
    world.trigger("spike", starts_in=np.int64(2), duration=np.int32(4))  # type: ignore[arg-type]
    assert world.incidents()[0]["ends"] == 7


@pytest.mark.parametrize(
    ("spec", "wishes", "sentence"),
    [
        ("drak", {}, "unknown perturbation 'drak'; did you mean 'dark'?"),
        ("dark", {"town": 2}, "town is 2; it must be between 0 and 1"),
        ("dark", {"starts_in": -1}, "starts_in is -1; it must be between 0"),
        ("dark", {"starts_in": 0.5}, "starts_in is 0.5; it must be a whole number of ticks"),
        ("dark", {"duration": "long"}, "duration is 'long'; it must be a whole number"),
        ("dark", {"magnitude": 2.0}, "only a price_spike has a magnitude"),
        ("dark", {"targets": ["cafe"]}, "'dark' is a blackout; it has no targets"),
        ("dark", {"participants": [1, 2]}, "only an arranged_meet has participants"),
        ("spike", {"magnitude": "double"}, "magnitude is 'double'; it must be a number"),
        ("spike", {"magnitude": True}, "magnitude is True; it must be a number"),
        ("spike", {"magnitude": -1}, "magnitude is -1; it must be between 0 and 1000"),
        ("spike", {"magnitude": float("nan")}, "magnitude is nan; it must be between 0 and 1000"),
        ("spike", {"targets": ["caffe"]}, "target is 'caffe', which names nothing in this town; "
         "did you mean 'cafe'?"),
        ("shut", {"targets": []}, "targets is empty; a queue_closure has at least one target"),
        ("meet", {"targets": ["cafe", "park"]}, "'meet' has 2 targets; an arranged_meet has one"),
        ("meet", {"targets": "pub"}, "target is 'pub', which names nothing"),
        ("meet", {"participants": ["ada"]}, "they must be between 2 and 16 different agents"),
        ("meet", {"participants": ["ada", 0]}, "they must be between 2 and 16 different agents"),
        ("meet", {"participants": ["ada", "aad"]}, "no agent is called 'aad'; did you mean 'ada'?"),
        ("meet", {"participants": [1, 99]}, "agent is 99; it must be between 0 and"),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered(
    world: World, spec: str, wishes: dict[str, Any], sentence: str
) -> None:
    before = world.hash()
    with pytest.raises(UserError) as caught:
        world.trigger(spec, **wishes)
    assert sentence in str(caught.value)
    assert world.hash() == before, "nothing has changed"


def test_a_config_without_perturbations_says_so() -> None:
    with pytest.raises(UserError, match="unknown perturbation 'dark'; the config has none"):
        World(SimulationConfig()).trigger("dark")


def test_cancel_and_list_name_a_wrong_town(world: World) -> None:
    for call in (lambda: world.cancel("evt_1", 2), lambda: world.incidents(-1)):
        with pytest.raises(UserError, match="it must be between 0 and 1"):
            call()


def test_in_a_running_town() -> None:
    """Who is sent to meet walks there and stays; a blackout is in force from the next tick on."""
    keys = {"perturbations.events": EVENTS, "world.agents": 12}
    sim = Simulation.from_config(SimulationConfig().with_overrides(keys), threads=1).run(240)
    meeting = sim.trigger("meet", participants=[2, 7], targets="park", duration=180)
    dark = sim.trigger("dark", starts_in=1, duration=3)
    power = []
    for _ in range(6):
        sim.run(1)
        power.append(int(sim.column("Utilities.power")[0]))
    assert power == [0, 1, 1, 1, 0, 0]
    assert not sim.cancel(dark)
    sim.run(150)
    park = sim.plan.place_kind.tolist().index(PLACE_KINDS.index("park"))
    rows = sim.column("Rows.row_of")[[2, 7]]
    assert (sim.column("Position.district")[rows] == sim.plan.place_district[park]).all()
    layout = sim.plan.district_layout[sim.plan.place_district[park]]
    inside = sim.plan.place_of_tile[layout, sim.column("Position.tile")[rows]]
    assert (inside == park - sim.plan.place_first[sim.plan.place_district[park]]).all()
    assert sim.cancel(meeting)
    sim.run(1)
    assert set(sim.events()["kind"]) >= {"perturbation_cancelled", "perturbation_ended"}
    assert sim.incidents() == []
    assert (sim.column("Errand.target") == -1).all()
    assert not sim.reload()
