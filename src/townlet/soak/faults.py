"""The faults there are, by name."""

from __future__ import annotations

from collections.abc import Iterable

from townlet.errors import UserError
from townlet.soak.crowds import Crowds
from townlet.soak.deaths import Deaths
from townlet.soak.fault import Fault
from townlet.soak.outages import Outages
from townlet.soak.probes import Probes
from townlet.soak.restores import Restores
from townlet.soak.wrong_actions import WrongActions
from townlet.suggest import nearest

#: The supervisor's: the process is killed at once and a new one goes on.
KILLS = "kills"
#: Faults by name.
FAULTS: dict[str, type[Fault]] = {
    kind.name: kind for kind in (Deaths, Outages, Crowds, Probes, WrongActions, Restores)
}
NAMES = (*FAULTS, KILLS)


def faults_of(names: Iterable[str]) -> tuple[Fault, ...]:
    """Make the faults of some names, in the order they strike; kills are none of them.

    Raises:
        UserError: there is no fault of a name.
    """
    asked = set(names)
    for name in sorted(asked):
        if name not in NAMES:
            raise UserError(f"no fault is called {name!r}{nearest(name, NAMES)}")
    return tuple(kind() for name, kind in FAULTS.items() if name in asked)
