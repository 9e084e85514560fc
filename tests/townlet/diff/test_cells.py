"""Values that differ are named: column, town, slot, agent and both values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from townlet import Simulation
from townlet.diff import differences, state_of
from townlet.diff.cells import State

CONFIG = Path(__file__).parents[3] / "configs" / "small.yaml"


@pytest.fixture(scope="module")
def sim() -> Simulation:
    """Two towns of eight whose rows lie in another order."""
    order = np.random.default_rng(3).permutation(16)
    return Simulation.from_config(CONFIG, agents=8, towns=2, seed=5, row_order=order).run(60)


def test_nothing_differs_from_itself(sim: Simulation) -> None:
    assert differences(state_of(sim), state_of(sim)) == []


def test_a_value_is_named(sim: Simulation) -> None:
    before = state_of(sim)
    row = int(sim.column("Rows.row_of")[8 + 5])
    sim.column("Needs.level")[row, 2] += np.float32(0.25)
    sim.column("Objects.holder")[7] += 1
    after = state_of(sim)
    sim.column("Needs.level")[row, 2] -= np.float32(0.25)
    sim.column("Objects.holder")[7] -= 1
    found = {column.column: column for column in differences(before, after)}
    assert {name: column.count for name, column in found.items()} == {
        "Needs.level": 1, "Objects.holder": 1,
    }  # fmt: skip
    cell = found["Needs.level"].cells[0]
    assert (cell.table, cell.town, cell.id, cell.labels) == ("agent", 1, 5, ("energy",))
    assert cell.agent == sim.frame("agent")["name"][13]
    assert cell.b - cell.a == pytest.approx(0.25)
    assert cell.place == f"Needs.level[energy] of slot 5 ({cell.agent}), town 1"
    assert cell.as_dict()["component"] == "Needs"
    thing = found["Objects.holder"].cells[0]
    assert (thing.table, thing.town, thing.id, thing.agent) == ("object", 0, 7, "")


def test_bits_decide(sim: Simulation) -> None:
    """NaN is itself, and -0 is not 0."""
    state = state_of(sim)
    a = State({"Needs.level": np.array([[np.nan, 0.0, 1.0]] * 16, np.float32)}, state.dims,
              state.labels, 2, state.names)  # fmt: skip
    b = State({"Needs.level": np.array([[np.nan, -0.0, 1.0]] * 16, np.float32)}, state.dims,
              state.labels, 2, state.names)  # fmt: skip
    a = State({**state.columns, **a.columns}, state.dims, state.labels, 2, state.names)
    b = State({**state.columns, **b.columns}, state.dims, state.labels, 2, state.names)
    (found,) = differences(a, b, shown=3)
    assert found.count == 16
    assert len(found.cells) == 3
    assert found.cells[0].as_dict()["a"] == 0


def test_columns_of_one_side_alone_are_told(sim: Simulation) -> None:
    state = state_of(sim)
    fewer = {name: v for name, v in state.columns.items() if name != "Wallet.money"}
    other = State(fewer, state.dims, state.labels, 2, state.names)
    assert [d.note for d in differences(state, other)] == ["only the first has it"]
    assert [d.note for d in differences(other, state)] == ["only the second has it"]
    shorter = State(
        {**state.columns, "Wallet.money": state.columns["Wallet.money"][:3]},
        state.dims, state.labels, 2, state.names,
    )  # fmt: skip
    assert [d.note for d in differences(state, shorter)] == ["int64 of (16,) and int64 of (3,)"]
