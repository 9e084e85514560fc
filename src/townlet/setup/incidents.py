"""Perturbations: specs of the config into columns, their targets resolved or refused (SPEC §10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from townlet.config import ConfigError, money
from townlet.config.sections.perturbations import AnyEvent, ArrangedMeet, PriceSpike, QueueClosure
from townlet.names import FIRST_NAMES, Names
from townlet.setup.targets import Aim, TargetError, Targets
from townlet.suggest import nearest
from townlet_components.incidents import (
    AIMS,
    KINDS,
    MEETERS,
    NAMED,
    WHO,
    IncidentPlan,
    IncidentRules,
)

if TYPE_CHECKING:
    from townlet.affordances import AffordanceTable
    from townlet.config import SimulationConfig
    from townlet.ecs import Store
    from townlet.maps import TownPlan

#: Longer than any run: what a config says beyond it makes no difference.
LONGEST = 500_000_000


@dataclass(frozen=True)
class IncidentTable:
    """Perturbations by spec, in the order of the config.

    Attributes:
        names: what the config calls them.
        targets: resolves further words.
        kind, aim, which, district, target, who, named, generation, people: see ``IncidentPlan``.
    """

    names: tuple[str, ...]
    targets: Targets
    kind: npt.NDArray[np.int8]
    aim: npt.NDArray[np.int8]
    which: npt.NDArray[np.int32]
    district: npt.NDArray[np.int32]
    target: npt.NDArray[np.int16]
    who: npt.NDArray[np.int8]
    named: npt.NDArray[np.int32]
    generation: npt.NDArray[np.int32]
    people: npt.NDArray[np.int8]


def incident_table(
    config: SimulationConfig, plan: TownPlan, table: AffordanceTable, names: Names
) -> IncidentTable:
    """Resolve the targets of a config's perturbations.

    Args:
        config: the config.
        plan: the map.
        table: the affordances.
        names: what agents are called.

    Raises:
        ConfigError: a target names nothing in this town; with file, line and the nearest name.
    """
    events = config.perturbations.events
    count = len(events)
    found = IncidentTable(
        names=tuple(events),
        targets=Targets(plan, table),
        kind=np.array([KINDS.index(event.kind) for event in events.values()], np.int8),
        aim=np.full((count, AIMS), -1, np.int8),
        which=np.full((count, AIMS), -1, np.int32),
        district=np.zeros(count, np.int32),
        target=np.full(count, -1, np.int16),
        who=np.zeros(count, np.int8),
        named=np.full((count, MEETERS), -1, np.int32),
        generation=np.full((count, MEETERS), -1, np.int32),
        people=np.full(count, 2, np.int8),
    )
    for spec, (name, event) in enumerate(events.items()):
        if isinstance(event, PriceSpike | QueueClosure):
            aims = _aims(config, found.targets, name, event)
            for k, (what, number) in enumerate(aims):
                found.aim[spec, k], found.which[spec, k] = what, number
        elif isinstance(event, ArrangedMeet):
            try:
                found.district[spec], found.target[spec] = found.targets.location(event.location)
            except TargetError as error:
                raise _refusal(config, name, "location", event.location, error) from None
            _fill_people(config, found, spec, event, names)
    return found


def _aims(
    config: SimulationConfig, targets: Targets, name: str, event: PriceSpike | QueueClosure
) -> list[Aim]:
    """Resolve all targets of an event, naming the first word that is wrong."""
    resolve = targets.prices if isinstance(event, PriceSpike) else targets.objects
    for k, word in enumerate(event.targets):
        try:
            resolve((word,))
        except TargetError as error:
            raise _refusal(config, name, f"targets.{k}", word, error) from None
    try:
        return resolve(event.targets)
    except TargetError as error:
        where = config.where("perturbations", "events", name, "targets")
        raise ConfigError(f"{where}perturbations.events.{name}.targets is {error}.") from None


def _refusal(
    config: SimulationConfig, name: str, key: str, word: str, error: TargetError
) -> ConfigError:
    """The sentence about a word that names nothing."""
    first, _, number = key.partition(".")
    where = config.where("perturbations", "events", name, *key.split("."))
    entry = f"{first}[{number}]" if number else first
    return ConfigError(f"{where}perturbations.events.{name}.{entry} is '{word}', {error}.")


def _fill_people(
    config: SimulationConfig, table: IncidentTable, spec: int, event: ArrangedMeet, names: Names
) -> None:
    """Who meets: a choice, or agents by name."""
    table.people[spec] = event.max_participants
    name = table.names[spec]
    if len(event.target) == 1 and event.target[0] in WHO[:NAMED]:
        table.who[spec] = WHO.index(event.target[0])
        return
    table.who[spec] = NAMED
    if not 1 <= len(event.target) <= MEETERS:
        where = config.where("perturbations", "events", name, "target")
        raise ConfigError(
            f"{where}perturbations.events.{name}.target has {len(event.target)} names; it must"
            f" have between 1 and {MEETERS}."
        )
    for k, word in enumerate(event.target):
        serial = names.serial(word)
        if serial is None:
            error = TargetError(
                f"which names no agent{nearest(word, [*WHO[:NAMED], *names.given, *FIRST_NAMES])}"
            )
            raise _refusal(config, name, "target", word, error)
        table.named[spec, k], table.generation[spec, k] = serial


def refuse_different_events(configs: Sequence[SimulationConfig]) -> None:
    """Towns of a batch may differ in numbers, not in which perturbations there are.

    Raises:
        ConfigError: a town's events have other names, kinds or targets than the first town's.
    """
    first = configs[0].perturbations.events
    for config in {id(config): config for config in configs}.values():
        events = config.perturbations.events
        if tuple(events) != tuple(first):
            raise ConfigError(
                "override: perturbations.events has other names in one town than in another;"
                " towns of a batch may differ in numbers only."
            )
        for name, event in events.items():
            for key, value in _fixed(first[name]).items():
                if _fixed(event).get(key) != value:
                    raise ConfigError(
                        f"override: perturbations.events.{name}.{key} differs between towns; towns"
                        " of a batch may differ in numbers only."
                    )


def _fixed(event: AnyEvent) -> dict[str, object]:
    """What of an event all towns of a batch share."""
    keys = ("kind", "targets", "target", "location", "max_participants")
    return {key: getattr(event, key) for key in keys if hasattr(event, key)}


def fill_incident_plan(store: Store, table: IncidentTable) -> None:
    """Fill the specs; what runs goes on with the targets it began with."""
    plan, count = store.write(IncidentPlan), len(table.names)
    plan.kind[:count] = table.kind
    plan.aim[:count] = table.aim
    plan.which[:count] = table.which
    plan.district[:count] = table.district
    plan.target[:count] = table.target
    plan.who[:count] = table.who
    plan.named[:count] = table.named
    plan.generation[:count] = table.generation
    plan.people[:count] = table.people


def fill_incident_rules(store: Store, town: int, config: SimulationConfig) -> None:
    """Fill one town's probabilities, cooldowns and limits."""
    rules, section = store.write(IncidentRules), config.perturbations
    rules.concurrent[town] = min(section.max_concurrent_events, LONGEST)
    rules.global_cooldown[town] = min(section.global_cooldown_ticks, LONGEST)
    rules.agent_cooldown[town] = min(section.per_agent_cooldown_ticks, LONGEST)
    rules.window[town] = min(section.window_ticks, LONGEST)
    rules.limit[town] = section.max_events_per_window
    for spec, event in enumerate(section.events.values()):
        rules.probability[town, spec] = event.probability_per_day if section.enabled else 0.0
        rules.cooldown[town, spec] = min(event.cooldown_ticks, LONGEST)
        rules.shortest[town, spec] = min(event.duration[0], LONGEST)
        rules.longest[town, spec] = min(event.duration[1], LONGEST)
        weakest, strongest = event.magnitude if isinstance(event, PriceSpike) else (1.0, 1.0)
        rules.weakest[town, spec] = money(weakest)
        rules.strongest[town, spec] = money(strongest)
