"""Are two simulations the same, bit for bit, in all that goes on?"""

from typing import Any

import numpy as np
import numpy.typing as npt

from townlet import Simulation
from townlet.ecs.schema import Kind
from townlet_components.rows import Rows

#: The day's wallets sorted, masks, and the like: scratch that is written before it is read.
BOOKS = ("kpis", "kpis_today", "needs_history")


def values(sim: Simulation, town: int | None = None) -> dict[str, npt.NDArray[Any]]:
    """Every state column in slot order, derived ones too; of one town or of all."""
    found = {}
    row_of = sim.store.read(Rows).row_of
    for spec in sim.store.specs():
        for col in spec.columns:
            if spec.kind is not Kind.STATE:
                continue
            array = sim.store.column(f"{spec.name}.{col.name}")
            array = array[row_of] if col.dims[0] == "agent" else array
            if town is not None:
                length = len(array) // sim.towns
                array = array[town * length : (town + 1) * length]
            found[f"{spec.name}.{col.name}"] = array.copy()
    return found


def unlike(
    one: Simulation, two: Simulation, town: int | None = None, other: int | None = None
) -> list[str]:
    """Names of state columns that differ in a bit; empty where none does."""
    left, right = values(one, town), values(two, other)
    assert left.keys() == right.keys()
    return [name for name in left if left[name].tobytes() != right[name].tobytes()]


def assert_same(one: Simulation, two: Simulation) -> None:
    """Columns, hash and all that reports are made of."""
    assert unlike(one, two) == []
    assert (one.tick, one.hash()) == (two.tick, two.hash())
    for book in BOOKS:
        assert getattr(one, book)().equals(getattr(two, book)()), book
    assert one.dropped() == two.dropped()
    assert one.events().equals(two.events())
    assert [one.tie_churn(t) for t in range(one.towns)] == [
        two.tie_churn(t) for t in range(two.towns)
    ]
    assert one.timeline.told == two.timeline.told
    if one.learner is not None and one.learner.observations:
        assert np.array_equal(one.observation().map, two.observation().map)
        assert np.array_equal(one.observation().features, two.observation().features)
