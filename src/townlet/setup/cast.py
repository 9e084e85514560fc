"""The cast of a scenario: its agents and what their schedules say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from townlet.config import SimulationConfig


@dataclass(frozen=True)
class Cast:
    """Agents of a scenario, in slots 0, 1, ...

    Attributes:
        agents: as validated by :class:`townlet.config.sections.scenario.Scenario`.
        first: first entry of each agent's schedule in ``entries``, one more at the end.
        entries: all schedules, one after the other.
    """

    agents: tuple[dict[str, Any], ...]
    first: tuple[int, ...]
    entries: tuple[dict[str, Any], ...]


def read_cast(config: SimulationConfig) -> Cast:
    """The agents of a config's scenario; none without one."""
    agents = tuple((config.scenario or {}).get("agents", ()))
    first, entries = [0], []
    for agent in agents:
        entries += agent["schedule"]
        first.append(len(entries))
    return Cast(agents, tuple(first), tuple(entries))
