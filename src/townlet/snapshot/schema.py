"""Which columns a snapshot holds: declarations decide, and what is rebuilt is listed by name.

STATE is saved, derived columns too: rewards go on where they were. STATIC over tables of a town is
saved, as rules may differ from town to town, and so are the rules that a reload may change; the map
and all else that towns share is made of the config again and compared. SCRATCH is rebuilt in every
tick before it is read, but for the columns of :data:`REMEMBERED`.
"""

from __future__ import annotations

import functools
import hashlib
import json

from townlet.ecs import Store
from townlet.ecs.schema import ColumnSpec, ComponentSpec, Kind

#: Scratch that is carried from tick to tick: statistics since the start or of the day, the events
#: of the last tick for those who ask, and a count that moves with everybody.
REMEMBERED: dict[str, tuple[str, ...]] = {
    "Events": ("count", "dropped", "kind", "agent", "other", "object", "value"),
    "EventTotals": ("total",),
    "Metrics": (
        "need_sum", "need_samples", "hour_mean", "hour_sum", "hour_count", "left_shifts",
        "left_punctual", "begun", "count", "start", "kpi", "today",
    ),
    "Occupancy": ("count",),
    "QueueStats": ("histogram", "longest", "full"),
}  # fmt: skip
#: Scratch that is filled when a store is built, and stays: restoring leaves it alone.
SET_UP: dict[str, tuple[str, ...]] = {
    "Values": ("value",),
    "RewardBlocks": ("first", "last"),
    "Sights": ("plane",),
    "Asked": ("hooked",),
}
#: All other scratch, and why nothing of it is missed: it is written in each tick before it is read,
#: or is at its fill whenever a tick has ended.
REBUILT: dict[str, str] = {
    "Actors": "listed at the start of the tick",
    "Applicants": "listed when positions are given",
    "Asked": "listed when uses are about to start",
    "Attention": "listed at the start of the tick",
    "Clock": "made of the tick",
    "Collapsing": "looked for in each tick",
    "Company": "listed at the start of the tick",
    "Daytime": "made of the tick",
    "Drafts": "written before each use",
    "Eaters": "listed at the start of the tick",
    "LaneLists": "listed at the start of the tick",
    "Leavers": "listed in each tick",
    "MapNotes": "goes with the buffer of maps: both begin empty",
    "Masks": "written when asked for",
    "Metrics": "written before each use",
    "Movers": "listed in each tick",
    "NeedsFallen": "written in each tick",
    "Newcomers": "listed in each tick",
    "Observation": "written in each tick, and once when it has been restored",
    "Payroll": "settled in the tick",
    "Picks": "picked anew where there are none",
    "RewardBlocks": "summed in each tick",
    "RewardNotes": "made of the rewards that were restored",
    "Sights": "gathered in each tick; counts go with Stands",
    "Stands": "whoever is not counted yet is; counts of Sights begin with it",
    "Tally": "counted for each sort",
    "TieScratch": "emptied where it was filled; counts of changes go with Picks",
    "TileScratch": "emptied where it was filled",
    "Vacancies": "settled when a tick ends",
    "Values": "written before each use",
    "Vetoes": "emptied in each tick",
    "Ways": "found in each tick",
}
#: Statics that towns share and that a reload may change: saved, not compared.
RELOADED = ("Affordances", "IncidentPlan", "LifecycleRules", "IncidentRules")
#: Where rows lie, which is this simulation's own business.
PLACING = ("Rows", "DistrictRows")
#: A town's number in its batch, which it leaves behind.
_OWN_NUMBER = ("Towns", "number")


def is_saved(store: Store, spec: ComponentSpec, col: ColumnSpec) -> bool:
    """Whether a snapshot holds a column."""
    if spec.kind is Kind.STATE:
        return True
    if spec.kind is Kind.SCRATCH:
        return col.name in REMEMBERED.get(spec.name, ())
    if spec.name in PLACING or (spec.name, col.name) == _OWN_NUMBER:
        return False
    return spec.name in RELOADED or is_of_town(store, col)


def is_compared(store: Store, spec: ComponentSpec, col: ColumnSpec) -> bool:
    """Whether a column is made of the config again, and has to come out the same."""
    here = spec.kind is Kind.STATIC and spec.name not in PLACING
    return here and not is_saved(store, spec, col) and (spec.name, col.name) != _OWN_NUMBER


def is_emptied(spec: ComponentSpec, col: ColumnSpec) -> bool:
    """Whether a column is put to its fill when a snapshot is restored."""
    if spec.kind is not Kind.SCRATCH:
        return False
    return not any(col.name in table.get(spec.name, ()) for table in (REMEMBERED, SET_UP))


def is_of_town(store: Store, col: ColumnSpec) -> bool:
    """Whether each town has rows of its own in it."""
    return col.dims[0] in store.sizes.tables


def saved_columns(store: Store) -> list[tuple[ComponentSpec, ColumnSpec]]:
    """All that a snapshot of a store holds, in order of declaration."""
    return [
        (spec, col) for spec in store.specs() for col in spec.columns if is_saved(store, spec, col)
    ]


@functools.cache
def schema_hash(spec: ComponentSpec) -> str:
    """16 hex digits: names, dimensions, element types, units and use of a component's columns."""
    columns = [[c.name, list(c.dims), c.dtype.name, c.unit, c.derived] for c in spec.columns]
    text = json.dumps([spec.name, spec.kind.value, columns], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def schemas(store: Store) -> dict[str, str]:
    """Schema hash of each component that has saved columns, by name."""
    names = dict.fromkeys(spec.name for spec, _ in saved_columns(store))
    known = {spec.name: spec for spec in store.specs()}
    return {name: schema_hash(known[name]) for name in names}


def dimensions(store: Store) -> dict[str, int | list[str]]:
    """Length, or labels, of every dimension of a saved column; tables of a town by town."""
    found: dict[str, int | list[str]] = {}
    for _, col in saved_columns(store):
        for dim in col.dims:
            if dim in store.sizes.tables:
                found[dim] = store.sizes.tables[dim]
            elif dim in store.sizes.shared:
                found[dim] = store.sizes.shared[dim]
            else:
                axis = store.sizes.axes[dim]
                found[dim] = axis if isinstance(axis, int) else list(axis)
    return found
