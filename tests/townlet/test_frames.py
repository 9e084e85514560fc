"""Tables for people: in slot order, with names."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from townlet import Simulation, load_config
from townlet.errors import UserError
from townlet.frames import TABLES
from townlet.names import name_of

CONFIG = Path(__file__).parents[2] / "configs" / "small.yaml"
ORDER = np.random.default_rng(3).permutation(18)


def build(**options: Any) -> Simulation:
    small = load_config(CONFIG).with_overrides({"world.capacity": 9})
    return Simulation.from_config(small, agents=8, towns=2, seed=5, **options).run(400)


@pytest.fixture(scope="module")
def sim() -> Simulation:
    return build(row_order=ORDER)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_a_row_per_entity_and_its_state(sim: Simulation, table: str) -> None:
    frame = sim.frame(table)
    assert frame.height == sim.store.sizes.length(table)
    assert frame["town"].to_list() == sorted(frame["town"])
    per_town = frame.height // 2
    assert frame["id"].to_list() == [*range(per_town), *range(per_town)]


def test_agents_come_in_slot_order_whatever_their_rows(sim: Simulation) -> None:
    assert sim.frame().equals(build().frame())
    frame = sim.frame("agent")
    rows = sim.column("Rows.row_of")
    assert frame["Wallet.money"].to_list() == sim.column("Wallet.money")[rows].tolist()
    assert frame["Needs.level.hunger"].to_list() == sim.column("Needs.level")[rows, 0].tolist()
    assert {"Inventory.count.meals", "Personality.trait.patience", "Intent.option"} <= set(
        frame.columns
    )


def test_agents_have_names_and_places_on_the_map(sim: Simulation) -> None:
    frame = sim.frame()
    names = [name_of(slot, 0, 9) for slot in range(8)] + [""]
    assert frame["name"].to_list() == names * 2, "a vacant slot has no name"
    alive = frame.filter(pl.col("Identity.alive"))
    plan = sim.plan
    for x, y, district, tile in alive.select(
        "x", "y", "Position.district", "Position.tile"
    ).iter_rows():
        assert (x // plan.width) + plan.grid_w * (y // plan.height) == district
        assert x % plan.width + plan.width * (y % plan.height) == tile
        assert plan.walkable[plan.district_layout[district], tile]


def test_a_frame_is_a_copy(sim: Simulation) -> None:
    before = sim.hash()
    sim.frame().with_columns(pl.lit(0).alias("Wallet.money"))
    frame = sim.frame()
    kept = frame["Wallet.money"].to_list()
    sim.column("Wallet.money")[:] += 1
    assert frame["Wallet.money"].to_list() == kept
    sim.column("Wallet.money")[:] -= 1
    assert sim.hash() == before


def test_an_unknown_table_gets_a_sentence(sim: Simulation) -> None:
    with pytest.raises(UserError, match="unknown table 'agents'; did you mean 'agent'"):
        sim.frame("agents")


def test_events_are_ordered_whatever_the_rows() -> None:
    one, two = build(), build(row_order=ORDER, lanes=5)
    seen = 0
    for _ in range(120):
        one.run(1)
        two.run(1)
        events = one.events()
        assert events.equals(two.events())
        seen += events.height
        assert events["tick"].to_list() == [one.tick] * events.height
    assert seen > 10
    assert events.columns == ["tick", "town", "kind", "agent", "other", "object", "value"]


def test_events_name_what_agents_do() -> None:
    sim = build()
    for _ in range(300):
        before = sim.column("Activity.affordance").copy()
        sim.run(1)
        now = sim.column("Activity.affordance")
        started = {
            (int(sim.column("Rows.town")[row]), int(sim.column("Rows.slot")[row]))
            for row in np.flatnonzero((now >= 0) & (now != before))
        }
        told = sim.events().filter(pl.col("kind") == "affordance_start")
        assert started <= set(told.select("town", "agent").iter_rows())


def test_timings_name_every_system_with_its_phase() -> None:
    sim = build()
    sim.reset_timings()
    sim.run(10)
    frame = sim.timings()
    assert frame["system"].to_list() == [spec.name for spec in sim.schedule.systems]
    assert frame["phase"].to_list() == [spec.phase.name for spec in sim.schedule.systems]
    assert frame["calls"].to_list() == [10] * frame.height
    for total, tick, agent in frame.select("ns_total", "ns_per_tick", "ns_per_agent").iter_rows():
        assert total > 0
        assert tick == pytest.approx(total / 10)
        assert agent == pytest.approx(total / 10 / 16)
