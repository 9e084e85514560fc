"""Reloading manifest and perturbations between ticks: all of it or nothing (SPEC §5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from townlet.affordances import (
    AffordanceTable,
    Manifest,
    ManifestWatcher,
    ReloadResult,
    compile_affordances,
)
from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.setup.blueprint import Blueprint, resolver
from townlet.setup.incidents import (
    fill_incident_plan,
    fill_incident_rules,
    incident_table,
    refuse_different_events,
)
from townlet.setup.menu import build_menu
from townlet.setup.rules import fill_affordances
from townlet.setup.stubs import with_stubs
from townlet.watched import WatchedFile
from townlet_components.affordances import Affordances
from townlet_components.lifecycle import LifecycleRules
from townlet_systems.preconditions import PRICE_KEYS


class ManifestReloader:
    """Watches the manifest of a running simulation and applies what may change.

    Args:
        store: the components.
        blue: the blueprint; its table is what runs now.
    """

    def __init__(self, store: Store, blue: Blueprint) -> None:
        self._store, self._blue = store, blue
        self._table = blue.table
        read = replace(
            blue.manifest, affordances=tuple(a for a in blue.manifest.affordances if not a.stub)
        )
        self._watcher = ManifestWatcher(blue.manifest.path, blue.need_names, read)
        #: The manifest in use.
        self.manifest = blue.manifest

    @property
    def checksum(self) -> str:
        """SHA-256 of the manifest in use, hexadecimal."""
        return self._table.checksum

    def poll(self) -> bool:
        """Apply a changed manifest; False when nothing has changed.

        Raises:
            UserError: the new file cannot be used; the town goes on with the old one.
        """
        result = self._watcher.poll()
        if result is None:
            return False
        self._use(result)
        return True

    def apply(self, raw: bytes) -> None:
        """Apply a manifest's content, as if the file held it.

        Raises:
            UserError: it cannot be used; the town goes on with the old one.
        """
        self._use(self._watcher.take(raw))

    @property
    def text(self) -> bytes:
        """The content that was applied last; empty before there is any."""
        return self._watcher.text

    def _use(self, result: ReloadResult) -> None:
        if result.manifest is None:
            raise UserError(str(result.error))
        manifest = with_stubs(result.manifest, self._blue.config)
        self._apply(self._compile(manifest))
        self.manifest = manifest

    def _compile(self, manifest: Manifest) -> AffordanceTable:
        economy = self._blue.config.economy
        table = compile_affordances(
            manifest,
            self._blue.need_names,
            self._blue.plan.object_types,
            {key: getattr(economy, key) for key in PRICE_KEYS},
            resolver(self._blue.jobs, self._blue.plan, self._blue.cast, self._blue.capacity),
        )
        room = self._store.read(Affordances)
        if len(table.program_code) > len(room.program) or len(table.program_const) > len(
            room.constant
        ):
            raise UserError(f"{manifest.path}: its preconditions are too long to be reloaded")
        if build_menu(table) != build_menu(self._table):
            raise UserError(
                f"{manifest.path}: the change makes an affordance serve another option while the "
                "town runs; start it again for that"
            )
        return table

    def _apply(self, table: AffordanceTable) -> None:
        fill_affordances(self._store, table)
        self._table = table


class IncidentReloader:
    """Watches ``perturbations.file`` of a running simulation and applies what may change.

    Numbers, targets and places may; which perturbations there are may not. What is going on keeps
    the targets, the magnitude and the end it was given.

    Args:
        store: the components.
        blue: the blueprint; its configs are what runs now.
    """

    def __init__(self, store: Store, blue: Blueprint) -> None:
        self._store, self._blue = store, blue
        included = blue.town_configs[0].included
        self._file = None if included is None else WatchedFile(included.path, included.checksum)
        #: The content that was applied last; empty before there is any.
        self.text = b""

    def poll(self) -> bool:
        """Apply a changed file; False when nothing has changed, or none is named.

        Raises:
            UserError: the new file cannot be used; the town goes on with the old one.
        """
        found = None if self._file is None else self._file.poll()
        if found is None or self._file is None:
            return False
        self.apply(found[0])
        self._file.used = found[1]
        return True

    def apply(self, raw: bytes) -> None:
        """Apply the content of such a file.

        Raises:
            UserError: it cannot be used; the town goes on with the old one.
        """
        blue = self._blue
        once = {id(config): config.reread(raw) for config in blue.town_configs}
        configs = tuple(once[id(config)] for config in blue.town_configs)
        refuse_different_events(configs)
        self._refuse_other_events(configs[0])
        table = incident_table(configs[0], blue.plan, blue.table, blue.names)
        fill_incident_plan(self._store, table)
        grace = self._store.write(LifecycleRules).grace
        for town, config in enumerate(configs):
            fill_incident_rules(self._store, town, config)
            grace[town] = config.perturbations.grace_window_ticks
        self.text = raw

    def _refuse_other_events(self, new: SimulationConfig) -> None:
        """Which events there are, and what they are, is fixed while a town runs."""
        old, now = self._blue.config.perturbations.events, new.perturbations.events
        for verb, names in (("adds", _missing(now, old)), ("removes", _missing(old, now))):
            if names:
                raise UserError(self._refusal(f"{verb} {names[0]!r}"))
        for name in old:
            if old[name].kind != now[name].kind:
                raise UserError(self._refusal(f"makes {name!r} a {now[name].kind}"))
        if tuple(old) != tuple(now):
            raise UserError(self._refusal("puts the events in another order"))

    def _refusal(self, what: str) -> str:
        path = "perturbations" if self._file is None else self._file.path
        return (
            f"{path}: the change {what}, but events are fixed while the town runs; start it again "
            "for that"
        )


def _missing(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Those of ``names`` that are not in ``known``."""
    return [name for name in names if name not in set(known)]
