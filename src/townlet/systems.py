"""Which components and systems there are."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from townlet.ecs.schema import ComponentSpec
from townlet.ecs.system import SystemSpec
from townlet_systems.masks import write_masks
from townlet_systems.measure import measure_today

#: Systems that run when somebody asks, not in every tick.
MASKS: SystemSpec = write_masks.__system__  # type: ignore[attr-defined]
TODAY: SystemSpec = measure_today.__system__  # type: ignore[attr-defined]
ON_REQUEST: tuple[SystemSpec, ...] = (MASKS, TODAY)


def discover_components(package: ModuleType) -> list[type[Any]]:
    """Every component declared in a package's modules, in order of module name and definition."""
    found: list[type[Any]] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            spec = getattr(value, "__component__", None)
            if isinstance(spec, ComponentSpec) and value.__module__ == module.__name__:
                found.append(value)
    return found
