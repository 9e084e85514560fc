"""What is remembered between ticks makes no difference: beside making everything anew each tick."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from townlet import Simulation, load_config
from townlet.learner import Learner
from townlet_components.observation import MapNotes, Observation, Picks

TOWN = "configs/town.yaml"
#: Ties that come, go and change places often: few of them fit, and they fade within hours.
SOCIABLE = {
    "features.stages.relationships": "C3",
    "conflict.rivalry.max_edges": 5,
}
CAPACITY = 30


def forget(sim: Simulation) -> None:
    """Let nothing be left of what was written or found out in earlier ticks."""
    store = sim.store
    store.write(Picks).until[:] = -1
    store.write(MapNotes).bits[:] = 0
    store.write(Observation).map[:] = 0
    store.write(Observation).features[:] = 0


def assert_alike(kept: Simulation, fresh: Simulation) -> None:
    a, b = kept.observation(), fresh.observation()
    assert np.array_equal(a.live, b.live)
    for name in ("features", "map"):
        mine, anew = getattr(a, name)[a.live], getattr(b, name)[b.live]
        wrong = np.argwhere(mine != anew)
        assert len(wrong) == 0, f"tick {kept.tick}: {name} differ at {wrong[:3].tolist()}"


@pytest.mark.parametrize(
    "asked",
    [{"observations": "hybrid"}, {"observations": "compact", "precision": "float16"}],
    ids=["hybrid", "compact, halves"],
)
def test_remembered_observations_are_those_made_anew(asked: dict[str, str], tmp_path: Path) -> None:
    """A day and a night of two towns, with departures, arrivals, odd actions and a way back."""
    draws = np.random.default_rng(3)
    config = load_config(TOWN).with_overrides(SOCIABLE)
    learner = Learner(rewards=False, **asked)  # type: ignore[arg-type]
    order = draws.permutation(2 * CAPACITY)
    kept = Simulation.from_config(
        config, agents=CAPACITY, towns=2, seed=3, learner=learner, row_order=order, lanes=3
    )
    fresh = Simulation.from_config(config, agents=CAPACITY, towns=2, seed=3, learner=learner)
    saved, stirred = tmp_path / "earlier.snap", kept.column("TieScratch.stirred")
    changed = back = 0
    while kept.tick < 1000:
        if kept.tick == 500 and not back:
            kept.save(saved)
        if kept.tick == 650 and not back:
            back = 1
            kept.restore(saved)
            fresh.restore(saved)
        if draws.random() < 0.01:
            slot, town = int(draws.integers(0, CAPACITY)), int(draws.integers(0, 2))
            if kept.observation().live[town * CAPACITY + slot]:
                kept.kill(slot, town=town)
                fresh.kill(slot, town=town)
        actions = None
        if draws.random() < 0.05:
            actions = draws.integers(-1, 6, 2 * CAPACITY).astype(np.int32)
        before = stirred.copy()
        forget(fresh)
        for sim in (kept, fresh):
            sim.step(actions)
        changed += int((stirred != before).sum())
        if kept.tick > 1:
            assert_alike(kept, fresh)
    assert changed > 300  # ties, so that forgetting them would show
