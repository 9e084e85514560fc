"""What tests of systems share: kernels as plain Python, and the runs they look at."""

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
import yaml
from numba.core.dispatcher import Dispatcher

import townlet_systems
from townlet.config import SimulationConfig
from townlet.ecs import rng


def _modules() -> list[ModuleType]:
    names = [module.name for module in pkgutil.iter_modules(townlet_systems.__path__)]
    return [rng, *(importlib.import_module(f"townlet_systems.{name}") for name in names)]


@pytest.fixture
def plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace every compiled helper by its Python function, so ``.py_func`` compiles nothing."""
    for module in _modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, Dispatcher):
                monkeypatch.setattr(module, name, value.py_func)


#: What the arrays of bundles are called in these tests, where they differ from the field.
FLAT = {
    "Rings": {
        "start": "o_start",
        "size": "o_size",
        "district": "o_district",
        "target": "o_target",
        "slot": "ring",
    },
    "Waiters": {"object": "q_object"},
    "Channel": {
        "used": "e_count",
        "dropped": "e_dropped",
        "kind": "e_kind",
        "agent": "e_agent",
        "other": "e_other",
        "object": "e_object",
        "value": "e_value",
        "total": "e_total",
    },
    "Walkers": {"row": "m_row", "goal": "m_goal", "kind": "m_kind", "stack": "m_stack"},
    "Running": {"object": "using_object"},
    "Outcome": {"primitive": "done"},
    "Sky": {"kind": "sky_kind"},
    "Society": {"free": "listed", "first": "free_first", "last": "free_last", "width": "size"},
}


def arguments(kernel: Any, arrays: Mapping[str, Any]) -> list[Any]:
    """A kernel's arguments in its own order, from arrays by name; bundles from their fields."""
    code, kinds = kernel.py_func.__code__, kernel.py_func.__annotations__
    found = []
    for name in code.co_varnames[: code.co_argcount]:
        kind = kinds[name]
        if hasattr(kind, "_fields"):
            found.append(_bundle(kind, arrays))
        else:
            found.append(arrays[name])
    return found


def _bundle(kind: Any, arrays: Mapping[str, Any]) -> Any:
    flat, inner = FLAT.get(kind.__name__, {}), kind.__annotations__
    return kind(
        *(
            _bundle(inner[f], arrays) if hasattr(inner[f], "_fields") else arrays[flat.get(f, f)]
            for f in kind._fields
        )
    )


class OpenTown(Protocol):
    """Makes the config of an open district."""

    def __call__(
        self,
        size: tuple[int, int],
        objects: list[str | tuple[str, int, int]],
        durations: dict[str, int],
        **keys: object,
    ) -> SimulationConfig: ...


@pytest.fixture
def open_town(tmp_path: Path) -> OpenTown:
    """A maker of open districts: objects by type (and position), ``use_<type>`` by duration.

    Further keys are dotted with a double underscore, such as ``world__ghost_step_after=0``.
    """

    def make(
        size: tuple[int, int],
        objects: list[str | tuple[str, int, int]],
        durations: dict[str, int],
        **keys: object,
    ) -> SimulationConfig:
        entries: list[dict[str, object]] = []
        for number, thing in enumerate(objects, start=1):
            kind, *position = (thing,) if isinstance(thing, str) else thing
            entry = {"type": "object", "id": f"{kind}_{number}", "object_type": kind}
            entries.append(entry | ({"position": position} if position else {}))
        for kind, duration in durations.items():
            action = {"id": f"use_{kind}", "object_type": kind, "duration": duration}
            entries.append(action | {"effects": {"hygiene": 0.3}})
        path = tmp_path / "manifest.yaml"
        path.write_text(yaml.safe_dump(entries))
        dotted = {key.replace("__", "."): value for key, value in keys.items()}
        base = {"world.grid_size": size, "affordances.affordances_file": str(path)}
        return SimulationConfig().with_overrides(base | dotted)

    return make
