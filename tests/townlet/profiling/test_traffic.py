"""Rows and bytes: what systems are bound to, written columns twice."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.ecs.launch import Launch
from townlet.ecs.runtime import Runtime
from townlet.profiling.traffic import SPLIT, WHOLE, Traffic, shared_out, traffic_of


def launch(arrays: list[Any], splits: bool, rows: int = 1) -> SimpleNamespace:
    kernel = SimpleNamespace(options=SimpleNamespace(over="being" if splits else None))
    return SimpleNamespace(arrays=arrays, splits=splits, rows=rows, kernel=kernel)


def test_a_column_counts_once_per_system_and_twice_where_it_is_written() -> None:
    column, other = np.zeros(100, np.float32), np.zeros((50, 2), np.int16)
    view = column.view()
    view.flags.writeable = other.flags.writeable = False
    launches = {"one": [launch([view, other], True, 50), launch([column], False)],
                "two": [launch([view, view], False)]}  # fmt: skip
    fake = SimpleNamespace(
        launches=launches | {"on request": [launch([column], False)]},
        steps={"hook": None},
        schedule=SimpleNamespace(systems=[SimpleNamespace(name=name) for name in launches]),
    )
    found = traffic_of(cast(Runtime, fake))
    assert list(found) == ["one", "two", "hook"]
    assert found["one"] == Traffic("being", 50, 1000, "mixed")
    assert found["two"] == Traffic("", 100, 400, WHOLE)
    assert (found["hook"].bytes, found["hook"].splits) == (0, "python")


def test_a_kernel_over_one_row_is_not_shared_out() -> None:
    assert not shared_out(cast(Launch, launch([], True, 1)))
    assert not shared_out(cast(Launch, launch([], False, 9)))
    assert shared_out(cast(Launch, launch([], True, 2)))
    of_towns = {
        towns: Simulation.from_config(SimulationConfig(), towns=towns, agents=16)
        for towns in (1, 2)
    }
    found = {towns: traffic_of(sim.sampler(1).runtime) for towns, sim in of_towns.items()}
    moving = found[1]["move_agents"]  # of the one district there is
    assert (moving.over, moving.rows, moving.splits) == ("district", 1, WHOLE)
    assert found[2]["move_agents"].splits == SPLIT


def test_a_town_has_traffic_for_every_system() -> None:
    sim = Simulation.from_config(SimulationConfig(), agents=16)
    runtime = sim.sampler(1).runtime
    found = traffic_of(runtime)
    assert set(found) == {spec.name for spec in runtime.schedule.systems}
    needs = found["drain_needs"]
    assert (needs.over, needs.rows, needs.splits) == ("agent", 16, SPLIT)
    assert needs.bytes >= 2 * sim.column("Needs.level").nbytes
