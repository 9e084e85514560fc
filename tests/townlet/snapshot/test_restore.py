"""What goes on from a snapshot is, bit for bit, what would have gone on without one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet import Simulation, load_config
from townlet.config import SimulationConfig
from townlet.learner import Learner
from townlet.snapshot import inspect, load, restore, save

from .same import assert_same, unlike

CONFIGS = Path(__file__).parents[3] / "configs"
LEARNER = Learner(rewards=True, observations="hybrid")


def build(
    towns: int = 1, agents: int = 24, config: str = "town.yaml", **options: Any
) -> Simulation:
    return Simulation.from_config(CONFIGS / config, towns=towns, agents=agents, **options)


def go_on(one: Simulation, two: Simulation, ticks: int) -> None:
    """Both for some ticks, watched; then for some more, unwatched."""
    for _ in range(ticks):
        one.run(1)
        two.run(1)
        assert unlike(one, two) == []
    one.run(ticks)
    two.run(ticks)
    assert_same(one, two)


@pytest.mark.parametrize("towns", [1, 3])
def test_a_run_goes_on_exactly_from_random_ticks(towns: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(towns)
    sim = build(towns, seed=5, learner=LEARNER)
    for k in range(5):
        sim.run(int(rng.integers(1, 500)))
        order = rng.permutation(sim.towns * sim.capacity)
        threads, lanes = int(rng.integers(1, 3)), int(rng.integers(1, 9))
        path = sim.save(tmp_path / str(k))
        twin = load(path, row_order=order, threads=threads, lanes=lanes)
        assert_same(sim, twin)
        go_on(sim, twin, 15)


def test_before_the_first_tick_too(tmp_path: Path) -> None:
    sim = build(learner=LEARNER)
    twin = load(sim.save(tmp_path / "start"))
    go_on(sim, twin, 20)


def test_in_place_the_arrays_stay_and_what_was_there_is_gone(tmp_path: Path) -> None:
    sim = build(2, seed=5, learner=LEARNER)
    used = build(2, seed=99, learner=LEARNER, row_order=np.arange(48)[::-1].copy(), lanes=3)
    addresses = {
        spec.name: used.store.write(used.store.components[spec.name]) for spec in used.store.specs()
    }
    used.run(777)
    for _ in range(2):
        sim.run(301)
        assert used.restore(sim.save(tmp_path / "x")) is used
        assert_same(sim, used)
        go_on(sim, used, 10)
        used.run(50)
        sim.run(1)
    for spec in used.store.specs():
        assert used.store.write(used.store.components[spec.name]) is addresses[spec.name]


def test_a_scene_goes_on_with_its_schedules_and_timeline(tmp_path: Path) -> None:
    scene = CONFIGS / "scenarios" / "demo_story_arc.yaml"
    sim = Simulation.from_config(scene)
    marks = sorted({max(e.tick, 1) for e in sim.blueprint.timeline})
    assert len(marks) > 3
    for tick in (marks[1], (marks[2] + marks[3]) // 2, marks[-1] + 1):
        if tick <= sim.tick:
            continue
        sim.run(tick - sim.tick)
        twin = load(sim.save(tmp_path / "scene"))
        assert_same(sim, twin)
        go_on(sim, twin, 10)


EVENTFUL = """
config_id: eventful
world: {agents: 48, capacity: 56}
features: {stages: {relationships: C1}}
weather: {enabled: true}
perturbations:
  max_concurrent_events: 4
  events:
    dark: {kind: blackout, probability_per_day: 0, duration: {min: 30, max: 30}}
    dry: {kind: outage, probability_per_day: 0, duration: {min: 30, max: 30}}
    dear: {kind: price_spike, probability_per_day: 0, duration: {min: 50, max: 90}}
    party: {kind: arranged_meet, probability_per_day: 0, duration: {min: 20, max: 40}}
"""


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> SimulationConfig:
    path = tmp_path_factory.mktemp("config") / "eventful.yaml"
    path.write_text(EVENTFUL)
    return load_config(path)


def test_orders_that_wait_for_the_next_tick_are_carried_out(
    eventful: SimulationConfig, tmp_path: Path
) -> None:
    sim = Simulation.from_config(eventful, towns=2, seed=1)
    sim.run(200)
    sim.spawn(0, wallet=7.5, needs={"hunger": 0.3}, traits={"ambition": 0.5}, job="none")
    sim.kill(3, 1)
    sim.request_exit(4)
    sim.set_price("meal_cost", 1.5, 1)
    sim.trigger("dark", 0, starts_in=2)
    sim.trigger("party", 1, participants=[5, 6, 7])
    sim.desk.possess(8, 0)
    sim.desk.guard(9, 3, 1)
    sim.desk.close(sim.plan.object_id(0), 1)
    twin = load(sim.save(tmp_path / "orders"), threads=2)
    assert_same(sim, twin)
    go_on(sim, twin, 60)
    assert sim.column("Prices.base").tolist() == twin.column("Prices.base").tolist()
    assert sim.incidents(1) == twin.incidents(1)


def test_in_the_middle_of_outages_spikes_and_conversations(
    eventful: SimulationConfig, tmp_path: Path
) -> None:
    sim = Simulation.from_config(eventful, seed=3, learner=LEARNER)
    sim.run(10)
    for name in ("dark", "dry", "dear", "party"):
        sim.trigger(name)
    talking = 0
    for k in range(6):
        sim.run(7)
        assert {e["state"] for e in sim.incidents()} == {"active"} or k > 2
        talking += int((sim.column("Talk.partner") >= 0).sum())
        twin = load(sim.save(tmp_path / str(k)))
        assert_same(sim, twin)
        go_on(sim, twin, 4)
    assert talking > 0


def test_rules_of_each_town_are_its_own_still(tmp_path: Path) -> None:
    overrides = {"economy.rent": [0.5, 2.0], "rewards.decay_rates.hunger": [0.001, 0.002]}
    sim = build(2, overrides=overrides)
    sim.run(500)
    path = sim.save(tmp_path / "sweep")
    assert inspect(path).overrides[1] == {
        "economy.rent": 2.0, "rewards.decay_rates.hunger": 0.002,
    }  # fmt: skip
    twin = load(path)
    assert [c.economy.rent for c in twin.blueprint.town_configs] == [0.5, 2.0]
    go_on(sim, twin, 10)
    sim.run(1440)
    twin.run(1440)
    assert_same(sim, twin)


def test_a_learner_that_comes_later_begins_there(tmp_path: Path) -> None:
    watched, plain = build(learner=LEARNER), build()
    for sim in (watched, plain):
        sim.run(400)
    twin = load(plain.save(tmp_path / "plain"), learner=LEARNER)
    assert np.array_equal(
        twin.column("RewardMemory.potential"), watched.column("RewardMemory.potential")
    )
    assert not twin.rewards().total.any()
    assert np.array_equal(twin.observation().features, watched.observation().features)
    for sim in (watched, twin):
        sim.run(1)
    # Nothing is shaped for what happened before it came.
    assert np.array_equal(twin.rewards().shaping, watched.rewards().shaping)
    assert twin.hash() == watched.hash()


def test_a_learner_may_leave(tmp_path: Path) -> None:
    watched = build(learner=LEARNER)
    watched.run(300)
    twin = load(watched.save(tmp_path / "watched"), learner=None)
    assert twin.learner is None
    for sim in (watched, twin):
        sim.run(100)
    assert twin.hash() == watched.hash()


def test_files_need_not_be_there_any_more(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    core = (CONFIGS / "affordances" / "core.yaml").read_text()
    (tmp_path / "more" / "core.yaml").write_text(core)
    (tmp_path / "more" / "upsets.yaml").write_text("max_concurrent_events: 2\n")
    config = tmp_path / "town.yaml"
    config.write_text(
        "config_id: files\nworld: {agents: 12}\n"
        "affordances: {affordances_file: more/core.yaml}\n"
        "perturbations: {file: more/upsets.yaml}\n"
    )
    sim = Simulation.from_config(config)
    sim.run(100)
    (tmp_path / "more" / "core.yaml").write_text(core.replace("duration: 30", "duration: 31"))
    assert sim.reload()
    sim.run(100)
    path = sim.save(tmp_path / "files")
    for name in ("more/core.yaml", "more/upsets.yaml", "town.yaml"):
        (tmp_path / name).unlink()
    twin = load(path)
    assert_same(sim, twin)
    go_on(sim, twin, 20)
    first = load(path)
    assert first.save(tmp_path / "again").read_bytes() == path.read_bytes()


def test_in_place_a_manifest_that_was_reloaded_meanwhile_is_put_back(tmp_path: Path) -> None:
    core = (CONFIGS / "affordances" / "core.yaml").read_text()
    manifest, config = tmp_path / "core.yaml", tmp_path / "town.yaml"
    manifest.write_text(core)
    config.write_text(
        "config_id: files\nworld: {agents: 12}\naffordances: {affordances_file: core.yaml}\n"
    )
    sim, straight = Simulation.from_config(config), Simulation.from_config(config)
    sim.run(100)
    straight.run(150)
    early = sim.save(tmp_path / "early")
    manifest.write_text(core.replace("duration: 30", "duration: 31"))
    assert sim.reload()
    sim.run(50)
    late = sim.save(tmp_path / "late")
    sim.restore(early)
    sim.run(50)
    assert unlike(sim, straight) == []
    changed = load(late)
    sim.restore(late)
    assert unlike(sim, changed) == []
    go_on(sim, changed, 20)


def test_the_same_state_makes_the_same_file_whatever_the_rows(tmp_path: Path) -> None:
    files = []
    for k, options in enumerate(({}, {"row_order": np.arange(48)[::-1].copy()}, {"lanes": 5})):
        sim = build(2, **options)
        sim.run(300)
        files.append(sim.save(tmp_path / str(k)))
    hashes = [inspect(path).hashes for path in files]
    assert hashes[0] == hashes[1] == hashes[2]
    assert files[0].read_bytes() == files[2].read_bytes()


def test_a_name_without_an_ending_gets_one(tmp_path: Path) -> None:
    sim = build()
    assert save(sim, tmp_path / "a").name == "a.safetensors"
    assert save(sim, tmp_path / "b.safetensors").name == "b.safetensors"
    assert restore(sim, tmp_path / "a.safetensors") is sim
