"""Every column is somebody's: saved, compared, emptied or set up. A new one is never forgotten."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from townlet import Simulation
from townlet.ecs.schema import Kind
from townlet.learner import Learner
from townlet.snapshot.schema import (
    PLACING,
    REBUILT,
    RELOADED,
    REMEMBERED,
    SET_UP,
    is_compared,
    is_emptied,
    is_saved,
    schema_hash,
)
from townlet.snapshot.take import take

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"


@pytest.fixture(scope="module")
def sim() -> Simulation:
    everything = Learner(rewards=True, observations="full")
    return Simulation.from_config(CONFIG, agents=16, towns=2, learner=everything)


def test_every_state_column_is_in_a_snapshot(sim: Simulation) -> None:
    held = take(sim).columns()
    for spec in sim.store.specs():
        for col in spec.columns:
            if spec.kind is Kind.STATE:
                assert f"{spec.name}.{col.name}" in held


def test_every_column_has_one_fate(sim: Simulation) -> None:
    for spec in sim.store.specs():
        for col in spec.columns:
            own = spec.name in PLACING or (spec.name, col.name) == ("Towns", "number")
            fates = [
                is_saved(sim.store, spec, col),
                is_compared(sim.store, spec, col),
                is_emptied(spec, col),
                col.name in SET_UP.get(spec.name, ()),
                own,
            ]
            assert sum(fates) == 1, f"{spec.name}.{col.name}: {fates}"


def test_whoever_adds_scratch_says_why_it_is_not_missed(sim: Simulation) -> None:
    scratch = {spec.name: spec for spec in sim.store.specs() if spec.kind is Kind.SCRATCH}
    for name, spec in scratch.items():
        told = {*REMEMBERED.get(name, ()), *SET_UP.get(name, ())}
        unsaid = {col.name for col in spec.columns} - told
        assert not unsaid or name in REBUILT, f"{name}: {unsaid} are in no table of schema.py"


def test_the_tables_name_nothing_that_is_not_there(sim: Simulation) -> None:
    known = {spec.name: {col.name for col in spec.columns} for spec in sim.store.specs()}
    hooks = {"Asked", "NeedsFallen"}  # only towns with such hooks have them
    for table in (REMEMBERED, SET_UP):
        for name, columns in table.items():
            assert name in hooks or set(columns) <= known[name]
    assert set(REBUILT) | set(RELOADED) | set(PLACING) <= known.keys() | hooks


def test_a_schema_hash_knows_names_types_dimensions_and_units(sim: Simulation) -> None:
    spec = next(s for s in sim.store.specs() if s.name == "Needs")
    first, *rest = spec.columns
    changes = (
        {"name": "other"},
        {"dtype": np.dtype(np.float64)},
        {"dims": ("agent", "trait")},
        {"unit": "hours"},
        {"derived": True},
    )
    hashes = {schema_hash(spec)}
    for change in changes:
        changed = replace(first, **change)  # type: ignore[arg-type]
        hashes.add(schema_hash(replace(spec, columns=(changed, *rest))))
    hashes.add(schema_hash(replace(spec, columns=tuple(rest))))
    assert len(hashes) == len(changes) + 2
    assert schema_hash(replace(spec, doc="said differently")) in hashes
    assert schema_hash(spec) == schema_hash(replace(spec, cold=True))


def test_scratch_that_is_not_saved_is_not_missed(sim: Simulation) -> None:
    """Whatever is emptied between two ticks, and whatever stands there instead, nothing changes."""
    rng = np.random.default_rng(3)
    twin = Simulation.from_config(
        CONFIG, agents=16, towns=2, learner=Learner(rewards=True, observations="full")
    )
    pairs = {"Observation", "MapNotes", "RewardNotes"}  # they are restored together with others
    for _ in range(12):
        ticks = int(rng.integers(1, 200))
        sim.run(ticks)
        twin.run(ticks)
        for spec in twin.store.specs():
            for col in spec.columns:
                if is_emptied(spec, col) and spec.name not in pairs:
                    twin.store.column(f"{spec.name}.{col.name}")[:] = col.fill
        assert twin.hash() == sim.hash()
        for name in ("Rewards.total", "RewardMemory.potential", "Fitness.afi", "RewardStats.mean"):
            assert np.array_equal(twin.column(name), sim.column(name))
        assert np.array_equal(twin.column("Metrics.kpi"), sim.column("Metrics.kpi"), equal_nan=True)
