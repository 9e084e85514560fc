"""The world as a hook sees it: columns to read, and orders that are carried out afterwards."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from townlet.ecs import F64, I32, I64, Store
from townlet.ecs.rng import EVENTS_STREAM, draw_bits
from townlet.ecs.schema import Kind, spec_of
from townlet.hooks.orders import Desk
from townlet.setup.blueprint import Blueprint
from townlet.suggest import nearest
from townlet_components.clock import Clock
from townlet_components.draws import HOOKS
from townlet_components.events import REASONS
from townlet_components.identity import Identity
from townlet_components.inventory import ITEMS
from townlet_components.lifecycle import CAUSES
from townlet_components.rows import Rows, Towns
from townlet_components.town_state import WEATHERS
from townlet_systems.preconditions import PRICE_KEYS

#: Most money one order can move, in thousandths: far from where sums of int64 end.
MOST_MONEY = 10**12
#: Most goods one order can move.
MOST_GOODS = 30_000

Ids = npt.ArrayLike
T = TypeVar("T")


class World:
    """What a hook is given besides its batch.

    Reading shows the world as it was when the hook was called. Orders (:meth:`set`, :meth:`add`,
    :meth:`add_need`, :meth:`pay`, :meth:`give`, :meth:`close`) are carried out when the hook has
    returned, in the order given; when it raises, none is. Wherever ``town`` and ``agent`` are
    asked for, arrays, or numbers that hold for all, will do. Orders to agents that do not live any
    more are left out.

    Attributes:
        towns, capacity: how many towns this run has, and slots each town.
        needs, items, options, primitives, affordances, reasons, causes, weathers, prices: the
            names behind the numbers of batches and columns.

    Args:
        store: the components.
        blue: the blueprint.
        own: names of the components this module has declared.
    """

    def __init__(self, store: Store, blue: Blueprint, own: frozenset[str]) -> None:
        self._store, self._blue, self._own = store, blue, own
        self._clock, self._rows = store.read(Clock), store.read(Rows)
        self._desk = Desk(store)
        self._in_slot_order = bool((self._rows.row_of == self._rows.index).all())
        self.towns, self.capacity = blue.towns, blue.capacity
        self.needs, self.items = blue.need_names, ITEMS
        self.options, self.primitives = blue.option_names, blue.primitive_names
        self.affordances, self.prices = blue.table.ids, PRICE_KEYS
        self.reasons, self.causes, self.weathers = REASONS, CAUSES, WEATHERS

    # -- time and names ----------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The tick that is running; the first is 1, and a tick is a minute."""
        return int(self._clock.tick[0])

    @property
    def minute(self) -> int:
        """Minute of the day, 0 to 1439."""
        return int(self._clock.minute[0])

    @property
    def day(self) -> int:
        """Days since the run began."""
        return int(self._clock.day[0])

    def names(self, town: Ids, agent: Ids) -> list[str]:
        """Names of agents."""
        _, flat = self._ids(town, agent, "agent")
        rows = self._rows.row_of[flat]
        identity, names = self._store.read(Identity), self._blue.names
        columns = (self._rows.slot, identity.generation, identity.name)
        serials = zip(*(column[rows].tolist() for column in columns), strict=True)
        return [names.of(*serial) for serial in serials]

    def affordance(self, name: str) -> int:
        """Number of an affordance.

        Raises:
            KeyError: there is none of that name.
        """
        return _index(name, self.affordances, "affordance")

    def need(self, name: str) -> int:
        """Number of a need.

        Raises:
            KeyError: there is none of that name.
        """
        return _index(name, self.needs, "need")

    def item(self, name: str) -> int:
        """Number of an item.

        Raises:
            KeyError: there is none of that name.
        """
        return _index(name, self.items, "item")

    def object(self, name: str) -> int:
        """Number of an object, such as ``shower_1``.

        Raises:
            KeyError: there is none of that name.
        """
        return self._blue.plan.object_index(name)

    def object_name(self, number: int) -> str:
        """Name of an object by its number."""
        return self._blue.plan.object_id(number)

    # -- reading -----------------------------------------------------------------------------

    def column(self, name: str) -> npt.NDArray[Any]:
        """A whole column, read-only: (towns, n, ...), agents in order of slots.

        Columns of towns are (towns, ...); those that all towns share, as the map's, are (n, ...).

        Args:
            name: ``"Component.column"``: what the town remembers, rules and the map, and what hook
                modules have declared; not statistics, nor scratch.

        Raises:
            KeyError: there is no such column, or it is not for hooks.
        """
        array, table = self._readable(name)
        if table == "town" or table not in self._store.sizes.tables:
            found = array.view()
        elif table == "agent" and not self._in_slot_order:
            found = array[self._rows.row_of].reshape(self.towns, -1, *array.shape[1:])
        else:
            found = array.reshape(self.towns, -1, *array.shape[1:])
        found.flags.writeable = False
        return found

    def get(self, name: str, town: Ids, id: Ids) -> npt.NDArray[Any]:
        """Values of some agents, objects, places or districts: (n, ...), a copy.

        Args:
            name: ``"Component.column"``.
            town: towns.
            id: slots of agents, or numbers of objects, places, districts; 0 for the town itself.

        Raises:
            KeyError: there is no such column, or it is not for hooks.
            ValueError: a number out of range.
        """
        array, table = self._readable(name)
        if table not in self._store.sizes.tables:
            raise KeyError(f"{name} is not of one town; read it with world.column")
        _, flat = self._ids(town, id, table)
        found: npt.NDArray[Any] = array[self._rows.row_of[flat] if table == "agent" else flat]
        return found

    def draw(self, purpose: str, town: Ids, agent: Ids, index: int = 0) -> F64:
        """Random numbers in [0, 1), float64 (n,): the same in every run of the same seed.

        A number is a function of the town's seed, the tick, the agent, its generation, the purpose
        and the index, and of nothing else.

        Raises:
            ValueError: a number out of range.
        """
        if not 0 <= index < 1 << 16:
            raise ValueError(f"index is {index}; it must be between 0 and {(1 << 16) - 1}")
        towns, flat = self._ids(town, agent, "agent")
        rows = self._rows.row_of[flat]
        seed = self._store.read(Towns).seed[towns]
        number = HOOKS + zlib.crc32(purpose.encode()) % HOOKS
        # As plain Python the function works on arrays too.
        slot: Any = self._rows.slot[rows].astype(np.uint64)
        generation: Any = self._store.read(Identity).generation[rows].astype(np.uint64)
        bits: Any = draw_bits(seed, EVENTS_STREAM, self.tick, slot, generation, number, index)
        return np.asarray(bits * 2.0**-32, np.float64)

    # -- orders ------------------------------------------------------------------------------

    def set(self, name: str, town: Ids, id: Ids, values: npt.ArrayLike) -> None:
        """Set values of a column this module has declared; of an id given twice the last stays.

        Raises:
            KeyError: it is no column of this module.
            ValueError: a number out of range, or values that do not fit.
        """
        array, table = self._writable(name)
        _, flat = self._ids(town, id, table)
        fitting = _fit(name, values, (len(flat), *array.shape[1:]), array.dtype)
        self._desk.take(lambda: self._desk.set(array, table, flat, fitting))

    def add(self, name: str, town: Ids, id: Ids, values: npt.ArrayLike) -> None:
        """Add to values of a column this module has declared; an id given twice gets both.

        Whole numbers stop at the ends of their type.

        Raises:
            KeyError: it is no column of this module.
            ValueError: a number out of range, or values that do not fit.
        """
        array, table = self._writable(name)
        if array.dtype.kind == "b" or array.dtype == np.uint64:
            raise ValueError(f"{name} is {array.dtype}, which nothing is added to; use world.set")
        _, flat = self._ids(town, id, table)
        wide = np.dtype(np.int64) if array.dtype.kind in "iu" else array.dtype
        fitting = _fit(name, values, (len(flat), *array.shape[1:]), wide)
        self._desk.take(lambda: self._desk.add(array, table, flat, fitting))

    def assign(self, name: str, values: npt.ArrayLike) -> None:
        """Set a whole column this module has declared; values as :meth:`column` gives them.

        Raises:
            KeyError: it is no column of this module.
            ValueError: values that do not fit.
        """
        array, table = self._writable(name)
        shape = array.shape
        if table != "town":
            shape = (self.towns, shape[0] // self.towns, *shape[1:])
        every = np.arange(array.shape[0], dtype=np.int64)
        rows = _fit(name, values, shape, array.dtype).reshape(array.shape)
        self._desk.take(lambda: self._desk.set(array, table, every, rows))

    def add_need(self, town: Ids, agent: Ids, need: str | npt.ArrayLike, delta: Ids) -> None:
        """Change needs; levels stay between 0 and 1.

        Args:
            town, agent: who.
            need: name or number, or numbers (n,).
            delta: change, (n,) or one for all.

        Raises:
            KeyError: no such need.
            ValueError: a number out of range, or a change that is not finite.
        """
        _, flat = self._ids(town, agent, "agent")
        number = self.need(need) if isinstance(need, str) else need
        which = _whole("need", number, len(flat), 0, len(self.needs) - 1)
        change = _fit("delta", delta, (len(flat),), np.dtype(np.float32))
        self._desk.take(lambda: self._desk.add_need(flat, which, change))

    def pay(self, town: Ids, agent: Ids, amount: Ids) -> None:
        """Pay agents from the treasury; below 0: take from them, as far as they have it.

        It is booked under ``operator``, so the town's money still adds up.

        Args:
            town, agent: who.
            amount: thousandths, whole numbers, (n,) or one for all.

        Raises:
            ValueError: a number out of range, or an amount that is not whole.
        """
        _, flat = self._ids(town, agent, "agent")
        amounts = _whole("amount", amount, len(flat), -MOST_MONEY, MOST_MONEY)
        self._desk.take(lambda: self._desk.pay(flat, amounts))

    def give(self, town: Ids, agent: Ids, item: str | npt.ArrayLike, count: Ids = 1) -> None:
        """Put goods into agents' bags; below 0: take them, as far as they are there.

        Args:
            town, agent: who.
            item: name or number, or numbers (n,).
            count: how many, (n,) or one for all.

        Raises:
            KeyError: no such item.
            ValueError: a number out of range.
        """
        _, flat = self._ids(town, agent, "agent")
        number = self.item(item) if isinstance(item, str) else item
        which = _whole("item", number, len(flat), 0, len(self.items) - 1)
        counts = _whole("count", count, len(flat), -MOST_GOODS, MOST_GOODS)
        self._desk.take(lambda: self._desk.give(flat, which, counts))

    def close(self, town: Ids, object: Ids) -> None:
        """Close objects, as an operator does: nobody new, and whoever uses one is paid back.

        Raises:
            ValueError: a number out of range.
        """
        _, flat = self._ids(town, object, "object")
        self._desk.take(lambda: self._desk.close(flat, True))

    def open(self, town: Ids, object: Ids) -> None:
        """Open objects that an operator or a hook has closed.

        Raises:
            ValueError: a number out of range.
        """
        _, flat = self._ids(town, object, "object")
        self._desk.take(lambda: self._desk.close(flat, False))

    # -- the runner's ------------------------------------------------------------------------

    def call(self, hook: Callable[[], T], town: int | None = None) -> T:
        """Call a hook and carry out its orders, of one town or all; when it raises, none."""
        self._desk.begin()
        try:
            answer = hook()
        except BaseException:
            self._desk.forget()
            raise
        self._desk.carry_out(town)
        return answer

    # -- checks ------------------------------------------------------------------------------

    def _spec(self, name: str) -> tuple[npt.NDArray[Any], Any, Any]:
        try:
            array = self._store.column(name)
        except KeyError as error:
            raise KeyError(str(error.args[0])) from None
        owner, _, column = name.partition(".")
        spec = spec_of(self._store.components[owner])
        return array, spec, spec.column(column)

    def _readable(self, name: str) -> tuple[npt.NDArray[Any], str]:
        array, spec, col = self._spec(name)
        if spec.kind is Kind.SCRATCH or col.derived or spec.name == "Rows":
            raise KeyError(f"{name} is computed from the state; hooks read state, rules and map")
        return array, col.dims[0]

    def _writable(self, name: str) -> tuple[npt.NDArray[Any], str]:
        array, spec, col = self._spec(name)
        if spec.name not in self._own:
            own = f"it has {', '.join(sorted(self._own))}" if self._own else "it has none"
            raise KeyError(f"{name} is no column this module has declared; {own}")
        return array, col.dims[0]

    def _ids(self, town: Ids, id: Ids, table: str) -> tuple[I32, I64]:
        """Towns, and ``town * n + id``, both (n,)."""
        pair = np.broadcast_arrays(np.atleast_1d(town), np.atleast_1d(id))
        count = len(pair[0].reshape(-1))
        per_town = self._store.sizes.tables[table]
        towns = _whole("town", pair[0], count, 0, self.towns - 1)
        ids = _whole(table, pair[1], count, 0, per_town - 1)
        return towns.astype(np.int32), towns * per_town + ids


def _index(name: str, names: tuple[str, ...], what: str) -> int:
    if name not in names:
        raise KeyError(f"no {what} is called {name!r}{nearest(name, names)}")
    return names.index(name)


def _whole(what: str, values: npt.ArrayLike, count: int, low: int, high: int) -> I64:
    """Whole numbers (count,), each between low and high."""
    found = np.asarray(values)
    if found.size and found.dtype.kind not in "iu":
        raise ValueError(f"{what} is {found.dtype}; it must be whole numbers")
    if found.size and (found.min() < low or found.max() > high):
        wrong = found.min() if found.min() < low else found.max()
        raise ValueError(f"{what} is {wrong}; it must be between {low} and {high}")
    if found.ndim == 1 and len(found) not in (1, count):
        raise ValueError(f"{what} has {len(found)} values for {count}")
    return np.broadcast_to(found.reshape(-1), (count,)).astype(np.int64)


def _fit(
    name: str, values: npt.ArrayLike, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> npt.NDArray[Any]:
    """A copy of the values in a column's shape and type."""
    found = np.asarray(values)
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name}: {values!r} are no numbers")
    try:
        found = np.broadcast_to(found, shape)
    except ValueError:
        raise ValueError(f"{name}: values have shape {found.shape}; {shape} is wanted") from None
    if dtype.kind in "iu" and found.size:
        limits = np.iinfo(dtype)
        if found.dtype.kind == "f" or found.min() < limits.min or found.max() > limits.max:
            raise ValueError(
                f"{name}: values must be whole numbers from {limits.min} to {limits.max}"
            )
    if dtype.kind == "b" and found.dtype.kind != "b":
        raise ValueError(f"{name}: values must be truths")
    with np.errstate(over="ignore"):
        copy: npt.NDArray[Any] = found.astype(dtype)
    if dtype.kind == "f" and not np.isfinite(copy).all():
        raise ValueError(f"{name}: values must be finite")
    return copy
