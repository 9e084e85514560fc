"""A benchmark case: data in ``bench/cases/NAME.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from townlet.errors import UserError
from townlet.learner import Learner, Variant
from townlet.profiling.daytime import clock_of, minute_of, too_close
from townlet.suggest import nearest

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """What is run and when it is timed.

    Attributes:
        name: file name without ``.yaml``.
        title: for people.
        agents: agents per town.
        towns: towns side by side.
        at: times of day, ``HH:MM`` in rising order, at which ticks are timed.
        window: ticks per timed window.
        windows: windows in a row at each time.
        days: days on which this is repeated, from the first on which the town is lived in.
        config: a config file from the repository's root; None: Townlet's defaults.
        observations: variant that is written, with rewards; None: neither is.
    """

    name: str
    title: str
    agents: int
    towns: int
    at: tuple[str, ...]
    window: int
    windows: int = 5
    days: int = 1
    config: str | None = None
    observations: Variant | None = None

    @property
    def minutes(self) -> tuple[int, ...]:
        """``at`` in minutes of the day."""
        return tuple(minute_of(time) for time in self.at)


def load_case(path: Path) -> Case:
    """Read a case.

    Raises:
        UserError: no such file, an unknown or missing key, or windows that overlap.
    """
    if not path.is_file():
        known = case_names()
        raise UserError(f"there is no case {path.stem!r}{nearest(path.stem, known)}")
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = [field.name for field in fields(Case)]
    for key in data:
        if key not in names:
            raise UserError(f"{path}: unknown key {key!r}{nearest(key, names)}")
    try:
        case = Case(**{**data, "at": tuple(data["at"])})
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{path}: {error}; a case needs name, title, agents, towns, at, window"
        ) from None
    _check(case, path)
    if case.observations is not None:
        Learner(observations=case.observations)  # refuses a variant there is not
    return case


def _check(case: Case, path: Path) -> None:
    if case.name != path.stem:
        raise UserError(f"{path}: name is {case.name!r}; it must be {path.stem!r}")
    length = case.window * case.windows
    crowded = too_close(case.minutes, length)
    if crowded is not None:
        raise UserError(
            f"{path}: {case.windows} windows of {case.window} ticks do not fit between "
            f"{clock_of(crowded)} and the next time of day"
        )


def case_names() -> list[str]:
    """Names of all cases, the smallest first."""
    cases = [load_case(path) for path in FOLDER.glob("*.yaml")]
    return [
        case.name for case in sorted(cases, key=lambda case: (case.agents * case.towns, case.name))
    ]
