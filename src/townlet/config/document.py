"""A configuration file as plain values, with the file and line of every key."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

KeyPath = tuple[str, ...]
"""Keys from the root of a file; entries of a list are numbered from "0"."""

#: Keys of an event (``perturbations.events.<name>``) that mean the same.
_SPELLINGS = (
    ("probability_per_day", "prob_per_day"),
    ("duration", "duration_min"),
    ("magnitude", "magnitude_range"),
)


class Place(NamedTuple):
    """Where a key stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass
class Document:
    """Plain values and where each key stands; a place of None is an override."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, Place | None] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place | None:
        """Return where ``path``, or the nearest key around it, stands."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return None

    def value(self, path: KeyPath) -> Any:
        """Return what stands at ``path``, None where nothing does."""
        found: Any = self.values
        for key in path:
            found = child(found, key)
        return found

    def file_of(self, text: str) -> Place | None:
        """Return where the value ``text`` stands, for names of files."""
        for path, place in self.places.items():
            if path and self.value(path) == text:
                return place
        return None


def child(value: Any, key: str) -> Any:
    """Return entry ``key`` of a mapping or list, None where there is none."""
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list | tuple) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return None


def merge(below: Document, above: Document) -> Document:
    """Lay ``above`` over ``below``: mappings are merged key by key, all else is replaced."""
    merged = Document(copy.deepcopy(below.values), dict(below.places))
    _merge_values(merged, merged.values, above, above.values, ())
    merged.places.update(above.places)
    return merged


def _merge_values(
    merged: Document,
    into: dict[str, Any],
    above: Document,
    values: Mapping[str, Any],
    path: KeyPath,
) -> None:
    """Merge ``values`` into ``into``; forget the places of what is replaced."""
    for key, value in values.items():
        here = (*path, key)
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge_values(merged, into[key], above, value, here)
            continue
        rivals = _other_spellings(here)
        for known in [k for k in merged.places if k[: len(here)] in (here, *rivals)]:
            del merged.places[known]
        for rival in rivals:
            into.pop(rival[-1], None)
        into[key] = copy.deepcopy(value)


def _other_spellings(path: KeyPath) -> list[KeyPath]:
    """Return the keys that mean the same as ``path``: laid over each other, one replaces all."""
    if len(path) != 4 or path[:2] != ("perturbations", "events"):
        return []
    same = [names for names in _SPELLINGS if path[-1] in names]
    return [(*path[:-1], name) for names in same for name in names if name != path[-1]]
