"""Timelines: what happens to a town at which tick, as a scenario says (world §15.2).

Entries are applied between ticks, before the tick they name, as an operator's orders would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from townlet.commands import COMMANDS
from townlet.config import SimulationConfig
from townlet.config.base import money
from townlet.config.document import Document, Place
from townlet.config.errors import ConfigError
from townlet.config.sections.scenario import Scenario
from townlet.config.validation import sentences
from townlet.config.yaml_source import parse_yaml
from townlet.errors import UserError
from townlet.named_files import content_of
from townlet.suggest import nearest

if TYPE_CHECKING:
    from townlet.simulation import Simulation


@dataclass(frozen=True)
class Entry:
    """One entry.

    Attributes:
        tick: before which it is applied; 0 and 1: before the first.
        name: of the command, or what a narrator says it is.
        kind: console, action or narration; the first two are orders.
        arguments: of the command, by name.
        where: how a sentence calls it.
        number: of a chat among the chats; -1 for other commands.
    """

    tick: int
    name: str
    kind: str
    arguments: Mapping[str, Any]
    where: str
    number: int = -1


# -- reading ----------------------------------------------------------------------------------


def read_timeline(config: SimulationConfig) -> tuple[Entry, ...]:
    """Entries of a config's scenario and of the file it names, by tick; none without any.

    Raises:
        UserError: the file cannot be used, or an entry is no command; a sentence.
    """
    scene = config.scenario or {}
    raw: list[tuple[str, Mapping[str, Any]]] = []
    if scene.get("timeline_file"):
        path = config.resolve_path(scene["timeline_file"])
        entries = enumerate(_read_file(path))
        raw += [(f"{path}: timeline[{number}]", entry) for number, entry in entries]
    inline = enumerate(scene.get("timeline", ()))
    raw += [(f"scenario.timeline[{number}]", entry) for number, entry in inline]
    raw.sort(key=lambda item: int(item[1]["tick"]))
    found: list[Entry] = []
    for where, entry in raw:
        arguments = {} if entry["kind"] == "narration" else _bind(where, entry)
        chats = sum(other.number >= 0 for other in found)
        number = chats if entry["name"] == "force_chat" and entry["kind"] != "narration" else -1
        found.append(Entry(entry["tick"], entry["name"], entry["kind"], arguments, where, number))
    _check(config, found)
    return tuple(found)


def guests_of(timeline: Sequence[Entry]) -> tuple[str, ...]:
    """Names of those a timeline lets in."""
    return tuple(entry.arguments["agent_id"] for entry in timeline if entry.name == "spawn_agent")


def chats_of(timeline: Sequence[Entry]) -> tuple[int, ...]:
    """Quality of each chat a timeline forces, in thousandths."""
    return tuple(money(entry.arguments["quality"]) for entry in timeline if entry.number >= 0)


def _read_file(path: Path) -> Sequence[Mapping[str, Any]]:
    """Validated entries of a timeline file: a list, or a mapping with ``timeline``."""
    try:
        text = content_of(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the file cannot be read ({error}).") from None
    try:
        bare = isinstance(yaml.compose(text, yaml.SafeLoader), yaml.SequenceNode)
    except yaml.YAMLError:
        bare = False
    if bare:  # a list becomes a mapping, and moves down a line
        text = "timeline:\n" + "".join(f" {line}" for line in text.splitlines(keepends=True))
    document = parse_yaml(text, str(path))
    if bare:
        document = Document(
            document.values,
            {
                key: None if place is None else Place(place.file, max(place.line - 1, 1))
                for key, place in document.places.items()
            },
        )
    unknown = [key for key in document.values if key != "timeline"]
    if unknown:
        place = document.place((unknown[0],))
        raise ConfigError(f"{place}: unknown key '{unknown[0]}'; known here: timeline.")
    try:
        scene = Scenario.model_validate(document.values)
    except ValidationError as error:
        raise ConfigError(sentences(error, document, Scenario)) from None
    return [entry.model_dump(mode="json") for entry in scene.timeline]


def _bind(where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a command by name, defaults filled in."""
    name = entry["name"]
    if name not in COMMANDS:
        raise UserError(f"{where}.name is '{name}', which is no command{nearest(name, COMMANDS)}")
    signature = COMMANDS[name].signature
    for key in entry["kwargs"]:
        if key not in signature.parameters:
            raise UserError(
                f"{where}.kwargs: unknown argument '{key}' of {name}"
                f"{nearest(key, signature.parameters)}"
            )
    try:
        bound = signature.bind(*entry["args"], **entry["kwargs"])
    except TypeError as error:
        takes = ", ".join(signature.parameters)
        raise UserError(f"{where}: {error}; {name} takes {takes}") from None
    bound.apply_defaults()
    return dict(bound.arguments)


def _check(config: SimulationConfig, timeline: Sequence[Entry]) -> None:
    """Names, numbers and levels of a timeline's arguments; the map is not known yet."""
    cast = [agent["id"] for agent in (config.scenario or {}).get("agents", ())]
    known = list(cast)
    for entry in timeline:
        if entry.kind == "narration":
            continue
        for problem in COMMANDS[entry.name].check(config, known, entry.arguments):
            raise UserError(f"{entry.where}: {problem}")
        if entry.name == "spawn_agent":
            known.append(entry.arguments["agent_id"])


# -- running ----------------------------------------------------------------------------------


class Timeline:
    """Applies the entries of a simulation's timeline, in every town alike.

    What an entry does depends on its tick and on the columns alone, so a run that is split, or
    begun again from its columns, goes the same way.

    Args:
        sim: the simulation.

    Attributes:
        due: entries by the tick before which they are applied.
        told: tick and text of what the narrator has said.
        missed: sentences about entries that could not be applied: nobody is there any more.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self.due: dict[int, list[Entry]] = {}
        for entry in sim.blueprint.timeline:
            self.due.setdefault(max(entry.tick, 1), []).append(entry)
        self.told: list[tuple[int, str]] = []
        self.missed: list[str] = []

    def apply(self, tick: int) -> None:
        """Apply what is due before a tick."""
        for entry in self.due.get(tick, ()):
            if entry.kind == "narration":
                self.told.append((tick, entry.name))
                continue
            for town in range(self._sim.towns):
                try:
                    COMMANDS[entry.name].run(self._sim, town, entry.number, **entry.arguments)
                except UserError as error:
                    self.missed.append(f"tick {tick}, town {town}: {entry.name}: {error}")
