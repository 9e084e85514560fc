"""The orchestrator: from a config to a town that runs."""

import gc
import re
import sys
import tracemalloc
from pathlib import Path
from types import FrameType
from typing import Any

import esper
import numpy as np
import polars as pl
import pytest

from townlet import Simulation, load_config
from townlet.config import SimulationConfig
from townlet.errors import UserError

CONFIG = Path(__file__).parents[2] / "configs" / "small.yaml"


def build(**options: Any) -> Simulation:
    return Simulation.from_config(CONFIG, **options)


def test_a_path_or_a_model_make_the_same_town() -> None:
    assert build().run(50).hash() == Simulation.from_config(load_config(CONFIG)).run(50).hash()
    assert build().run(50).hash() == Simulation.from_config(str(CONFIG)).run(50).hash()


def test_sizes_are_the_configs_unless_given() -> None:
    sim = Simulation.from_config(SimulationConfig())
    assert (sim.towns, sim.agents, sim.capacity, sim.seed, sim.tick) == (1, 64, 64, 0, 0)
    sim = build(agents=5, towns=3, seed=9)
    assert (sim.towns, sim.agents, sim.capacity, sim.seed) == (3, 5, 5, 9)
    assert sim.column("Towns.seed").tolist() == [9, 10, 11]
    assert sim.column("Needs.level").shape == (15, 3)


def test_the_configs_seed_is_the_default() -> None:
    seeded = load_config(CONFIG).with_overrides({"seed": 41})
    assert Simulation.from_config(seeded).seed == 41
    assert Simulation.from_config(seeded, seed=3).seed == 3


def test_everybody_arrives_in_the_first_tick() -> None:
    sim = build()
    assert not sim.column("Identity.alive").any()
    sim.run(1)
    assert sim.column("Identity.alive").all()
    assert sim.column("Identity.arrived_at").tolist() == [1] * 8


def test_the_clock_starts_at_seven_and_a_tick_is_a_minute() -> None:
    sim = build()
    assert sim.clock == (0, 7, 0)
    assert sim.run(61).clock == (0, 8, 1)
    assert sim.run(960).clock == (1, 0, 1)
    assert sim.tick == 1021


def test_a_file_may_start_at_another_minute() -> None:
    late = load_config(CONFIG).with_overrides({"world.start_minute": 1439})
    sim = Simulation.from_config(late)
    assert sim.clock == (0, 23, 59)
    assert sim.run(1).clock == (1, 0, 0)


def test_run_in_parts_is_run_at_once() -> None:
    parts = build()
    for ticks in (0, 1, 7, 0, 92):
        parts.run(ticks)
    assert parts.hash() == build().run(100).hash()


def test_overrides_come_in_three_shapes() -> None:
    values = [0.0008, 0.002]
    key = "rewards.decay_rates.hunger"
    shapes: list[Any] = [
        {key: values},
        [{key: value} for value in values],
        pl.DataFrame({key: values}),
    ]
    hashes = [build(towns=2, overrides=shape).run(100).hash() for shape in shapes]
    assert len(set(hashes)) == 1
    assert hashes[0] != build(towns=2).run(100).hash()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"policy": "scriptd"}, "unknown policy 'scriptd'; did you mean 'scripted'?"),
        ({"towns": 0}, "towns is 0; it must be at least 1"),
        ({"agents": 0}, "agents is 0; it must be between 1 and"),
        ({"seed": -1}, "seed is -1; it must be a whole number, at least 0"),
        ({"seed": 2.0}, "seed is 2.0; it must be a whole number, at least 0"),
        ({"threads": 0}, "threads is 0; it must be between 1 and"),
        ({"lanes": -1}, "lanes is -1; it must be between 1 and 4096"),
        ({"overrides": {"seed": [1, 2]}}, "'seed' has 2 values for 1 towns; give one per town"),
        ({"overrides": [{}, {}]}, "2 rows for 1 towns; give one row per town"),
        ({"overrides": {"queue_fairnes.cooldown_ticks": [1]}}, "queue_fairnes"),
        ({"overrides": {"queue_fairness.cooldown_ticks": [-3]}}, "cooldown_ticks"),
    ],
)
def test_wrong_arguments_get_a_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)) as caught:
        build(**options)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_negative_ticks_get_a_sentence() -> None:
    with pytest.raises(UserError, match="ticks is -1; it must be at least 0"):
        build().run(-1)


def test_a_missing_file_gets_a_sentence() -> None:
    with pytest.raises(UserError, match="nowhere"):
        Simulation.from_config("nowhere.yaml")


def test_columns_are_live_and_named() -> None:
    sim = build().run(1)
    level = sim.column("Needs.level")
    sim.run(10)
    assert level is sim.column("Needs.level")
    assert (level < 1).all()
    with pytest.raises(KeyError, match="no component 'Neds'"):
        sim.column("Neds.level")


def test_masks_belong_to_the_tick_to_come() -> None:
    sim = build().run(200)
    masks = sim.masks()
    assert masks.option.shape == (8, len(sim.blueprint.option_names))
    assert masks.primitive.shape == (8, len(sim.blueprint.primitive_names))
    assert masks.option.any(axis=1).all(), "something is always open"
    assert masks.primitive[:, 0].all(), "so is waiting"
    with pytest.raises(ValueError, match="read-only"):
        masks.option[0, 0] = True


def test_progress_is_told_while_kernels_are_loaded() -> None:
    steps: list[tuple[int, int, str]] = []
    build(progress=lambda *step: steps.append(step))
    done, total, name = steps[-1]
    assert done == total == len(steps) - 1
    assert name == ""
    assert [step[0] for step in steps] == list(range(total + 1))


def test_money_is_conserved_and_needs_stay_needs_over_a_week() -> None:
    sim = build(towns=2)
    for _ in range(7):
        sim.run(1440)
        assert sim.money().tolist() == [0, 0]
        level = sim.column("Needs.level")
        assert ((level >= 0) & (level <= 1)).all()
    assert sim.kpis()["starvation_exits"].sum() == 0


def python_calls(sim: Simulation, ticks: int) -> int:
    """Python-level calls, of Python and of C functions, while ``ticks`` ticks run."""
    count = 0

    def profile(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    # What other tests have left behind is not collected here: that calls functions, too.
    gc.collect()
    gc.disable()
    sys.setprofile(profile)
    try:
        sim.run(ticks)
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


@pytest.mark.parametrize("threads", [1, 2])
def test_python_calls_per_tick_do_not_depend_on_the_number_of_agents(threads: int) -> None:
    per_tick = {}
    for agents in (100, 100_000):
        sim = build(agents=agents, threads=threads).run(3)
        assert sim.clock[2] + 15 < 60, "no full hour, when means are copied"
        five, fifteen = python_calls(sim, 5), python_calls(sim, 10)
        assert (fifteen - five) % 5 == 0
        per_tick[agents] = (fifteen - five) // 5
    assert per_tick[100] == per_tick[100_000]
    assert 0 < per_tick[100] < 500


def test_python_calls_per_tick_do_not_depend_on_the_number_of_towns() -> None:
    one, many = build().run(3), build(towns=50).run(3)
    assert python_calls(one, 10) == python_calls(many, 10)


def test_nothing_is_allocated_per_tick() -> None:
    sim = build(agents=2000, threads=1).run(100)
    tracemalloc.start()
    sim.run(5)
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    sim.run(10)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sim.clock[2] == 55
    assert peak - before < 2000, "less than a byte per agent"
    assert after - before < 2000


def test_a_simulation_leaves_esper_as_it_was() -> None:
    before = esper.current_world
    build().run(3)
    assert esper.current_world == before


def test_simulations_that_are_gone_leave_no_esper_worlds() -> None:
    gc.collect()
    before = len(esper.list_worlds())
    for _ in range(3):
        build().run(1)
    gc.collect()
    assert len(esper.list_worlds()) <= before


def test_arrays_of_a_batch_are_one_longer_table() -> None:
    alone, batch = build(seed=2).run(30), build(seed=1, towns=3).run(30)
    level = batch.column("Needs.level").reshape(3, 8, 3)
    assert level[1].tolist() == alone.column("Needs.level").tolist()
    assert np.unique(level[:, 0, 0]).size == 3


def test_starting_over_is_starting_anew() -> None:
    """Simulation.restart: no column, no book, no clock knows of the town before."""
    order = np.random.default_rng(0).permutation(16)
    for shuffled in (None, order):
        sim = build(towns=2, seed=5, row_order=shuffled).run(1500)
        sim.kill(3)
        sim.spawn(1)
        drawn: Any = np.int64(9)  # as a learner draws seeds
        sim.restart(drawn)
        assert (sim.tick, sim.seed, sim.clock) == (0, 9, (0, 7, 0))
        assert sim.kpis().is_empty()
        new = build(towns=2, seed=9)
        assert sim.hash_columns() == new.hash_columns()
        assert sim.run(1500).hash_columns() == new.run(1500).hash_columns()
        assert sim.kpis().equals(new.kpis())


def test_restarting_keeps_every_array_where_it_is() -> None:
    sim = build().run(10)
    before = {name: sim.column(name).ctypes.data for name in sim.hash_columns() if "." in name}
    sim.restart(3)
    assert before == {name: sim.column(name).ctypes.data for name in before}
    assert len(before) > 50


def test_masks_of_one_level_leave_the_other_alone() -> None:
    sim = build().run(200)
    both = sim.masks()
    option, primitive = both.option.copy(), both.primitive.copy()
    sim.run(300)
    masks = sim.masks("option")
    assert (masks.primitive == primitive).all()
    assert not (masks.option == option).all()
    assert not (sim.masks("primitive").primitive == primitive).all()


def test_systems_can_be_run_out_of_turn() -> None:
    sim = build().run(100)
    before = sim.column("Needs.level").copy()
    sim.launch("drain_needs", "drain_needs")
    decay = before - sim.column("Needs.level")
    assert decay.max() == pytest.approx(2 * 0.0008, rel=0.2)
