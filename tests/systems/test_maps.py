"""Maps and features beside their slow twin, on random worlds of every form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.systems.observing import differences

from townlet import Simulation, load_config
from townlet.config import SimulationConfig
from townlet.learner import Learner
from townlet.systems import OBSERVATION_SYSTEMS
from townlet.vacancies import free_rows
from townlet_components.position import Position
from townlet_systems.features import write_features
from townlet_systems.maps import write_maps

TOWN = "configs/town.yaml"
BED_AND_FRIDGE = {"observations_config.compact.object_channels": ["bed", "Fridge", "bed"]}
COUNTS = {"observations_config.compact.normalize_counts": False} | BED_AND_FRIDGE
TARGETS = {
    "observations_config.hybrid.include_targets": True,
    "observations_config.compact.include_targets": True,
    "features.observations.personality_channels": True,
}
WIDE = {
    "observations_config.hybrid.local_window": 13,
    "conflict.rivalry.max_edges": 11,
    "observations_config.social_snippet": {"embed_dim": 11, "top_friends": 3, "top_rivals": 4},
}
NARROW = {
    "observations_config.hybrid.local_window": 5,
    "observations_config.social_snippet": {"embed_dim": 3, "top_friends": 0, "top_rivals": 1},
    "observations_config.hybrid.time_ticks_per_day": 100,
}
ALONE = {"observations_config.social_snippet": {"top_friends": 0, "top_rivals": 0}}
FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "hybrid": ({"observations": "hybrid"}, {}),
    "hybrid, halves": ({"observations": "hybrid", "precision": "float16"}, TARGETS),
    "hybrid, bits": ({"observations": "hybrid", "maps": "bits"}, {}),
    "hybrid, a wide window": ({"observations": "hybrid"}, WIDE),
    "hybrid, a narrow window": ({"observations": "hybrid"}, NARROW),
    "full": ({"observations": "full"}, TARGETS),
    "full, halves": ({"observations": "full", "precision": "float16"}, {}),
    "full, bits": ({"observations": "full", "maps": "bits", "precision": "float16"}, ALONE),
    "full, a wide window": ({"observations": "full"}, WIDE),
    "compact": ({"observations": "compact"}, BED_AND_FRIDGE),
    "compact, halves": ({"observations": "compact", "precision": "float16"}, TARGETS),
    "compact, bits": ({"observations": "compact", "maps": "bits"}, BED_AND_FRIDGE),
    "compact, counts": ({"observations": "compact"}, COUNTS),
    "compact, counts, halves": ({"observations": "compact", "precision": "float16"}, COUNTS),
}


def build(form: str, config: SimulationConfig | None = None, **options: Any) -> Simulation:
    asked, keys = FORMS[form]
    base = config or load_config(TOWN)
    learner = Learner(rewards=False, **asked)
    return Simulation.from_config(base.with_overrides(keys), learner=learner, **options)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_what_the_twin_says(form: str) -> None:
    """A batch of towns of several districts, by day and by night; people leave and come."""
    sim = build(form, agents=150, towns=2, seed=5)
    for upto in (60, 330, 725):
        sim.run(upto - sim.tick)
        assert differences(sim, range(0, 150, 9)) == []
        sim.kill(9, town=1)


@pytest.mark.parametrize("form", ["hybrid", "full, bits", "compact", "compact, counts"])
@pytest.mark.parametrize("size", [(7, 5), (48, 40), (70, 21), (4, 4)])
def test_open_districts_of_any_size(form: str, size: tuple[int, int]) -> None:
    """Smaller than a window, too wide for a word, and what a prototype's file has."""
    config = SimulationConfig().with_overrides(
        {"world.grid_size": list(size), "features.stages.relationships": "B"}
    )
    keys = {k: v for k, v in FORMS[form][1].items() if "object_channels" not in k}
    learner = Learner(rewards=False, **FORMS[form][0])
    config = config.with_overrides(keys)
    sim = Simulation.from_config(config, agents=6, seed=2, policy="random", learner=learner)
    for ticks in (1, 40, 200):
        sim.run(ticks)
        assert differences(sim) == []


@pytest.mark.parametrize("seed", range(4))
def test_random_actions_make_no_difference(seed: int) -> None:
    """Actions that no policy would choose, at both levels, on permuted rows."""
    draws = np.random.default_rng(seed)
    order = draws.permutation(140)
    sim = build("hybrid", agents=70, towns=2, seed=seed, row_order=order, lanes=3)
    for _ in range(25):
        level = "option" if draws.random() < 0.5 else "primitive"
        limit = len(
            sim.blueprint.option_names if level == "option" else sim.blueprint.primitive_names
        )
        sim.step(draws.integers(-1, limit, 140).astype(np.int32), level)
        sim.run(int(draws.integers(0, 6)))
    assert differences(sim, range(0, 70, 5)) == []


@pytest.mark.parametrize("form", ["hybrid", "full, bits", "compact", "hybrid, a wide window"])
def test_windows_cross_the_borders_of_districts(form: str) -> None:
    """Everybody is put within a window of a border, a gate or a corner, many on one tile."""
    sim = build(form, agents=300, seed=4).run(60)
    plan, draws = sim.plan, np.random.default_rng(4)
    assert plan.grid_w > 1
    assert plan.grid_h > 1
    district, tile = sim.store.write(Position).district, sim.store.write(Position).tile
    for r in range(len(district)):
        along, across = draws.integers(0, plan.width), draws.choice([0, 1, 4, 27, 30, 31])
        x, y = (along, across) if draws.random() < 0.5 else (across, along)
        district[r], tile[r] = draws.integers(0, plan.districts), y * plan.width + x
    for spec in OBSERVATION_SYSTEMS:
        sim._runtime.launch_once(spec)
    assert differences(sim, range(0, 300, 7)) == []


def test_who_leaves_is_observed_for_the_last_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten of those who walk to work leave: their maps show where they got to."""
    sim = build("hybrid", agents=20, seed=1).run(55)
    seen: list[str] = []

    def look() -> None:
        seen.append("looked")
        seen.extend(differences(sim, leavers=True))
        free_rows(sim.store)

    monkeypatch.setattr(sim, "_free_rows", look)
    before = sim.observation().map.copy(), sim.observation().features.copy()
    for slot in range(10):
        sim.kill(slot)
    sim.run(1)
    assert seen == ["looked"]
    view, names = sim.observation(), sim.features().names
    assert view.live.tolist() == [False] * 10 + [True] * 10
    assert (view.features[:10, names.index("ctx_reset_flag")] == 1).all()
    assert (view.features[:10] != before[1][:10]).any(axis=1).all()
    assert (view.map[:10] != before[0][:10]).any()


def test_a_vacant_slot_is_not_written() -> None:
    config = load_config(TOWN).with_overrides({"features.systems.lifecycle": "off"})
    sim = build("hybrid", config, agents=20, seed=1)
    sim.run(100)
    sim.kill(7)
    sim.run(1)
    last = sim.observation().features[7].copy(), sim.observation().map[7].copy()
    sim.run(30)
    assert not sim.observation().live[7]
    assert (sim.observation().features[7] == last[0]).all()
    assert (sim.observation().map[7] == last[1]).all()


def test_an_agent_is_not_in_its_own_channel_of_agents() -> None:
    sim = build("hybrid", agents=1, seed=1)
    sim.run(50)
    maps = sim.observation().map[0]
    assert maps[0].sum() == maps[0, 5, 5] == 1
    assert maps[1].sum() == 0
    assert sim.observation().features[0, sim.features().names.index("neighbor_agent_ratio")] == 0


def test_the_systems_declare_what_they_touch() -> None:
    """Their place in the tick, and that maps come before features, which show what is around."""
    maps, features = write_maps.__system__, write_features.__system__  # type: ignore[attr-defined]
    assert "Observation" in maps.names("write")
    assert features.after == ("write_maps",)
    assert maps.phase.name == features.phase.name == "OBSERVE"
