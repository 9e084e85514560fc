"""Work in a whole town: positions, wages and money over three days, in any order of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from townlet.config import SimulationConfig
from townlet.simulation import Simulation
from townlet_components.events import EVENTS
from townlet_components.wallet import FLOWS


def flows(sim: Simulation) -> dict[str, int]:
    """What has been booked so far, by flow."""
    total = sim.column("Ledger.flow").sum(axis=0) + sim.column("Treasury.flow").sum(axis=0)
    return dict(zip(FLOWS, total.tolist(), strict=True))


def check_positions(sim: Simulation) -> None:
    """Holders and positions are each other's inverse, and vacancies are counted right."""
    positions = sim.blueprint.jobs.count
    holder, mine = sim.column("Shifts.holder"), sim.column("Employment.position")
    rows, alive = sim.column("Rows.row_of"), sim.column("Identity.alive")
    held = set()
    for g in np.flatnonzero(holder >= 0).tolist():
        town, position = divmod(g, positions)
        row = rows[town * sim.capacity + holder[g]]
        assert alive[row]
        assert mine[row] == position
        held.add(int(row))
    assert held == set(np.flatnonzero(mine >= 0).tolist())
    for town in range(sim.towns):
        free = holder[town * positions : (town + 1) * positions] < 0
        district = sim.column("PositionPlan.district")[:positions][free]
        first = town * sim.plan.districts
        vacant = sim.column("Shifts.vacant")[first : first + sim.plan.districts]
        assert vacant.tolist() == np.bincount(district, minlength=sim.plan.districts).tolist()


def total(sim: Simulation, kind: str) -> int:
    """How often something has happened."""
    return int(sim.column("EventTotals.total")[:, EVENTS.index(kind)].sum())


def test_three_days_of_work_keep_every_thousandth() -> None:
    """With deaths and replacements; wages are paid for shifts, and each has one holder."""
    sim = Simulation.from_config(SimulationConfig(), agents=64, seed=4)
    for hour in range(72):
        sim.run(60)
        assert sim.money().tolist() == [0]
        check_positions(sim)
        if hour in (10, 30, 50):
            for slot in (3, 17, 40 + hour % 7):
                if sim.column("Identity.alive")[sim.column("Rows.row_of")[slot]]:
                    sim.kill(slot)
    paid = flows(sim)
    assert paid["wage"] + paid["wage_treasury"] > 0
    assert all(amount >= 0 for amount in paid.values())
    assert (sim.column("Wallet.money") >= 0).all()
    assert (sim.column("Payroll.debt") == 0).all()
    assert total(sim, "shift_ended") > 100
    started = total(sim, "shift_on_time") + total(sim, "shift_late_start")
    assert started >= total(sim, "shift_absent") >= 0
    assert total(sim, "hired") > 0, "the vacancies of the departed are filled"


@pytest.mark.parametrize("way", ["rows", "lanes", "batch"])
def test_shifts_and_hiring_do_not_see_rows_lanes_or_the_batch(way: str) -> None:
    keys: dict[str, Any] = {
        "world.residents_per_district": 12,
        "world.start_minute": 340,
        "jobs.cook": {"start": "06:10", "end": "07:30", "place": "cafe", "positions": 9},
    }
    config = SimulationConfig().with_overrides(keys)
    plain = Simulation.from_config(config, agents=48, seed=9)
    other = {
        "rows": lambda: Simulation.from_config(
            config, agents=48, seed=9, row_order=np.random.default_rng(3).permutation(48)
        ),
        "lanes": lambda: Simulation.from_config(config, agents=48, seed=9, lanes=5),
        "batch": lambda: Simulation.from_config(config, agents=48, seed=8, towns=2),
    }[way]()
    for sim in (plain, other):
        sim.run(200)
        sim.kill(5, town=sim.towns - 1)
        sim.run(200)
    assert total(plain, "shift_ended") > 0
    assert plain.hash() == other.hash(town=other.towns - 1)
