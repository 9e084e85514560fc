"""Taking: a simulation between two ticks, or one town of it, as a snapshot."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

import townlet
from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.named_files import NamedFile
from townlet.snapshot.books import BOOKS, read_books
from townlet.snapshot.contents import Contents, split_sections
from townlet.snapshot.header import FORMAT, Header
from townlet.snapshot.identity import identity_of
from townlet.snapshot.schema import (
    dimensions,
    is_compared,
    is_of_town,
    saved_columns,
    schemas,
)
from townlet.snapshot.tensors import Blank
from townlet_components.rows import Rows, Towns

if TYPE_CHECKING:
    from townlet.ecs.schema import ColumnSpec
    from townlet.simulation import Simulation

_compared: WeakKeyDictionary[Store, dict[str, str]] = WeakKeyDictionary()
_fixed: WeakKeyDictionary[Store, _Fixed] = WeakKeyDictionary()
Sections = Mapping[str, Mapping[str, Any]]


def take(sim: Simulation, town: int | None = None, sections: Sections | None = None) -> Contents:
    """Copy all that decides the future of a batch, or of one town of it.

    Args:
        sim: the simulation, between two ticks.
        town: the town to take out; None: all of them.
        sections: what services want to keep in it: plain data and arrays, by name and key.

    Raises:
        UserError: no such town, or a section has the name of one of Townlet's own.
    """
    header, blanks = draft(sim, town, sections)
    arrays = {name: blank.make().copy() for name, blank in blanks.items()}
    return Contents(deepcopy(header), arrays)


def draft(
    sim: Simulation,
    town: int | None = None,
    sections: Sections | None = None,
    complete: bool = True,
) -> tuple[Header, dict[str, Blank]]:
    """A snapshot whose arrays are still where they are, to be written; see :func:`take`.

    Parts of the header are those of other drafts too: change nothing in them.

    Args:
        sim, town, sections: see there.
        complete: the last tick has ended.
    """
    if town is not None and not 0 <= town < sim.towns:
        raise UserError(f"town is {town}; it must be between 0 and {sim.towns - 1}")
    for name in sections or {}:
        if name in BOOKS or not name or "/" in name:
            raise UserError(f"no section can be called {name!r}; {', '.join(BOOKS)} are taken")
    plain, arrays = split_sections({**read_books(sim, town), **(sections or {})})
    header = _header(Moment(sim, town, complete))
    header.sections = plain
    state_hash, hashes = sim.hashes(town)
    header.state_hash = f"{state_hash:016x}"
    header.hashes = {name: f"{value:016x}" for name, value in hashes.items()}
    blanks = {
        f"{spec.name}.{col.name}": _blank(sim.store, f"{spec.name}.{col.name}", col, town)
        for spec, col in saved_columns(sim.store)
    }
    return header, {**blanks, **arrays}


def drawn_up(sim: Simulation) -> Callable[[], tuple[Header, dict[str, Blank]]]:
    """What gives the header of a batch as it is now, but for its hashes, and the arrays of books.

    It may be called when the simulation has gone on, in another thread.
    """
    moment, books = Moment(sim), read_books(sim, None)

    def draw() -> tuple[Header, dict[str, Blank]]:
        plain, arrays = split_sections(books)
        header = _header(moment)
        header.sections = plain
        return header, arrays

    return draw


def _blank(store: Store, name: str, col: ColumnSpec, town: int | None) -> Blank:
    """A column in slot order, made when it is asked for."""
    array, towns = store.column(name), store.sizes.towns
    if not is_of_town(store, col):
        return Blank(array.shape, array.dtype, lambda: array)
    part = slice(None)
    if town is not None:
        length = len(array) // towns
        part = slice(town * length, (town + 1) * length)
    if col.dims[0] != "agent":
        here = array[part]
        return Blank(here.shape, here.dtype, lambda: here)
    row_of = store.read(Rows).row_of[part]
    first = int(row_of[0])
    shape = (len(row_of), *array.shape[1:])
    if bool((np.diff(row_of) == 1).all()):  # they lie in slot order already
        there = array[first : first + len(row_of)]
        return Blank(shape, array.dtype, lambda: there)
    return Blank(shape, array.dtype, lambda: array[row_of])


@dataclass(frozen=True)
class _Fixed:
    """Parts of a header that stay while a simulation keeps its configs: costly, so kept.

    Attributes:
        configs: of the batch and of each town, which they were made of.
        overrides: of each town.
        parts: the others, by their names in a header.
    """

    configs: tuple[SimulationConfig, tuple[SimulationConfig, ...]]
    overrides: list[dict[str, Any]]
    parts: dict[str, Any]


def _are(kept: tuple[object, ...], now: tuple[object, ...]) -> bool:
    """Whether two tuples hold the very same objects: a restored batch has a tuple of its own."""
    return len(kept) == len(now) and all(map(operator.is_, kept, now))


def _fixed_of(sim: Simulation) -> _Fixed:
    blue, store = sim.blueprint, sim.store
    found, config = _fixed.get(store), blue.config
    if found and found.configs[0] is config and _are(found.configs[1], blue.town_configs):
        return found
    saved, lengths = saved_columns(store), dimensions(store)
    parts = {
        "townlet": townlet.__version__,
        "config_id": config.config_id,
        "config_hash": config.config_hash(),
        "config": config.written,
        "resolved": config.resolved(),
        "source": None if config.source is None else str(config.source.resolve()),
        "components": schemas(store),
        "dimensions": lengths,
        "tables": [table for table in lengths if table in store.sizes.tables],
        "columns": {f"{spec.name}.{col.name}": list(col.dims) for spec, col in saved},
        "compared": compared(sim),
        "identity": identity_of(config, sim.learner, blue),
    }
    overrides = [_differences(config, town) for town in blue.town_configs]
    _fixed[store] = _Fixed((config, blue.town_configs), overrides, parts)
    return _fixed[store]


class Moment:
    """What a header says of a simulation, or of one town of it, that may be another in a tick.

    Args:
        sim: the simulation.
        town: the town; None: all.
        complete: the last tick has ended; nobody can say so of a simulation that is not ``whole``.
    """

    def __init__(self, sim: Simulation, town: int | None = None, complete: bool = True) -> None:
        self.blueprint, self.learner, self.policy = sim.blueprint, sim.learner, sim.policy
        self.tick, self.clock, self.complete = sim.tick, sim.clock, complete and sim.whole
        self.migrations, self.reloaded = tuple(sim.migrations), sim.reloaded_texts()
        self.fixed = _fixed_of(sim)
        self.towns = slice(None) if town is None else slice(town, town + 1)
        self.seeds = sim.store.read(Towns).seed[self.towns].tolist()


def _header(now: Moment) -> Header:
    """A header without hashes and sections."""
    blue = now.blueprint
    return Header(
        format=".".join(map(str, FORMAT)),
        files=_told(_files_of(now)),
        overrides=now.fixed.overrides[now.towns],
        towns=len(now.seeds),
        agents=blue.agents,
        capacity=blue.capacity,
        seed=now.seeds[0],
        seeds=now.seeds,
        tick=now.tick,
        clock=list(now.clock),
        complete=now.complete,
        policy=now.policy,
        learner=None if now.learner is None else asdict(now.learner),
        state_hash=None,
        hashes={},
        migrations=list(now.migrations),
        **now.fixed.parts,
    )


def _files_of(now: Moment) -> dict[str, NamedFile]:
    """What the files of a simulation's config hold, those that were reloaded as they are now."""
    blue, files = now.blueprint, dict(now.blueprint.files)
    manifest, perturbations = now.reloaded
    if not manifest and not perturbations:
        return files
    for path, text in (
        (blue.manifest.path, manifest),
        (blue.config.included and blue.config.included.path, perturbations),
    ):
        for name, held in files.items():
            if text and held.path == path:
                files[name] = NamedFile(held.path, text)
    return files


def _told(files: Mapping[str, NamedFile]) -> dict[str, dict[str, str]]:
    """Files for a header: whatever they hold can be told as JSON and be read back, each byte."""
    return {
        name: {
            "path": str(held.path),
            "content": held.content.decode("utf-8", "surrogateescape"),
        }
        for name, held in files.items()
    }


def compared(sim: Simulation) -> dict[str, str]:
    """Digest of each column that is made of the config again, 16 hex digits.

    They are filled once and never change, so they are digested once.
    """
    store = sim.store
    if store not in _compared:
        _compared[store] = {
            f"{spec.name}.{col.name}": _digest(store.column(f"{spec.name}.{col.name}"))
            for spec in store.specs()
            for col in spec.columns
            if is_compared(store, spec, col)
        }
    return dict(_compared[store])


def _digest(array: npt.NDArray[Any]) -> str:
    whole = hashlib.sha256(str(array.shape).encode())
    whole.update(array.reshape(-1).view(np.uint8).data)
    return whole.hexdigest()[:16]


def _differences(config: SimulationConfig, town: SimulationConfig) -> dict[str, Any]:
    """Dotted keys whose values a town has of its own."""
    if town is config:
        return {}
    base, own = _leaves(config.written), _leaves(town.written)
    return {key: value for key, value in own.items() if key not in base or base[key] != value}


def _leaves(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= _leaves(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
