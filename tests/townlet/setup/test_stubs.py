"""Stubs: which there are, of what, for how long, and that they do nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.menu import build_menu
from townlet.setup.stubs import read_manifest

OBJECTS = [
    {"id": "oven", "type": "stove", "position": [4, 4]},
    {"id": "cold", "type": "fridge", "position": [6, 4]},
]


def scene(*entries: dict[str, Any], **keys: Any) -> SimulationConfig:
    agent = {"id": "a", "position": [3, 4], "schedule": list(entries)}
    values = {"objects": OBJECTS, "agents": [agent | keys.pop("agent", {})]}
    return SimulationConfig().with_overrides({"world.grid_size": [9, 9], "scenario": values} | keys)


def stubs_of(config: SimulationConfig) -> list[tuple[str, str, int]]:
    found = read_manifest(config).affordances
    return [(each.id, each.object_type, each.duration) for each in found if each.stub]


def test_what_a_manifest_has_is_no_stub() -> None:
    config = scene({"kind": "start", "object": "oven", "affordance": "cook_meal"})
    assert stubs_of(config) == []
    assert read_manifest(config).warnings == ()


def test_the_object_it_is_started_with_gives_the_type() -> None:
    """As in the prototype's kitchen, where the fridge is asked for a use of the stove."""
    config = scene(
        {"kind": "request", "object": "cold", "affordance": "fry"},
        {"kind": "start", "object": "oven", "affordance": "fry"},
        {"kind": "request", "object": "cold", "affordance": "chill", "duration": 3},
    )
    assert stubs_of(config) == [("fry", "stove", 30), ("chill", "fridge", 3)]
    manifest = read_manifest(config)
    assert manifest.ids[-2:] == ("fry", "chill")
    assert len(manifest.warnings) == 2
    assert manifest.warnings[0] == (
        "scenario: no manifest has the affordance 'fry', so it is a stub: it is done with a stove, "
        "takes 30 ticks and has no effect"
    )


def test_the_shift_of_its_agent_says_how_long_a_stub_takes() -> None:
    entry = {"kind": "start", "object": "oven", "affordance": "bake"}
    job = {"start_tick": 10, "end_tick": 30, "location": [4, 4]}
    config = scene(entry, jobs={"baker": job}, agent={"job": "baker"})
    assert stubs_of(config) == [("bake", "stove", 21)]
    timed = scene(entry | {"duration": 4}, jobs={"baker": job}, agent={"job": "baker"})
    assert stubs_of(timed) == [("bake", "stove", 4)]


def test_nobody_goes_for_a_stub_by_itself() -> None:
    blue = draw_blueprint(scene({"kind": "start", "object": "oven", "affordance": "fry"}))
    stub = blue.table.ids.index("fry")
    assert blue.table.stub[stub]
    assert all(stub not in affordances for affordances in build_menu(blue.table).affordances)
    assert blue.primitive_names[-1] == "interact:fry"


def test_a_stub_takes_time_and_changes_nothing() -> None:
    config = scene(
        {"kind": "start", "object": "oven", "affordance": "fry", "duration": 5},
        {"kind": "wait", "duration": 99},
        **{f"rewards.decay_rates.{need}": 0.0 for need in ("hunger", "hygiene", "energy")},
    )
    sim = Simulation.from_config(config).run(1)
    before = {
        name: sim.column(name).copy()
        for name in ("Needs.level", "Inventory.count", "Wallet.money", "Objects.stock")
    }
    starts = finishes = 0
    for _ in range(12):
        sim.run(1)
        kinds = sim.events()["kind"].to_list()
        starts += kinds.count("affordance_start")
        finishes += kinds.count("affordance_finish")
    assert (starts, finishes) == (0, 1)  # it began in the first tick
    for name, values in before.items():
        assert (sim.column(name) == values).all(), name


def test_a_manifest_that_is_read_anew_keeps_the_stubs(tmp_path: Path) -> None:
    """They are no part of the file, so the file cannot lose them."""
    manifest = tmp_path / "manifest.yaml"
    text = "- {id: cook_meal, object_type: stove, duration: 9, effects: {meals: 2}}\n"
    manifest.write_text(text)
    config = scene(
        {"kind": "start", "object": "oven", "affordance": "fry"},
        **{"affordances.affordances_file": str(manifest)},
    )
    sim = Simulation.from_config(config)
    assert sim.column("Affordances.duration").tolist() == [9, 30]
    manifest.write_text(text.replace("9", "7"))
    assert sim.reload()
    assert sim.column("Affordances.duration").tolist() == [7, 30]
    assert not sim.reload()
