"""``townlet observe``: what it prints, and what it refuses."""

from __future__ import annotations

import io
import json
import signal
from pathlib import Path

import pytest
from rich.console import Console

from townlet.cli import main
from townlet.cli.observe import ONE_HOT, show, tick_of
from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.observe.portrait import portrait
from townlet.simulation import Simulation

FULL = """
world: {agents: 8}
features:
  stages: {relationships: B}
  systems: {observations: full}
  observations: {personality_channels: true}
observations: {hybrid: {include_targets: true}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "town.yaml"
    path.write_text("world: {agents: 8}\n")
    return path


def test_observe__prints_map_features_and_masks(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["observe", str(config), "--agent", "anna", "--at", "08:10"]) == 0
    out, _ = capsys.readouterr()
    lines = out.splitlines()
    assert "anna, slot 3, at 08:10 of day 0 (tick 70)" in lines[1]
    assert "hybrid observation, schema 1" in lines[2]
    assert sum("@" in line for line in lines) == 2  # on the map, and in its legend
    assert any("need_hunger" in line and "▇" in line for line in lines)
    for word in (" idle", "● wait", "wall, or no map", "social_slot3", "path_hint", "in_queue"):
        assert word in out
    assert out.count("last_action ") == 1  # a one-hot is one line


def test_observe__shows_the_way_where_it_is_observed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "full.yaml"
    path.write_text(FULL)
    assert main(["observe", str(path), "--agent", "2", "--at", "60"]) == 0
    out = capsys.readouterr().out
    for word in ("the way from there", "shower_dist", "personality_ambition", "full observation"):
        assert word in out


def test_observe__json_is_one_object(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["observe", str(config), "--agent", "3", "--at", "70", "--seed", "5", "--json"]
    assert main(words) == 0
    seen = json.loads(capsys.readouterr().out)
    assert (seen["agent"], seen["slot"], seen["tick"], seen["time"]) == ("anna", 3, 70, "08:10")
    assert seen["map"]["channels"][0] == "self"
    assert len(seen["features"]) == 99
    assert any(seen["options"].values())
    assert seen["primitives"]["wait"] is True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--agent", "annna"], "--agent annna: nobody is called so; did you mean 'anna'?"),
        (["--agent", "8"], "--agent 8: there is no such slot; 0 to 7"),
        (["--agent", "anna", "--at", "25:00"], "--at 25:00: give a time of day from 00:00"),
        (["--agent", "anna", "--at", "0"], "or a tick from 1 to 10000000."),
        (["--agent", "anna", "--at", "soon"], "--at soon: give a time of day"),
    ],
)
def test_observe__refuses_in_a_sentence(
    words: list[str], sentence: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["observe", str(config), *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


def test_observe__who_has_left_observes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(
        "world: {grid_size: [9, 9]}\nfeatures: {systems: {lifecycle: 'off'}}\nscenario:\n"
        "  agents: [{id: ann}, {id: bo}]\n  timeline: [{tick: 5, action: kill, args: [bo]}]\n"
    )
    assert main(["observe", str(path), "--agent", "ann", "--at", "9"]) == 0
    assert main(["observe", str(path), "--agent", "bo", "--at", "9"]) == 2
    assert "bo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "start", "tick"),
    [("240", 420, 240), ("08:00", 420, 60), ("07:00", 420, 1440), ("06:59", 420, 1439),
     ("00:01", 0, 1), ("23:59", 0, 1439)],
)  # fmt: skip
def test_tick_of__takes_ticks_and_times(text: str, start: int, tick: int) -> None:
    assert tick_of(text, start) == tick


@pytest.mark.parametrize("text", ["", "8:5", "8:60", "24:00", "-3", "1e3", "12:00:00"])
def test_tick_of__refuses_the_rest(text: str) -> None:
    with pytest.raises(UserError, match="--at"):
        tick_of(text, 420)


def test_show__needs_no_slots_and_no_colours() -> None:
    """A portrait without ties or landmarks, and with numbers below zero."""
    cells = [[[0.0] * 3 for _ in range(3)] for _ in range(5)]
    cells[0][1][1] = cells[4][0][0] = 1.0
    channels = ["self", "agents", "objects", "reservations", "blocked"]
    seen = {
        "agent": "anna", "slot": 3, "town": 0, "tick": 1, "day": 0, "time": "07:01",
        "variant": "hybrid", "schema_version": 1, "schema_hash": "ab" * 32,
        "map": {"channels": channels, "side": 3, "cells": cells},
        "features": {"need_hunger": 0.5, "time_sin": -0.25, "path_hint_north": 1.0},
        "options": {"idle": True}, "primitives": {"wait": True, "talk": False},
    }  # fmt: skip
    console = Console(file=io.StringIO(), width=100)
    show(seen, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "##· · " in text
    assert "-0.250" in text
    assert "north" in text
    assert "Friends" not in text


def test_show__leaves_no_feature_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Groups go by how names begin: a feature that begins otherwise would be seen by nobody."""
    path = tmp_path / "all.yaml"
    path.write_text(FULL + "needs: {fun: {decay: 0.001, weight: 0.5, threshold: 0.4}}\n")
    words = ["observe", str(path), "--agent", "2", "--at", "30"]
    assert main([*words, "--json"]) == 0
    names = json.loads(capsys.readouterr().out)["features"]
    assert main(words) == 0
    out = capsys.readouterr().out
    hidden = [name for name in names if name not in out and not name.startswith("social_slot")]
    assert [name for name in hidden if not name.startswith(ONE_HOT)] == []
    assert "need_fun" in out
    assert all(f"{stem.rstrip('_')} " in out for stem in ONE_HOT)


@pytest.mark.parametrize("width", [60, 80, 100, 240])
@pytest.mark.parametrize("window", [5, 11, 31])
def test_show__names_every_action_in_full(width: int, window: int) -> None:
    """In a terminal of 80 columns `interact:rest_sleep` is not to be `interact:r…`."""
    keys = {"observations_config.hybrid.local_window": window, "world.agents": 8}
    config = SimulationConfig().with_overrides(keys)
    learner = Learner(rewards=False, observations="hybrid")
    seen = portrait(Simulation.from_config(config, learner=learner).run(30), 2)
    console = Console(file=io.StringIO(), width=width)
    show(seen, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for name in (*seen["options"], *seen["primitives"]):
        kind, _, affordance = name.rpartition(":")
        mark = "●" if (seen["options"] | seen["primitives"])[name] else "○"
        assert f"{mark} {affordance}" in text
        assert kind in text
    assert "…" not in text


def test_observe__ctrl_c_ends_a_long_way(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Simulation.run

    def run(self: Simulation, ticks: int) -> Simulation:
        if self.tick > 5:
            signal.raise_signal(signal.SIGINT)
        return real(self, ticks)

    monkeypatch.setattr(Simulation, "run", run)
    assert main(["observe", str(config), "--agent", "3", "--at", "9000000", "--json"]) == 130
    told = capsys.readouterr()
    assert told.out == ""
    assert "Finishing the tick" in told.err
