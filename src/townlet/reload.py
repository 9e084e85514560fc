"""Reloading a manifest between ticks: all of it or nothing (SPEC §5)."""

from __future__ import annotations

from dataclasses import replace

from townlet.affordances import AffordanceTable, Manifest, ManifestWatcher, compile_affordances
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.setup.blueprint import Blueprint
from townlet.setup.menu import build_menu
from townlet.setup.rules import fill_affordances, fill_prices
from townlet.setup.stubs import with_stubs
from townlet_components.affordances import Affordances
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
        if result.manifest is None:
            raise UserError(str(result.error))
        self._apply(self._compile(with_stubs(result.manifest, self._blue.config)))
        return True

    def _compile(self, manifest: Manifest) -> AffordanceTable:
        economy = self._blue.config.economy
        table = compile_affordances(
            manifest,
            self._blue.need_names,
            self._blue.plan.object_types,
            {key: getattr(economy, key) for key in PRICE_KEYS},
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
        for town, config in enumerate(self._blue.town_configs):
            fill_prices(self._store, table, town, config)
        self._table = table
