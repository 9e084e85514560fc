"""A need of one's own takes YAML only: it decays, is pursued, is filled and is reported."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from townlet.config import load_config
from townlet.simulation import Simulation

PLAY = """
- id: play
  object_type: bench
  duration: 20
  effects:
    fun: 0.30
"""


def town(folder: Path, *, play: bool) -> Simulation:
    """A town whose agents need fun, with or without something that gives it."""
    core = files("townlet.affordances").joinpath("core.yaml").read_text(encoding="utf-8")
    (folder / "uses.yaml").write_text(core + (PLAY if play else ""), encoding="utf-8")
    (folder / "town.yaml").write_text(
        "config_id: fun\n"
        "world: {agents: 24}\n"
        "needs: {fun: {decay: 0.0008, weight: 0.5, threshold: 0.4}}\n"
        "affordances: {affordances_file: uses.yaml}\n",
        encoding="utf-8",
    )
    return Simulation.from_config(load_config(folder / "town.yaml"), seed=1)


def test_a_need_of_ones_own_decays_by_its_own_rate(tmp_path: Path) -> None:
    sim = town(tmp_path, play=False).run(1)
    sim.column("Needs.level")[:, 3] = 0.5
    sim.run(1)
    assert np.all(sim.column("Needs.level")[:, 3] == np.float32(0.5) - np.float32(0.0008))


def test_a_need_of_ones_own_is_pursued_and_kept_up(tmp_path: Path) -> None:
    with_play, without = town(tmp_path, play=True), town(tmp_path, play=False)
    names = with_play.blueprint.option_names
    assert names[-1] == "get_fun"
    option, use = names.index("get_fun"), with_play.blueprint.table.ids.index("play")
    pursuing = playing = 0
    for _ in range(3 * 1440):
        with_play.run(1)
        at_it = with_play.column("Intent.option") == option
        pursuing += int(at_it.sum())
        plays = with_play.column("Activity.affordance") == use
        playing += int(plays.sum())
        assert not (plays & ~at_it).any(), "who plays wants fun"
    assert pursuing > playing > 20 * 24
    without.run(3 * 1440)
    assert not (without.column("Intent.option") == option).any()
    assert not without.masks().option[:, option].any(), "what nothing serves is closed"

    fun = with_play.kpis()["mean_need.fun"]
    assert len(fun) == 3
    assert fun[2] > 0.35
    assert without.kpis()["mean_need.fun"][2] < 0.1
    assert with_play.needs_history()["fun"].len() == 3 * 24
    assert with_play.frame()["Needs.level.fun"].mean() == pytest.approx(
        float(with_play.column("Needs.level")[:, 3].mean()), abs=1e-6
    )
    for need in ("hunger", "hygiene", "energy"):
        assert with_play.kpis()[f"mean_need.{need}"][2] > 0.4, "and nobody forgets to live"
