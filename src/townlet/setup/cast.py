"""The cast of a scenario: its agents, what their schedules say, and the guests of its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from townlet.affordances import AffordanceTable
from townlet.config import SimulationConfig
from townlet.config.base import money
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.maps import TownPlan
from townlet.names import Names
from townlet.timeline import chats_of
from townlet_components.rows import Rows
from townlet_components.script import (
    CHAT,
    CHAT_PATIENCE,
    ENTRY_KINDS,
    WAIT_ENTRY,
    Script,
    ScriptPlan,
)

if TYPE_CHECKING:
    from townlet.setup.blueprint import Blueprint

#: ``Script.at`` counts so far.
MAX_ENTRIES = 32_767


@dataclass(frozen=True)
class Cast:
    """Agents of a scenario, in slots 0, 1, ...

    Attributes:
        agents: as validated by :class:`townlet.config.sections.scenario.Scenario`.
        first: first entry of each agent's schedule in ``entries``, one more at the end.
        entries: all schedules, one after the other.
        guests: names of those a timeline lets in.
    """

    agents: tuple[dict[str, Any], ...]
    first: tuple[int, ...]
    entries: tuple[dict[str, Any], ...]
    guests: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names given by the scenario: the agents' in order of slots, then the guests'."""
        return (*(agent["id"] for agent in self.agents), *self.guests)

    def called(self, capacity: int) -> Names:
        """What the agents of a town with so many slots are called."""
        return Names(capacity, self.names, len(self.agents))

    def where(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every entry and how a sentence calls it."""
        for number, agent in enumerate(self.agents):
            for k, entry in enumerate(agent["schedule"]):
                yield f"scenario.agents[{number}].schedule[{k}]", entry


def read_cast(config: SimulationConfig, guests: tuple[str, ...] = ()) -> Cast:
    """The agents of a config's scenario; none without one.

    Args:
        config: the config.
        guests: names of those who come later.

    Raises:
        UserError: schedules too long.
    """
    agents = tuple((config.scenario or {}).get("agents", ()))
    first, entries = [0], []
    for agent in agents:
        entries += agent["schedule"]
        first.append(len(entries))
    if len(entries) > MAX_ENTRIES:
        raise UserError(
            f"scenario.agents: the schedules have {len(entries)} entries; at most {MAX_ENTRIES}"
        )
    return Cast(agents, tuple(first), tuple(entries), guests)


def population_of(config: SimulationConfig, agents: int | None) -> int:
    """Agents a town starts with: what is asked for, else ``world.agents``, else the cast.

    Raises:
        UserError: fewer are asked for than the scenario has.
    """
    cast = len((config.scenario or {}).get("agents") or ())
    if agents is not None:
        if agents < cast:
            raise UserError(f"agents is {agents}; the scenario alone has {cast}")
        return agents
    if cast and "agents" not in config.world.model_fields_set:
        return cast
    return max(cast, config.world.agents)


def fill_cast(store: Store, blue: Blueprint) -> None:
    """Fill the schedules, and put the first owners of the cast's slots at their first entry.

    Raises:
        UserError: an entry names an object, use or tile that is not there.
    """
    cast, columns = blue.cast, store.write(ScriptPlan)
    columns.first[:] = len(cast.entries)
    columns.first[: len(cast.first)] = cast.first
    for number, quality in enumerate(chats_of(blue.timeline)):
        speaks = len(cast.entries) + 2 * number
        columns.kind[speaks], columns.quality[speaks] = CHAT, quality
        columns.kind[speaks + 1], columns.duration[speaks + 1] = WAIT_ENTRY, CHAT_PATIENCE
    scheduled = np.flatnonzero(np.diff(cast.first))
    slots = [agent["id"] for agent in cast.agents]
    for e, (where, entry) in enumerate(cast.where()):
        kind = entry["kind"]
        columns.kind[e] = ENTRY_KINDS.index(kind)
        columns.duration[e] = entry["duration"] or 1
        columns.blocked[e] = entry["blocked"]
        if kind == "move":
            columns.district[e], columns.target[e] = _tile(entry, blue.plan, where)
        if kind in ("request", "start", "blocked"):
            thing = _object(entry, blue.plan, where)
            columns.object[e] = thing
            columns.affordance[e] = _use(entry, thing, blue.plan, blue.table, where)
        if kind == "chat":
            if entry["target_agent"] is not None:
                columns.other[e] = slots.index(entry["target_agent"])
            if entry["quality"] is not None:
                columns.quality[e] = money(entry["quality"])
    rows, script = store.read(Rows).row_of.reshape(blue.towns, -1), store.write(Script)
    for slot in scheduled:
        script.at[rows[:, slot]] = cast.first[slot]


def _tile(entry: dict[str, Any], plan: TownPlan, where: str) -> tuple[int, int]:
    """District and routing target of the tile an entry walks to."""
    x, y = entry["position"]
    district, tile = plan.locate(x, y)
    target = plan.tile_targets[int(plan.district_layout[district]), tile]
    layout = plan.district_layout[district]
    if (plan.route[layout, target] == 0xFFFF).all():
        raise UserError(f"{where}.position: nobody can stand at or next to [{x}, {y}]")
    return district, target


def _object(entry: dict[str, Any], plan: TownPlan, where: str) -> int:
    """Number of the object of an entry."""
    try:
        return plan.object_index(entry["object"])
    except KeyError as error:
        raise UserError(f"{where}.object: {error.args[0]}") from None


def _use(
    entry: dict[str, Any], thing: int, plan: TownPlan, table: AffordanceTable, where: str
) -> int:
    """Number of the affordance of an entry; who only queues may do so for any use."""
    kind = int(plan.object_type[thing])
    fitting = np.flatnonzero(table.object_type == kind)
    name = entry["affordance"]
    if name in table.ids and int(table.object_type[table.ids.index(name)]) == kind:
        return table.ids.index(name)
    if entry["kind"] == "start":
        named = table.object_type[table.ids.index(name)] if name in table.ids else -1
        of = plan.object_types[named] if named >= 0 else "object the town lacks"
        raise UserError(
            f"{where}.affordance: {name!r} is done with a {of}, and {entry['object']!r} is a "
            f"{plan.object_types[kind]}"
        )
    return int(fitting[0]) if len(fitting) else 0
