"""The schedule: which systems run, in which order, and proof that the order is decided.

Order is phase first, then ``after`` and ``before``. Two systems of a phase that share a component,
one of them writing it, must have a path between them; otherwise the schedule is refused with both
names.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from townlet.ecs.schema import spec_of
from townlet.ecs.system import DERIVED_PHASES, SystemSpec


class ScheduleError(ValueError):
    """The declared systems do not make a schedule; the sentence names who is at fault."""


def discover_module(module: ModuleType) -> list[SystemSpec]:
    """Systems defined in one module, in order of definition."""
    found = (getattr(value, "__system__", None) for value in vars(module).values())
    return [
        spec
        for spec in found
        if isinstance(spec, SystemSpec) and spec.function.__module__ == module.__name__
    ]


def discover(package: ModuleType) -> list[SystemSpec]:
    """Every system declared in a package's modules, in name order of modules."""
    found: list[SystemSpec] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        found += discover_module(importlib.import_module(f"{package.__name__}.{info.name}"))
    return found


class Schedule:
    """An ordered, verified list of systems.

    Args:
        systems: the systems, in any order.
        shuffle: None for the stable order (by name among equals); a number picks another legal
            order, to show that the declared constraints are enough.

    Raises:
        ScheduleError: unknown or cyclic ``after`` and ``before``, an ambiguous order, or a world
            system that reads a derived column's component.
    """

    def __init__(self, systems: Iterable[SystemSpec], shuffle: int | None = None) -> None:
        self._by_name: dict[str, SystemSpec] = {}
        for spec in systems:
            if spec.name in self._by_name:
                raise ScheduleError(f"two systems are called {spec.name!r}")
            self._by_name[spec.name] = spec
        self._check_neighbours()
        self._check_derived()
        self._after = {
            name: {*spec.after, *(s.name for s in self._by_name.values() if name in s.before)}
            for name, spec in self._by_name.items()
        }
        self._earlier = {name: self._ancestors(name) for name in self._by_name}
        self._check_ambiguity()
        self.systems = self._order(shuffle)

    def _check_neighbours(self) -> None:
        for spec in self._by_name.values():
            neighbours = [("after", name) for name in spec.after]
            neighbours += [("before", name) for name in spec.before]
            for side, name in neighbours:
                other = self._by_name.get(name)
                if other is None:
                    raise ScheduleError(f"system {spec.name!r} runs {side} unknown {name!r}")
                if other.phase != spec.phase:
                    raise ScheduleError(
                        f"system {spec.name!r} ({spec.phase.name}) cannot run {side} {name!r} "
                        f"({other.phase.name}); {side!r} orders systems of one phase"
                    )

    def _check_derived(self) -> None:
        for spec in self._by_name.values():
            if spec.phase in DERIVED_PHASES:
                continue
            for access in spec.access:
                columns = spec_of(access.component).columns
                if access.mode == "read" and columns and all(c.derived for c in columns):
                    raise ScheduleError(
                        f"world system {spec.name!r} reads {access.name}, which is derived"
                    )

    def _ancestors(self, name: str, trail: tuple[str, ...] = ()) -> set[str]:
        if name in trail:
            circle = " -> ".join((*trail[trail.index(name) :], name))
            raise ScheduleError(f"systems wait for each other: {circle}")
        found: set[str] = set()
        for earlier in sorted(self._after[name]):
            found |= {earlier} | self._ancestors(earlier, (*trail, name))
        return found

    def ambiguities(self) -> list[tuple[str, str, list[str]]]:
        """Pairs of systems whose order is not decided, with the components they share."""
        found = []
        specs = sorted(self._by_name.values(), key=lambda s: s.name)
        for i, a in enumerate(specs):
            for b in specs[i + 1 :]:
                if a.phase != b.phase or a.name in self._earlier[b.name]:
                    continue
                shared = _conflicts(a, b)
                if shared and b.name not in self._earlier[a.name]:
                    found.append((a.name, b.name, shared))
        return found

    def _check_ambiguity(self) -> None:
        found = self.ambiguities()
        if found:
            a, b, shared = found[0]
            phase = self._by_name[a].phase.name
            more = f" (and {len(found) - 1} more pairs)" if len(found) > 1 else ""
            raise ScheduleError(
                f"{a!r} and {b!r} both touch {', '.join(shared)} in phase {phase}; "
                f"give one of them after={{the other}}{more}"
            )

    def _order(self, shuffle: int | None) -> list[SystemSpec]:
        names = sorted(self._by_name)
        if shuffle is not None:
            random.Random(shuffle).shuffle(names)
        ordered: list[SystemSpec] = []
        placed: set[str] = set()
        waiting = sorted(names, key=lambda n: self._by_name[n].phase)
        while waiting:
            phase = self._by_name[waiting[0]].phase
            name = next(
                n for n in waiting if self._by_name[n].phase == phase and self._earlier[n] <= placed
            )
            waiting.remove(name)
            placed.add(name)
            ordered.append(self._by_name[name])
        return ordered

    def describe(self) -> list[dict[str, Any]]:
        """One row per system in running order: phase, system, doc, reads, writes, emits."""
        return [
            {
                "phase": spec.phase.name,
                "system": spec.name,
                "doc": spec.doc,
                "reads": spec.names("read"),
                "writes": spec.names("write"),
                "emits": spec.names("emit"),
            }
            for spec in self.systems
        ]


def _conflicts(a: SystemSpec, b: SystemSpec) -> list[str]:
    """Components both touch and at least one writes. Emitting into a channel never conflicts."""
    writes_a, writes_b = set(a.names("write")), set(b.names("write"))
    return sorted((writes_a & b.touches()) | (writes_b & a.touches()))
