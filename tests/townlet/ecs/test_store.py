"""Arrays: allocated once, aligned, with read-only views."""

import numpy as np
import pytest
from tests.townlet.ecs.tiny import BEINGS, COMPONENTS, Age, Gravity, Weight, tiny_store

from townlet.ecs import Sizes, Store
from townlet.ecs.schema import SchemaError, spec_of


def test_tables_have_a_town_axis_flattened_to_rows() -> None:
    store = tiny_store(lanes=3)
    assert store.column("Weight.kilo").shape == (2 * BEINGS,)
    assert store.column("Weight.grip").shape == (2 * BEINGS, 2)
    assert store.column("Gravity.pull").shape == (2,)
    assert store.column("Tally.rows").shape == (3, 1)


def test_rows_start_with_their_fill_value() -> None:
    store = tiny_store()
    assert (store.column("Weight.kilo") == 2.0).all()
    assert (store.column("Weight.grip") == 3).all()
    assert store.column("Age.ticks").dtype == np.int64


def test_arrays_start_at_a_cache_line() -> None:
    store = tiny_store()
    for spec in map(spec_of, COMPONENTS):
        for col in spec.columns:
            array = store.column(f"{spec.name}.{col.name}")
            assert array.ctypes.data % 64 == 0
            assert array.flags.c_contiguous


def test_readers_see_writes_and_cannot_write() -> None:
    store = tiny_store()
    view = store.read(Age).ticks
    store.write(Age).ticks[4] = 9
    assert view[4] == 9
    with pytest.raises(ValueError, match="read-only"):
        view[4] = 0
    assert store.column("Age.ticks")[4] == 9


def test_an_array_knows_its_table_and_column() -> None:
    store = tiny_store()
    for klass, name, table in ((Weight, "grip", "being"), (Gravity, "pull", "town")):
        array = getattr(store.read(klass), name)
        assert store.table_of(array) == table
        owner = store.owner_of(array)
        assert owner is not None
        assert (owner[0].name, owner[1].name) == (klass.__name__, name)
    assert store.table_of(np.zeros(3)) is None
    assert store.owner_of(np.zeros(3)) is None
    assert store.table_of(np.zeros(0)) is None


def test_names_that_do_not_exist_are_answered_with_those_that_do() -> None:
    store = tiny_store()
    with pytest.raises(KeyError, match="no component 'Wait'; there are Age, Fame, Gravity"):
        store.column("Wait.kilo")
    with pytest.raises(KeyError, match="Weight has no column 'gram'"):
        store.column("Weight.gram")
    with pytest.raises(SchemaError, match="unknown dimension 'being'; known: town, lane, one"):
        Store([Weight], Sizes(1, {"town": 1}, {"lane": 1}, {"one": 1}))
    with pytest.raises(SchemaError, match="two components are called Age"):
        Store([Age, Age], store.sizes)


def test_axes_have_labels() -> None:
    sizes = tiny_store().sizes
    assert (sizes.length("hand"), sizes.labels("hand")) == (2, ("left", "right"))
    assert (sizes.length("one"), sizes.labels("one")) == (1, ("0",))


def test_bytes_are_counted_by_kind() -> None:
    store = tiny_store()
    assert store.nbytes(static=True) == 2 * 4
    rows = 2 * BEINGS * (4 + 8 + 8 + 8) + 8
    assert store.nbytes(static=False) == rows
    assert store.nbytes() == rows + 2 * 4
