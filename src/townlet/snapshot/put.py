"""Putting: a snapshot into the arrays of a simulation, all of it or one town."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.snapshot.books import merge_books, write_books
from townlet.snapshot.schema import is_emptied, is_of_town, saved_columns
from townlet.systems import OBSERVATION_SYSTEMS
from townlet_components.identity import Identity
from townlet_components.needs import NeedRules, Needs
from townlet_components.observation import Picks
from townlet_components.rewards import RewardMemory, RewardNotes, RewardRules, Rewards
from townlet_components.rows import Rows
from townlet_systems.reward_terms import CLIPPED, ENDED, GUARDED, PUNCTUAL
from townlet_systems.rewards import note_all

if TYPE_CHECKING:
    from townlet.ecs import Store
    from townlet.ecs.schema import ColumnSpec
    from townlet.named_files import NamedFile
    from townlet.setup.blueprint import Blueprint
    from townlet.simulation import Simulation
    from townlet.snapshot.contents import Contents

#: Terms of rewards that are cleared by lists of rows, not by looking at everybody.
_SOCIAL = ("social_bonus", "social_penalty", "social_avoidance")


def pour(
    sim: Simulation, contents: Contents, blueprint: Blueprint, files: Mapping[str, NamedFile]
) -> None:
    """Fill a simulation's columns and books, and go on from there.

    Everything has been checked before: nothing is refused here.

    Args:
        sim: the simulation; its arrays stay where they are.
        contents: of all its towns.
        blueprint: what the towns are made of now.
        files: what the config's files held; what the blueprint's hold instead is replaced.
    """
    store = sim.store
    for spec in store.specs():
        for col in spec.columns:
            if is_emptied(spec, col):
                store.column(f"{spec.name}.{col.name}")[:] = col.fill
    sim.go_to(contents.header.tick, blueprint)
    _reload(sim, files)
    for spec, col in saved_columns(store):
        name = f"{spec.name}.{col.name}"
        values = contents.arrays.get(name)
        if values is not None:
            _fill(store, col, store.column(name), values, None)
        elif not spec.static:  # a learner's that was not there; its rules are the config's
            store.column(name)[:] = col.fill
    sim.migrations = list(contents.header.migrations)
    write_books(sim, contents)
    _learn(sim, contents, None)


def _reload(sim: Simulation, files: Mapping[str, NamedFile]) -> None:
    """Use the manifest and the perturbations that were in use, where they had been reloaded."""
    blue = sim.blueprint
    included = blue.config.included
    texts: list[bytes | None] = [None, None]
    for name, held in files.items():
        now = blue.files.get(name)
        if now is not None and now.content != held.content:
            for k, path in enumerate((blue.manifest.path, included and included.path)):
                if now.path == path:
                    texts[k] = held.content
    sim.reload_texts(*texts)


def pour_town(sim: Simulation, contents: Contents, town: int) -> None:
    """Fill one town's rows and books; the other towns stay as they are.

    Args:
        sim: the simulation.
        contents: of one town, at the same tick.
        town: which town it becomes.
    """
    for spec, col in saved_columns(sim.store):
        if not is_of_town(sim.store, col):
            continue
        name = f"{spec.name}.{col.name}"
        values = contents.arrays.get(name)
        into = sim.store.column(name)
        if values is None and not spec.static:
            values = np.full((_length(sim.store, col), *into.shape[1:]), col.fill)
        if values is not None:
            _fill(sim.store, col, into, values, town)
    if Picks.__name__ in sim.store.components:
        # Another run's ties may have the same others and ticks, and other values.
        rows = sim.store.read(Rows).row_of.reshape(sim.towns, -1)[town]
        sim.store.write(Picks).until[rows] = -1
    merge_books(sim, town, contents)
    _learn(sim, contents, town)


def _length(store: Store, col: ColumnSpec) -> int:
    return store.sizes.tables[col.dims[0]]


def _fill(
    store: Store,
    col: ColumnSpec,
    into: npt.NDArray[Any],
    values: npt.NDArray[Any],
    town: int | None,
) -> None:
    """Write values that lie in slot order to where this store has them."""
    part = slice(None)
    if town is not None:
        length = _length(store, col)
        part = slice(town * length, (town + 1) * length)
    if col.dims[0] != "agent":
        into[part] = values
        return
    row_of = store.read(Rows).row_of[part]
    if bool((np.diff(row_of) == 1).all()):
        into[row_of[0] : row_of[0] + len(row_of)] = values
    else:
        into[row_of] = values


# -- learners ---------------------------------------------------------------------------------


def _learn(sim: Simulation, contents: Contents, town: int | None) -> None:
    """Bring what is written for a learner up to the columns."""
    store = sim.store
    if Rewards.__name__ in store.components:
        rows = store.read(Rows).row_of.reshape(sim.towns, -1)
        rows = rows if town is None else rows[town : town + 1]
        if f"{RewardMemory.__name__}.potential" not in contents.arrays:
            _begin_rewards(store, sim.towns, town)
        _note_terms(store, rows.reshape(-1), sim.towns, town)
    if sim.learner is not None and sim.learner.observations and sim.tick:
        sim.launch(*(spec.name for spec in OBSERVATION_SYSTEMS))


def _begin_rewards(store: Store, towns: int, town: int | None) -> None:
    """Rewards begin here: everybody's shaping starts from the state it is in."""
    rows, alive = store.read(Rows), store.read(Identity).alive
    count, slots = np.zeros(towns, np.int32), np.zeros(len(rows.row_of), np.int32)
    by_town = alive[rows.row_of].reshape(towns, -1)
    for k in range(towns) if town is None else (town,):
        living = np.flatnonzero(by_town[k])
        count[k] = len(living)
        first = k * by_town.shape[1]
        slots[first : first + len(living)] = living
    note_all(
        count, slots, rows.row_of, store.read(Needs).level, store.read(NeedRules).weight,
        store.read(RewardRules).potential, store.write(RewardMemory).potential,
    )  # fmt: skip


def _note_terms(store: Store, rows: npt.NDArray[np.int32], towns: int, town: int | None) -> None:
    """Note which terms the next tick has to clear: whatever may not be 0."""
    notes, rewards = store.write(RewardNotes), store.read(Rewards)
    notes.work[rows] = 0
    notes.dirty[rows] = PUNCTUAL | GUARDED | CLIPPED | ENDED
    districts = len(notes.count) // towns
    first = 0 if town is None else town * districts
    last = len(notes.count) if town is None else first + districts
    notes.count[first:last] = 0
    some = np.zeros(len(rows), bool)
    for term in _SOCIAL:
        some |= getattr(rewards, term)[rows] != 0
    # At most two rows an event have some, and lists have room for two an event: they fit.
    room = notes.touched.shape[1]
    listed = rows[some]
    for d, start in enumerate(range(0, len(listed), room), first):
        piece = listed[start : start + room]
        notes.touched[d, : len(piece)] = piece
        notes.count[d] = len(piece)
