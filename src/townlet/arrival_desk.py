"""The arrival desk: operators send for newcomers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from townlet.config import money
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.setup.arrivals import Wish, standing_tile, write_wish
from townlet.setup.blueprint import Blueprint
from townlet.suggest import nearest
from townlet_components.identity import ANY_JOB, NO_JOB, Arrivals, Identity
from townlet_components.lifecycle import Replacements
from townlet_components.personality import TRAITS
from townlet_components.rows import Rows


class ArrivalDesk:
    """Notes who enters in the next tick, and what it brings along.

    Args:
        store: the components.
        blue: the blueprint.
    """

    def __init__(self, store: Store, blue: Blueprint) -> None:
        self._store, self._blue = store, blue
        self._rows = store.read(Rows)
        self._identity = store.read(Identity)
        self._arrivals = store.write(Arrivals)
        self._coming = store.write(Replacements).at

    def spawn(
        self,
        town: int = 0,
        *,
        profile: str | None = None,
        wallet: float | None = None,
        needs: Mapping[str, float] | None = None,
        traits: Mapping[str, float] | None = None,
        job: str | None = None,
        at: tuple[int, int] | None = None,
        name: str | None = None,
    ) -> int | None:
        """Let an agent enter in the next ARRIVE phase, in the lowest vacant slot.

        A replacement that is on its way to this slot comes to another vacant one, or not at all.

        Args:
            town: the town.
            profile: personality profile; None: drawn.
            wallet: money in YAML units; None: starter money.
            needs: levels by need; the others are drawn.
            traits: values by trait; the others are as its profile says.
            job: the job it wants, ``"none"`` for none; None: any, for half of them.
            at: tile (x, y) of the town it enters at; None: at home.
            name: one the scenario gives; None: made from its serial.

        Returns:
            The slot, or None when every slot is taken, or 64 are on their way already; that is
            counted in ``Arrivals.refused``.

        Raises:
            UserError: an unknown town, profile, need, trait, job or name, a value out of range,
                or a tile nobody can stand on.
        """
        blue = self._blue
        if not 0 <= town < blue.towns:
            raise UserError(f"town is {town}; it must be between 0 and {blue.towns - 1}")
        if wallet is not None and wallet < 0:
            raise UserError(f"wallet is {wallet}; it must be at least 0")
        _check("need", needs or {}, blue.need_names, 0)
        _check("trait", traits or {}, TRAITS, -1)
        wish = Wish(
            profile=None if profile is None else _number("profile", profile, list(blue.profiles)),
            traits=traits or {},
            wallet=None if wallet is None else money(wallet),
            needs=needs or {},
            job=self._job(job),
            at=None if at is None else standing_tile(blue.plan, *at),
            name=-1 if name is None else _number("name", name, list(blue.cast.names)),
        )
        rows = self._rows.row_of.reshape(blue.towns, -1)[town]
        vacant = np.flatnonzero(~self._identity.alive[rows] & ~self._arrivals.due[rows])
        if not len(vacant) or not write_wish(
            self._store, town, int(vacant[0]), wish, ordered=True, needs=blue.need_names
        ):
            self._arrivals.refused[town] += 1
            return None
        self._make_way(rows[vacant])
        self._arrivals.due[rows[vacant[0]]] = True
        self._arrivals.pending[town] += 1
        return int(vacant[0])

    def _make_way(self, rows: np.typing.NDArray[np.int32]) -> None:
        """Send the replacement on its way to the first of some vacant rows to another one."""
        at = self._coming
        free = rows[1:][at[rows[1:]] < 0]
        if at[rows[0]] >= 0 and len(free):
            at[free[0]] = at[rows[0]]
        at[rows[0]] = -1

    def _job(self, job: str | None) -> int:
        if job is None:
            return ANY_JOB
        return NO_JOB if job == "none" else _number("job", job, list(self._blue.jobs.names))


def _number(what: str, name: str, names: list[str]) -> int:
    if name not in names:
        raise UserError(f"unknown {what} {name!r}{nearest(name, names)}")
    return names.index(name)


def _check(what: str, values: Mapping[str, float], names: tuple[str, ...], least: int) -> None:
    for name, value in values.items():
        _number(what, name, list(names))
        if not least <= value <= 1:
            raise UserError(f"{what} {name} is {value}; it must be between {least} and 1")
