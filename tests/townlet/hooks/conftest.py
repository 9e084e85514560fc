"""What tests of hooks share: a café in the open, and hook modules made on the spot."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
import yaml

from townlet.config import SimulationConfig
from townlet.hooks import HookRegistry

#: Hooks a test's manifest names for each affordance.
Named = dict[str, dict[str, list[str]]]


class Cafe(Protocol):
    """Makes the config of a café."""

    def __call__(self, *modules: str, hooks: Named | None = None, **keys: object) -> Any: ...


class Module(Protocol):
    """Makes a hook module."""

    def __call__(
        self, register: Callable[[HookRegistry], object], *components: type[Any], name: str = "mine"
    ) -> str: ...


@pytest.fixture
def cafe(tmp_path: Path) -> Cafe:
    """A maker of open districts with two counters, where washing costs money, and four fridges.

    Further keys are dotted with a double underscore.
    """

    def make(*modules: str, hooks: Named | None = None, **keys: object) -> SimulationConfig:
        entries: list[dict[str, Any]] = [
            {"type": "object", "id": f"{kind}_{n}", "object_type": kind}
            for kind, count in (("counter", 2), ("fridge", 4))
            for n in range(1, count + 1)
        ]
        entries += [
            {
                "id": "wash",
                "object_type": "counter",
                "duration": 5,
                "effects": {"hygiene": 0.3, "money": -0.5},
            },
            {"id": "eat_meal", "object_type": "fridge", "duration": 4, "effects": {"hunger": 0.4}},
        ]
        for entry in entries:
            if entry["id"] in (hooks or {}):
                entry["hooks"] = (hooks or {})[entry["id"]]
        path = tmp_path / "manifest.yaml"
        path.write_text(yaml.safe_dump(entries))
        dotted = {key.replace("__", "."): value for key, value in keys.items()}
        return SimulationConfig().with_overrides(
            {
                "world.grid_size": (12, 12),
                "world.agents": 6,
                "affordances.affordances_file": str(path),
                "affordances.runtime.hook_allowlist": list(modules),
                **dotted,
            }
        )

    return make


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    """A maker of importable modules with a ``register_hooks``; returns the name."""

    def make(
        register: Callable[[HookRegistry], object], *components: type[Any], name: str = "mine"
    ) -> str:
        made = ModuleType(name)
        made.register_hooks = register  # type: ignore[attr-defined]
        for klass in components:
            klass.__module__ = name
            setattr(made, klass.__name__, klass)
        monkeypatch.setitem(sys.modules, name, made)
        return name

    return make
