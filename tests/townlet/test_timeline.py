"""Timelines: reading, refusing, and what each command does to a town."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from townlet import Simulation
from townlet.config import SimulationConfig, load_config
from townlet.errors import UserError
from townlet.setup.blueprint import draw_blueprint
from townlet.timeline import read_timeline

ANN = {"id": "ann", "position": [1, 1], "schedule": [{"kind": "wait", "duration": 99}]}
BO = {"id": "bo", "position": [6, 6], "schedule": [{"kind": "wait", "duration": 99}]}
SPIKE = {"kind": "price_spike", "magnitude": 1.2, "duration": 30, "targets": ["meal_cost"]}


def town(*timeline: dict[str, Any], **keys: Any) -> SimulationConfig:
    scene = {"agents": [ANN, BO], "timeline": list(timeline)}
    base = {
        "world.grid_size": [9, 9],
        "features.stages.relationships": "B",
        "scenario": scene,
        "perturbations.enabled": False,
        "perturbations.events": {"dear": SPIKE},
    }
    return SimulationConfig().with_overrides(base | keys)


def happened(sim: Simulation, ticks: int) -> list[tuple[int, str, int]]:
    found = []
    for _ in range(ticks):
        sim.run(1)
        found += sim.events().select("tick", "kind", "value").rows()
    return found


def test_entries_are_read_in_three_spellings_and_in_order() -> None:
    config = town(
        {"tick": 9, "command": "kill", "args": ["bo"]},
        {
            "tick": 3,
            "name": "set_need",
            "kwargs": {"agent_id": "ann", "need": "energy", "value": 1},
        },
        {"tick": 3, "action": "force_chat", "args": ["ann", "bo"]},
        {"tick": 0, "name": "Once upon a time.", "kind": "narration"},
    )
    entries = read_timeline(config)
    assert [(e.tick, e.name, e.kind) for e in entries] == [
        (0, "Once upon a time.", "narration"),
        (3, "set_need", "console"),
        (3, "force_chat", "action"),
        (9, "kill", "console"),
    ]
    assert entries[2].arguments == {"speaker": "ann", "listener": "bo", "quality": 0.85}


REFUSED: dict[str, dict[str, Any]] = {
    "scenario.timeline[0].name is 'set_neeed', which is no command; did you mean 'set_need'?": {
        "name": "set_neeed"
    },
    "scenario.timeline[0]: missing a required argument: 'agent_id'; kill takes agent_id": {
        "name": "kill"
    },
    "scenario.timeline[0].kwargs: unknown argument 'agent' of kill; did you mean 'agent_id'?": {
        "name": "kill",
        "kwargs": {"agent": "ann"},
    },
    "scenario.timeline[0]: 'hungre' is no need; did you mean 'hunger'?": {
        "name": "set_need",
        "args": ["ann", "hungre", 0.3],
    },
    "scenario.timeline[0]: hunger is 3; it must be between 0 and 1": {
        "name": "set_need",
        "args": ["ann", "hunger", 3],
    },
    "scenario.timeline[0]: agent_id is 'bo', which is taken": {
        "name": "spawn_agent",
        "args": ["bo"],
    },
    "scenario.timeline[0]: position is [1]; it must be [x, y]": {
        "name": "spawn_agent",
        "args": ["cy", [1]],
    },
    "scenario.timeline[0]: wallet is -1; it must be a number, at least 0": {
        "name": "spawn_agent",
        "args": ["cy"],
        "kwargs": {"wallet": -1},
    },
    "scenario.timeline[0]: speaker and listener are both 'ann'": {
        "name": "force_chat",
        "args": ["ann", "ann"],
    },
    "scenario.timeline[0]: quality is 2; it must be between 0 and 1": {
        "name": "force_chat",
        "args": ["ann", "bo", 2],
    },
    "scenario.timeline[0]: spec is 'der', which is no perturbation of the config; did you mean"
    " 'dear'?": {"name": "perturbation_trigger", "args": ["der"]},
    "scenario.timeline[0]: the config has no arranged_meet under perturbations.events": {
        "name": "arrange_meet"
    },
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_no_town_can_do_is_refused(sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        draw_blueprint(town({"tick": 1} | REFUSED[sentence]))
    assert str(caught.value) == sentence


def test_a_guest_must_be_able_to_stand_where_it_enters() -> None:
    guest = {"tick": 1, "name": "spawn_agent", "args": ["cy", [99, 0]]}
    with pytest.raises(UserError, match=r"scenario.timeline\[0\]: position \[99, 0\] is off the"):
        Simulation.from_config(town(guest))


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_file_is_a_list_or_a_mapping(tmp_path: Path, wrapped: bool) -> None:
    text = "- {tick: 4, action: kill, args: [bo]}\n- {tick: 2, kind: narration, name: hush}\n"
    if wrapped:
        text = "timeline:\n" + text
    (tmp_path / "arc.yaml").write_text(text)
    (tmp_path / "town.yaml").write_text(
        "scenario:\n  timeline_file: arc.yaml\n  agents: [{id: ann}, {id: bo}]\n"
        "  timeline: [{tick: 3, kind: narration, name: psst}]\nworld: {grid_size: [9, 9]}\n"
    )
    entries = read_timeline(load_config(tmp_path / "town.yaml"))
    assert [(entry.tick, entry.name) for entry in entries] == [
        (2, "hush"),
        (3, "psst"),
        (4, "kill"),
    ]


def test_json_is_as_good(tmp_path: Path) -> None:
    (tmp_path / "arc.json").write_text('[\n {"tick": 4, "action": "kill",\n  "args": ["bo"]}\n]\n')
    config = town(**{"scenario.timeline_file": str(tmp_path / "arc.json")})
    assert [entry.name for entry in read_timeline(config)] == ["kill"]


BAD_FILES = {
    "- {tick: 4, name: kill}\n- {tick: soon, name: kill}\n": (
        ":2: timeline[1].tick is 'soon'; it must be a whole number"
    ),
    "timeline: []\nextra: 1\n": ":2: unknown key 'extra'; known here: timeline.",
    "- [1, 2\n": "arc.yaml",
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "arc.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        read_timeline(town(**{"scenario.timeline_file": str(path)}))
    assert BAD_FILES[text] in str(caught.value)
    assert "arc.yaml" in str(caught.value)


def test_a_guest_arrives_with_its_name_and_goods() -> None:
    given = {"position": [3, 4], "needs": {"hunger": 0.9}, "personality_profile": "stoic"}
    guest = {"tick": 5, "action": "spawn_agent", "args": ["cy"], "kwargs": given}
    sim = Simulation.from_config(town(guest)).run(4)
    assert sim.frame()["name"].to_list() == ["ann", "bo", ""]
    sim.run(1)
    person = sim.frame().rows(named=True)[2]
    assert (person["name"], person["x"], person["y"]) == ("cy", 3, 4)
    assert person["Wallet.money"] == 5000
    levels = [person[f"Needs.level.{need}"] for need in ("hunger", "hygiene", "energy")]
    assert levels == pytest.approx([0.9, 0.6, 0.5], abs=0.002)
    assert (sim.money() == 0).all()


def test_needs_are_set_and_agents_killed_at_their_tick() -> None:
    sim = Simulation.from_config(
        town(
            {"tick": 3, "name": "set_need", "args": ["bo", "energy", 0.125]},
            {"tick": 4, "name": "kill", "args": ["ann"]},
            {"tick": 6, "name": "set_need", "args": ["ann", "energy", 1.0]},
            **{"rewards.decay_rates.energy": 0.0, "lifecycle.respawn_delay_ticks": 500},
        )
    ).run(2)
    assert sim.column("Needs.level")[1, 2] != 0.125
    sim.run(1)
    assert sim.column("Needs.level")[1, 2] == 0.125
    sim.run(1)
    assert sim.column("Identity.alive").tolist() == [False, True]
    assert sim.timeline.missed == []
    sim.run(4)  # to nobody nothing can be done, which stops nothing
    assert len(sim.timeline.missed) == 1
    assert sim.timeline.missed[0].startswith("tick 6, town 0: set_need: no agent is called 'ann'")


def test_two_who_are_told_to_chat_walk_together_and_do() -> None:
    """Each is in the middle of a wait, and goes back to it."""
    chat = {"tick": 5, "action": "force_chat", "args": ["ann", "bo"], "kwargs": {"quality": 0.75}}
    sim = Simulation.from_config(town(chat))
    events = [event for event in happened(sim, 40) if event[1].startswith("chat")]
    assert [event[1:] for event in events] == [("chat_success", 750)]
    assert events[0][0] == 5 + 9 + 5  # nine steps to stand side by side, and five minutes
    assert sim.column("Script.at").tolist() == [0, 1]
    people = sim.frame()
    apart = abs(people["x"][0] - people["x"][1]) + abs(people["y"][0] - people["y"][1])
    assert apart == 1
    assert (people["x"][1], people["y"][1]) == (6, 6)


def test_a_chat_that_cannot_be_is_given_up() -> None:
    chat = {"tick": 5, "action": "force_chat", "args": ["ann", "bo"]}
    sim = Simulation.from_config(town(chat, **{"features.stages.relationships": "OFF"})).run(80)
    assert sim.column("Script.at").tolist() == [0, 1]
    assert sim.column("Talk.only").tolist() == [-1, -1]


def test_perturbations_begin_at_their_tick() -> None:
    sim = Simulation.from_config(
        town(
            {"tick": 5, "name": "price_spike", "kwargs": {"magnitude": 1.5, "duration": 10}},
            {"tick": 30, "name": "perturbation_trigger", "args": ["dear", 4]},
        )
    )
    events = [event for event in happened(sim, 40) if event[1].startswith("perturbation")]
    kinds = [(tick, kind.removeprefix("perturbation_")) for tick, kind, _ in events]
    assert kinds == [
        (5, "started"), (5, "price_spike"), (15, "ended"),
        (30, "started"), (30, "price_spike"), (34, "ended"),
    ]  # fmt: skip
    assert events[1][2] == 1500


def test_a_timeline_is_the_same_in_every_town_and_however_the_run_is_cut() -> None:
    config = town(
        {"tick": 4, "action": "force_chat", "args": ["ann", "bo"]},
        {"tick": 8, "action": "spawn_agent", "args": ["cy"]},
        {"tick": 20, "name": "kill", "args": ["bo"]},
    )
    whole = Simulation.from_config(config, seed=7).run(60)
    steps = Simulation.from_config(config, seed=7)
    for _ in range(60):
        steps.step()
    assert steps.hash() == whole.hash()
    batch = Simulation.from_config(config, seed=6, towns=3).run(60)
    assert batch.hash(1) == whole.hash()


def test_a_run_that_is_given_no_seed_takes_the_scenarios() -> None:
    config = town(**{"scenario.seed": 9})
    assert Simulation.from_config(config).seed == 9
    assert Simulation.from_config(config, seed=2).seed == 2
    assert Simulation.from_config(config.with_overrides({"seed": 3})).seed == 3
