"""Gathering: what has happened in a tick, as batches.

Arrivals, exits, needs, prices, weather and utilities are read from the state, so none is missed;
conflicts, finishes and failures from the tick's events, which have limited room per district.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from townlet.ecs import I32, I64, Bool, Store
from townlet.hooks.batches import (
    QUEUE_CONFLICT,
    WAITED_TOO_LONG,
    Batch,
    Conflicts,
    Exits,
    Failures,
    Needs,
    Outages,
    Prices,
    Spawns,
    Towns,
    Uses,
    Weathers,
)
from townlet.setup.blueprint import Blueprint
from townlet_components import needs, town_state
from townlet_components.clock import Clock
from townlet_components.events import (
    BLOCKED,
    CONFLICT,
    EVENTS,
    FAIL,
    FINISH,
    Events,
    EventTotals,
)
from townlet_components.identity import Departures, Identity, Vacancies
from townlet_components.rows import DistrictRows, Rows
from townlet_components.vetoes import NeedsFallen, TownTold
from townlet_systems.pricing import town_price
from townlet_systems.thresholds import BELOW, GRAVE

#: Kinds of events that hooks are told of.
KINDS = (CONFLICT, BLOCKED, FINISH, FAIL)
_TOLD = np.isin(np.arange(len(EVENTS)), KINDS)


class TickEvents:
    """The events of a tick that hooks are told of, in the order of (town, kind, agent, object).

    Args:
        store: the components.
        towns: towns of the batch.
    """

    def __init__(self, store: Store, towns: int) -> None:
        self._events, self._totals = store.read(Events), store.read(EventTotals)
        self._district_town = store.read(DistrictRows).town
        self._towns = towns
        self._before = self._counted()
        self._fields: dict[str, I32] | None = None

    def _counted(self) -> I64:
        """Events so far, dropped ones too, (town, kind)."""
        by_district = self._totals.total[:, KINDS].astype(np.int64)
        by_town: I64 = by_district.reshape(self._towns, -1, len(KINDS)).sum(axis=1)
        return by_town

    def begin(self) -> None:
        """A tick begins: what happened before does not count."""
        self._before = self._counted()
        self._fields = None

    def fields(self) -> dict[str, I32]:
        """Columns town, kind, agent, other, object, value; int32 (events,)."""
        if self._fields is None:
            events = self._events
            place = np.arange(events.kind.shape[1])[None, :]
            taken = (place < events.count[:, None]) & _TOLD[events.kind]
            found = {
                "town": np.repeat(self._district_town, taken.sum(axis=1)).astype(np.int32),
                "kind": events.kind[taken].astype(np.int32),
                "agent": events.agent[taken],
                "object": events.object[taken],
                "other": events.other[taken],
                "value": events.value[taken],
            }
            order = np.lexsort(list(found.values())[::-1])
            self._fields = {name: column[order] for name, column in found.items()}
        return self._fields

    def of(self, *kinds: int) -> tuple[dict[str, I32], I32]:
        """Columns of the events of some kinds, and how many are missing, (towns,)."""
        every = self.fields()
        chosen = np.logical_or.reduce([every["kind"] == kind for kind in kinds])
        found = {name: column[chosen] for name, column in every.items()}
        places = [KINDS.index(kind) for kind in kinds]
        happened = (self._counted() - self._before)[:, places].sum(axis=1)
        kept = np.bincount(found["town"], minlength=self._towns)
        return found, (happened - kept).astype(np.int32)


class Gatherer:
    """Makes the batches of a tick, each once.

    Args:
        store: the components.
        blue: the blueprint, for sizes.
        told: the town remembers what hooks were told of weather, prices and utilities.
    """

    def __init__(self, store: Store, blue: Blueprint, told: bool) -> None:
        self._store, self._blue = store, blue
        self._rows, self._identity = store.read(Rows), store.read(Identity)
        self.events = TickEvents(store, blue.towns)
        self._told = store.write(TownTold) if told else None
        if told:
            self._learn()
        self._made: dict[str, Batch] = {}
        self._makers: dict[str, Callable[[], Batch]] = {
            "on_tick": lambda: Towns(np.arange(blue.towns, dtype=np.int32)),
            "on_spawn": self._spawns,
            "on_exit": self._exits,
            "on_conflict": self._conflicts,
            "on_need_threshold": self._needs,
            "on_price_change": self._prices,
            "on_weather_change": self._weathers,
            "on_outage": self._outages,
            "after": self._finishes,
            "fail": self._failures,
        }

    def of(self, what: str) -> Batch:
        """The batch of one kind of event; nothing is gathered twice in a tick."""
        if what not in self._made:
            self._made[what] = self._makers[what]()
        return self._made[what]

    def end(self) -> None:
        """The hooks have been told; a new tick begins."""
        self._made.clear()
        if self._told is not None:
            self._learn()

    # -- from the state ----------------------------------------------------------------------

    def _canonical(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Agent rows in the order of (town, slot)."""
        return rows[np.lexsort((self._rows.slot[rows], self._rows.town[rows]))]

    def _spawns(self) -> Spawns:
        now = self._store.read(Clock).tick[0]
        return self.spawns(self._identity.alive & (self._identity.arrived_at == now))

    def spawns(self, entered: Bool) -> Spawns:
        """The batch of those who have entered, bool (rows,)."""
        rows = self._canonical(np.flatnonzero(entered))
        generation = self._identity.generation[rows]
        return Spawns(self._rows.town[rows], self._rows.slot[rows], generation)

    def _exits(self) -> Exits:
        reason = self._store.read(Departures).reason
        anybody = self._store.read(Vacancies).any[0]
        rows = np.flatnonzero(reason) if anybody else np.zeros(0, np.int64)
        rows = self._canonical(rows[~self._identity.alive[rows]])
        return Exits(self._rows.town[rows], self._rows.slot[rows], reason[rows])

    def _needs(self) -> Needs:
        fallen = self._store.read(NeedsFallen).fallen
        rows, which = np.nonzero(fallen)
        order = np.lexsort((which, self._rows.slot[rows], self._rows.town[rows]))
        rows, which = rows[order], which[order]
        bits = fallen[rows, which]
        return Needs(
            self._rows.town[rows],
            self._rows.slot[rows],
            which.astype(np.int8),
            self._store.read(needs.Needs).level[rows, which],
            (bits & BELOW) != 0,
            (bits & GRAVE) != 0,
        )

    # -- from what hooks were told last --------------------------------------------------------

    def _learn(self) -> None:
        """Remember what is, as told."""
        told, store = self._told, self._store
        assert told is not None
        prices, utilities = store.read(town_state.Prices), store.read(town_state.Utilities)
        told.weather[:] = store.read(town_state.Weather).kind
        told.dark[:], told.dry[:] = utilities.power > 0, utilities.water > 0
        told.factor[:], told.base[:], told.spike[:] = prices.factor, prices.base, prices.spike

    def _prices(self) -> Prices:
        told, prices = self._told, self._store.read(town_state.Prices)
        assert told is not None
        places = len(prices.factor) // self._blue.towns
        found = [
            (row // places, row % places, -1, told.factor[row], prices.factor[row])
            for row in np.flatnonzero(prices.factor != told.factor).tolist()
        ]
        moved = (prices.base != told.base) | (prices.spike != told.spike)
        for town, key in np.argwhere(moved).tolist():
            before = town_price(told.base, told.spike, key, town)
            after = town_price(prices.base, prices.spike, key, town)
            if before != after:
                found.append((town, -1, key, before, after))
        # A town's kinds of prices first, then its places.
        table = np.array(sorted(found), np.int32).reshape(-1, 5)
        columns = table.T.copy()
        return Prices(columns[0], columns[1], columns[2].astype(np.int8), columns[3], columns[4])

    def _weathers(self) -> Weathers:
        told, kind = self._told, self._store.read(town_state.Weather).kind
        assert told is not None
        town = np.flatnonzero(kind != told.weather)
        return Weathers(town.astype(np.int32), told.weather[town], kind[town])

    def _outages(self) -> Outages:
        told, utilities = self._told, self._store.read(town_state.Utilities)
        assert told is not None
        out = np.stack([utilities.power > 0, utilities.water > 0], axis=1)
        knew = np.stack([told.dark, told.dry], axis=1)
        town, utility = np.nonzero(out != knew)
        return Outages(town.astype(np.int32), utility.astype(np.int8), out[town, utility])

    # -- from events -------------------------------------------------------------------------

    def _conflicts(self) -> Conflicts:
        found, dropped = self.events.of(CONFLICT, BLOCKED)
        kind = np.where(found["kind"] == CONFLICT, QUEUE_CONFLICT, WAITED_TOO_LONG)
        return Conflicts(
            found["town"], found["agent"], found["other"], found["object"], kind.astype(np.int8),
            found["value"], dropped,
        )  # fmt: skip

    def _finishes(self) -> Uses:
        found, dropped = self.events.of(FINISH)
        use = found["value"].astype(np.int16)
        return Uses(found["town"], found["agent"], found["object"], use, dropped)

    def _failures(self) -> Failures:
        found, dropped = self.events.of(FAIL)
        use, reason = found["other"].astype(np.int16), found["value"].astype(np.int8)
        return Failures(found["town"], found["agent"], found["object"], use, dropped, reason)
