"""Loading: which modules hooks come from, and why others do not (SPEC §5).

Only modules of ``affordances.runtime.hook_allowlist`` load; an environment variable adds to the
list where the config allows it. Whatever is wrong with a module, the town runs without it and a
warning says why.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

import townlet_components
from townlet.ecs.schema import ComponentSpec, Kind, spec_of
from townlet.ecs.system import SystemSpec
from townlet.hooks.registry import STAGES, Handler, HookRegistry
from townlet.suggest import nearest
from townlet.systems import HOOK_SYSTEMS, OPTIONAL_COMPONENTS, discover_components
from townlet_components.vetoes import Asked, NeedsFallen, NeedsTold, TownTold

if TYPE_CHECKING:
    from townlet.affordances import Manifest
    from townlet.config import SimulationConfig

#: Names further modules, with commas between them.
ENVIRONMENT = "TOWNLET_AFFORDANCE_HOOK_MODULES"
#: Tables a hook module's columns can be of, and the axes they can have besides.
TABLES = ("agent", "object", "place", "district", "town")
AXES = ("need", "item", "trait", "option", "primitive", "price_key", "weather", "job")

#: Events that are told by comparing the town with what hooks were told before.
TOLD = ("on_price_change", "on_weather_change", "on_outage")


@dataclass(frozen=True)
class Rejection:
    """A module that was not loaded.

    Attributes:
        module: its name.
        reason: begins with a word for programs, such as ``missing_module``.
    """

    module: str
    reason: str

    @property
    def sentence(self) -> str:
        """The warning."""
        return f"hook module {self.module!r} is not loaded: {self.reason}"


@dataclass(frozen=True)
class HookSet:
    """What has been loaded.

    Attributes:
        modules: names of accepted modules, in order.
        handlers: their hooks, in the order they are called.
        components: columns they keep, by module.
        rejected: modules that were not accepted.
    """

    modules: tuple[str, ...] = ()
    handlers: tuple[Handler, ...] = ()
    components: Mapping[str, tuple[type[Any], ...]] = field(default_factory=dict)
    rejected: tuple[Rejection, ...] = ()

    def wants(self, *what: str) -> bool:
        """Somebody wants to be called for one of these."""
        return any(handler.what in what for handler in self.handlers)

    def columns(self) -> list[type[Any]]:
        """Components the store needs for them: the modules' own, and ours that only hooks need."""
        ours: list[type[Any]] = [Asked] if self.wants("before") else []
        ours += [NeedsTold, NeedsFallen] if self.wants("on_need_threshold") else []
        ours += [TownTold] if self.wants(*TOLD) else []
        return [*ours, *(klass for own in self.components.values() for klass in own)]

    def systems(self) -> list[SystemSpec]:
        """Systems the schedule needs for them."""
        wanted = {
            "list_starts": self.wants("before"),
            "note_thresholds": self.wants("on_need_threshold"),
        }
        return [spec for spec in HOOK_SYSTEMS if wanted[spec.name]]

    def warnings(self, manifest: Manifest) -> list[str]:
        """Sentences about modules that are not loaded and names nobody answers to."""
        return [*(r.sentence for r in self.rejected), *self._unanswered(manifest)]

    def _unanswered(self, manifest: Manifest) -> list[str]:
        """Names in a manifest that no loaded module registers."""
        found = []
        for stage in STAGES:
            known = {h.name for h in self.handlers if h.what == stage}
            for entry in manifest.affordances:
                for name in entry.hooks.get(stage, ()):
                    if name not in known:
                        hint = nearest(name, known) if known else ""
                        found.append(
                            f"{manifest.path}:{entry.line}: affordance {entry.id!r}: no loaded "
                            f"module has a hook {name!r} for hooks.{stage}{hint}"
                        )
        return found


def load_hooks(config: SimulationConfig, environ: Mapping[str, str] | None = None) -> HookSet:
    """Import the modules a config allows, and let them register their hooks.

    Args:
        config: the config; modules that cannot be imported are looked for beside its file.
        environ: the environment; None: the process's.
    """
    rules = config.affordances.runtime
    listed = list(dict.fromkeys(rules.hook_allowlist))
    added = [n.strip() for n in (environ or os.environ).get(ENVIRONMENT, "").split(",")]
    added = [name for name in dict.fromkeys(added) if name and name not in listed]
    loader = _Loader(config)
    for name in (*listed, *added) if rules.allow_env_hooks else listed:
        loader.take(name)
    if not rules.allow_env_hooks:
        for name in added:
            loader.reject(
                name,
                f"environment_disabled: {ENVIRONMENT} names it, and "
                "affordances.runtime.allow_env_hooks is off",
            )
    return HookSet(
        tuple(loader.components), tuple(loader.handlers), loader.components, tuple(loader.rejected)
    )


class _Loader:
    """Takes one module after the other."""

    def __init__(self, config: SimulationConfig) -> None:
        self._config = config
        self._taken = {
            spec_of(klass).name: "Townlet"
            for klass in (*discover_components(townlet_components), *OPTIONAL_COMPONENTS)
        }
        self.handlers: list[Handler] = []
        self.components: dict[str, tuple[type[Any], ...]] = {}
        self.rejected: list[Rejection] = []

    def reject(self, name: str, reason: str) -> None:
        """Note why a module is not loaded."""
        self.rejected.append(Rejection(name, " ".join(reason.split())))

    def take(self, name: str) -> None:
        """Load a module, or note why not."""
        try:
            module = self._import(name)
        except (Exception, SystemExit) as error:
            self.reject(name, f"import_error: {type(error).__name__}: {error}")
            return
        if module is None:
            self.reject(name, "missing_module: there is no such module")
            return
        register = getattr(module, "register_hooks", None)
        if not callable(register):
            self.reject(name, "missing_register_hooks: it has no function register_hooks(hooks)")
            return
        registry = HookRegistry(name)
        try:
            register(registry)
        except (Exception, SystemExit) as error:
            self.reject(name, f"register_failed: {type(error).__name__}: {error}")
            return
        self._admit(name, registry, components_of(module))

    def _admit(self, name: str, registry: HookRegistry, own: tuple[type[Any], ...]) -> None:
        for klass in own:
            spec = spec_of(klass)
            fault = column_fault(spec)
            if spec.name in self._taken:
                fault = f"{self._taken[spec.name]} has a component called {spec.name} already"
            if fault:
                self.reject(name, f"bad_component: {fault}")
                return
        self._taken |= {spec_of(klass).name: name for klass in own}
        self.components[name] = own
        self.handlers += registry.handlers

    def _import(self, name: str) -> ModuleType | None:
        """The module, None when there is none; what it raises goes through."""
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            # A module that is there and misses another one is not missing itself.
            if error.name is None or not (name + ".").startswith(error.name + "."):
                raise
        file = f"{name.replace('.', '/')}.py"
        try:
            path = self._config.resolve_path(file)
        except Exception:
            return None
        return import_file(path)


def import_file(path: Path) -> ModuleType:
    """Import a file by its path, once; two files of one name are two modules."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    name = f"townlet_hooks_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def components_of(module: ModuleType) -> tuple[type[Any], ...]:
    """Components a module declares, in order of definition."""
    return tuple(
        value
        for value in vars(module).values()
        if isinstance(getattr(value, "__component__", None), ComponentSpec)
        and value.__module__ == module.__name__
    )


def column_fault(spec: ComponentSpec) -> str:
    """What is wrong with a component of a hook module, or an empty string."""
    if spec.kind is not Kind.STATE or any(col.derived for col in spec.columns):
        return f"{spec.name} is not state; what hooks keep is hashed and saved"
    for col in spec.columns:
        where = f"{spec.name}.{col.name}"
        if col.dims[0] not in TABLES:
            return f"{where} is over {col.dims[0]!r}{nearest(col.dims[0], TABLES)}"
        for dim in col.dims[1:]:
            if dim not in AXES:
                return f"{where} has the axis {dim!r}{nearest(dim, AXES)}"
        try:
            np.full(1, col.fill, col.dtype)
        except (TypeError, ValueError, OverflowError):
            return f"{where} cannot be filled with {col.fill!r}"
    return ""
