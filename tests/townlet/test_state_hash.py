"""Which values the state hash covers: every authoritative one, of everybody, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import townlet_components
from townlet import Simulation, load_config
from townlet.ecs.schema import Kind, spec_of
from townlet.systems import discover_components

CONFIG = Path(__file__).parents[2] / "configs" / "small.yaml"
SPECS = [spec_of(klass) for klass in discover_components(townlet_components)]
HASHED = [f"{spec.name}.{col.name}" for spec in SPECS for col in spec.hashed()]
UNHASHED = [
    f"{spec.name}.{col.name}"
    for spec in SPECS
    for col in spec.columns
    if spec.kind is not Kind.STATE or col.derived
]


@pytest.fixture(scope="module")
def sim() -> Simulation:
    """Two towns of eight, at noon, with a vacant slot each."""
    small = load_config(CONFIG).with_overrides({"world.capacity": 9})
    return Simulation.from_config(small, agents=8, towns=2, seed=5).run(300)


@pytest.fixture
def before(sim: Simulation) -> Iterator[dict[str, Any]]:
    """Hashes before a test, which must put back what it changes."""
    found = fingerprint(sim)
    yield found
    assert fingerprint(sim) == found, "the test has not put everything back"


def fingerprint(sim: Simulation) -> dict[str, Any]:
    towns = [sim.hash(town) for town in range(sim.towns)]
    return {"total": sim.hash(), "towns": towns, **sim.hash_columns()}


@pytest.mark.parametrize("name", HASHED)
def test_every_authoritative_value_counts(
    sim: Simulation, before: dict[str, Any], name: str
) -> None:
    """One bit of one value changes the total, the town's hash and the column's, and no other."""
    values = sim.column(name).reshape(-1)
    raw, size = values.view(np.uint8), values.itemsize
    rng = np.random.default_rng(len(name))
    picked = {0, len(values) - 1, *rng.integers(0, len(values), 4).tolist()}
    for k in sorted(picked):
        byte = k * size + int(rng.integers(size))
        bit = 0 if values.dtype == np.bool_ else int(rng.integers(8))
        raw[byte] ^= 1 << bit
        changed = fingerprint(sim)
        raw[byte] ^= 1 << bit
        town = k * sim.towns // len(values)
        assert changed["total"] != before["total"]
        same_town = [a == b for a, b in zip(changed["towns"], before["towns"], strict=True)]
        assert same_town == [t != town for t in range(sim.towns)]
        assert [c for c in HASHED if changed[c] != before[c]] == [name]


@pytest.mark.parametrize("name", UNHASHED)
def test_nothing_else_counts(sim: Simulation, before: dict[str, Any], name: str) -> None:
    if name.startswith("Rows."):
        pytest.skip("rows say whose a value is; the determinism matrix permutes them")
    values = sim.column(name)
    kept = values.copy()
    values.view(np.uint8)[...] ^= 1
    changed = fingerprint(sim)
    values[...] = kept
    assert changed == before


def test_it_is_known_which_columns_are_authoritative(sim: Simulation) -> None:
    assert list(sim.hash_columns()) == HASHED
    assert {"Needs.level", "Position.tile", "Objects.holder", "QueueRing.slot"} <= set(HASHED)
    assert {"Masks.option", "Metrics.kpi", "Clock.tick", "Occupancy.count"} <= set(UNHASHED)
    tables = set(sim.store.sizes.tables)
    assert all(col.dims[0] in tables for spec in SPECS for col in spec.hashed()), (
        "an authoritative value belongs to one town"
    )


def test_swapping_two_rows_counts_unless_their_numbers_go_along(
    sim: Simulation, before: dict[str, Any]
) -> None:
    level = sim.column("Needs.level")
    assert level[0].tolist() != level[1].tolist()
    level[[0, 1]] = level[[1, 0]]
    assert sim.hash() != before["total"]
    level[[0, 1]] = level[[1, 0]]


def test_the_tick_counts(sim: Simulation, before: dict[str, Any]) -> None:
    sim.tick += 1
    later = sim.hash()
    sim.tick -= 1
    assert later != before["total"]


def test_a_town_is_hashed_alone_or_with_its_columns(sim: Simulation) -> None:
    for town in range(2):
        assert sim.hash(town) == sim.hash(town=town)
        assert set(sim.hash_columns(town)) == set(HASHED)
    assert sim.hash_columns(0) != sim.hash_columns(1)
    assert sim.hash() not in {sim.hash(0), sim.hash(1)}
    assert 0 <= sim.hash() < 2**64


def test_threads_and_the_order_of_rows_do_not_count(before: dict[str, Any]) -> None:
    small = load_config(CONFIG).with_overrides({"world.capacity": 9})
    order = np.random.default_rng(1).permutation(18)
    for options in ({"threads": 2}, {"row_order": order}, {"row_order": order, "threads": 2}):
        other = Simulation.from_config(small, agents=8, towns=2, seed=5, **options).run(300)
        assert fingerprint(other) == before
