"""The scenes show what their files announce, and come to what they came to before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.scenarios import regenerate
from tests.scenarios.regenerate import BASELINE, NAMES, SCENES, load
from tests.scenarios.scene import look, play

from townlet import Simulation
from townlet.config import load_config
from townlet.setup.blueprint import draw_blueprint
from townlet.testing import check_simulation

HINT = 'if it is meant to: python -m tests.scenarios.regenerate --why "..."'
#: Files of the prototype, where the repository lies beside them.
REFERENCE = SCENES.parents[2] / "shared" / "reference" / "configs" / "scenarios"
Event = list[Any]
PLAYED = tuple(name for name in NAMES if name != BASELINE)


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, Any]]:
    return {name: play(SCENES / f"{name}.yaml") for name in PLAYED}


@pytest.mark.parametrize("name", PLAYED)
def test_a_scene_is_what_it_was(tables: dict[str, dict[str, Any]], name: str) -> None:
    old, new = load(name), tables[name]
    assert new["events"] == old["events"], HINT
    assert new["kpis"] == pytest.approx(old["kpis"], rel=1e-6, abs=1e-9), HINT
    assert new["ticks"] == old["ticks"], HINT


def test_every_scene_has_a_table_and_runs_without_a_warning() -> None:
    shipped = {path.stem for path in SCENES.glob("[!_]*.yaml")}
    assert shipped == {*NAMES}
    for name in shipped:
        config = load_config(SCENES / f"{name}.yaml")
        assert draw_blueprint(config).manifest.warnings == ()
        assert config.warnings == []


def in_order(events: list[Event], *wanted: tuple[Any, ...]) -> bool:
    """Events that begin with these (kind, agent, other, object), None being anything, in order."""
    rest = iter(events)
    return all(
        any(
            all(want is None or want == got for want, got in zip(want_all, event[1:], strict=False))
            for event in rest
        )
        for want_all in wanted
    )


def test_breakfast_is_taken_in_turns_and_without_a_quarrel(tables: dict[str, Any]) -> None:
    events = tables["kitchen_breakfast"]["events"]
    assert in_order(
        events,
        ("affordance_start", "alice", None, "stove_1", "cook_meal"),
        ("affordance_start", "bob", None, "fridge_1", "eat_meal"),
        ("affordance_finish", "alice", None, "stove_1"),
        ("queue_interaction", "bob", "alice", "fridge_1"),
        ("affordance_start", "alice", None, "fridge_1", "eat_meal"),
        ("affordance_finish", "alice", None, "fridge_1"),
    )
    assert not {"queue_conflict", "blocked"} & {event[1] for event in events}


def test_who_dawdles_loses_the_shower(tables: dict[str, Any]) -> None:
    assert in_order(
        tables["queue_conflict"]["events"],
        ("ghost_step", "ben"),
        ("blocked", "anna", "cara", "shower_conflict"),
        ("blocked", "anna", "cara", "shower_conflict"),
        ("queue_conflict", "anna", "cara", "shower_conflict"),
        ("affordance_start", "cara", None, "shower_conflict"),
        ("queue_interaction", "cara", "ben", "shower_conflict"),
        ("queue_interaction", "ben", "anna", "shower_conflict"),
        ("affordance_finish", "anna", None, "shower_conflict"),
    )


def test_one_is_on_time_one_late_and_one_absent(tables: dict[str, Any]) -> None:
    table = tables["employment_punctuality"]
    assert in_order(
        table["events"],
        ("shift_on_time", "dawn", "cafe_shift"),
        ("employment_helped_when_late", "erin", "dawn"),
        ("shift_late_start", "erin", "cafe_shift"),
        ("employment_took_my_shift", "fay", "dawn"),
        ("shift_absent", "fay", "cafe_shift"),
        ("shift_departed_early", "dawn", "cafe_shift"),
        ("shift_ended", "erin", "cafe_shift"),
    )
    assert table["kpis"]["attendance_on_time"] == pytest.approx(1 / 3)


def test_rivalry_rises_is_acted_on_and_decays(tables: dict[str, Any]) -> None:
    assert in_order(
        tables["rivalry_decay"]["events"],
        ("queue_conflict", "finn", "gina", "shower_near"),
        ("blocked", "gina", "finn", "shower_near"),
        ("avoidance", "gina", "finn", "shower_far"),
        ("affordance_start", "gina", None, "shower_far"),
        ("queue_conflict", "finn", "gina", "shower_near"),
    )


def test_the_rivalry_itself_passes_the_threshold_and_falls_below_it() -> None:
    """The values behind the scene: what Gina holds against Finn, tick by tick."""
    sim = Simulation.from_config(SCENES / "rivalry_decay.yaml")
    seen = []
    for _ in range(165):
        sim.run(1)
        others, values = sim.column("Ties.other")[1], sim.column("Ties.rivalry")[1]
        known = np.flatnonzero(others == 0)
        value = 0.0
        if len(known):
            passed = sim.tick - int(sim.column("Ties.at")[1, known[0]])
            value = max(0.0, float(values[known[0]]) - 0.002 * passed)
        seen.append(value)
    assert seen[0] == 0.0
    assert max(seen) >= 0.7
    assert seen[-1] < 0.65


def test_the_story_is_told_in_order(tables: dict[str, Any]) -> None:
    assert in_order(
        tables["demo_story_arc"]["events"],
        ("chat_success", "avery", "kai", None, 900),
        ("shift_on_time", "avery", "market_shift"),
        ("affordance_start", "avery", None, "fridge_1"),
        ("agent_spawned", "blair"),
        ("shift_on_time", "blair", "cafe_shift"),
        ("perturbation_price_spike", None, "market_day", "evt_1", 1550),
        ("shift_ended", "avery", "market_shift"),
        ("chat_success", "avery", "kai", None, 700),
        ("chat_success", "kai", "blair", None, 800),
        ("perturbation_arranged_meet", "avery", "get_together"),
        ("chat_success", None, None, None, 850),
    )
    arc = Simulation.from_config(SCENES / "demo_story_arc.yaml").run(45)
    assert arc.timeline.told[0] == (1, "Morning at the market.")
    assert arc.timeline.missed == []
    assert "blair" in arc.frame()["name"].to_list()


@pytest.mark.parametrize("name", ["rivalry_decay", "demo_story_arc"])
def test_neither_threads_nor_rows_change_a_scene(name: str) -> None:
    """Schedules, timelines and what follows from them; all books and queues in order."""
    config = load_config(SCENES / f"{name}.yaml")
    check_simulation(config, ticks=150, towns=2)


def test_the_baseline_is_an_agent_to_whom_nothing_happens() -> None:
    assert play(SCENES / "observation_baseline.yaml")["events"] == []


def test_the_baseline_is_observed_as_it_was() -> None:
    """The golden table of observations, in all variants; and what it has to show."""
    old, new = load(BASELINE), look(SCENES / f"{BASELINE}.yaml")
    assert new["ticks"] == old["ticks"], HINT
    assert set(new["observations"]) == set(old["observations"]) == {"full", "hybrid", "compact"}
    for variant, seen in new["observations"].items():
        assert seen["map"] == old["observations"][variant]["map"], HINT
        wanted = old["observations"][variant]["features"]
        assert list(seen["features"]) == list(wanted), HINT
        assert seen["features"] == pytest.approx(wanted, abs=1e-5), HINT
        cells = "".join("".join(rows) for rows in seen["map"]["agents"])
        assert set(cells) == {"0"}  # she is alone, and not among the others
        assert seen["features"]["last_action_wait"] == 1
        assert seen["features"]["wallet"] == pytest.approx(1 / (1 + 8.4), abs=1e-4)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the prototype's files are not beside us")
@pytest.mark.parametrize("name", ["kitchen_breakfast", "queue_conflict"])
def test_the_prototypes_own_scenes_run(name: str) -> None:
    path = REFERENCE / f"{name}.yaml"
    config = load_config(path)
    agents = [agent["id"] for agent in (config.scenario or {})["agents"]]
    sim = Simulation.from_config(config).run(1)
    assert sim.frame()["name"].to_list() == agents
    table = play(path)
    users = {event[2] for event in table["events"] if event[1] == "affordance_start"}
    assert users == set(agents)
    warnings = sim.blueprint.manifest.warnings
    assert len(warnings) == (1 if name == "kitchen_breakfast" else 0)
    if name == "kitchen_breakfast":
        assert "no manifest has the affordance 'cook'" in warnings[0]


def test_writing_them_anew_wants_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regenerate, "HERE", tmp_path)
    monkeypatch.setattr(regenerate, "CHANGES", tmp_path / "CHANGES.md")
    table = {"ticks": 1, "events": [[1, "blocked", "a", None, "b", 2]], "kpis": {"exits": 0.0}}
    monkeypatch.setattr(regenerate, "play", lambda path: table)
    for words in ([], ["--why", "dunno"], ["--why", "a good reason", "no_such_scene"]):
        with pytest.raises(SystemExit):
            regenerate.main(words)
    regenerate.main(["--why", "the first of all reasons", "rivalry_decay"])
    assert regenerate.load("rivalry_decay") == table
    regenerate.main(["--why", "the second of all reasons", "rivalry_decay"])
    note = (tmp_path / "CHANGES.md").read_text()
    assert note.index("the second") < note.index("the first")
    assert "- rivalry_decay: unchanged" in note
