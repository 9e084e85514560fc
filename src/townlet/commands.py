"""Commands of a timeline: what they take, what is wrong with it, and what they do."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from townlet.config import SimulationConfig, money
from townlet.suggest import nearest
from townlet_components.needs import Needs
from townlet_components.rows import Rows
from townlet_components.script import FRESH, Script
from townlet_components.ties import Talk

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: What a guest of a timeline brings along, and how a forced chat goes (*world §15.2*).
GUEST_NEEDS = {"hunger": 0.4, "hygiene": 0.6, "energy": 0.5}
GUEST_WALLET = 5.0
CHAT_QUALITY = 0.85


Check = Callable[[SimulationConfig, Sequence[str], Mapping[str, Any]], Iterator[str]]
"""Says what is wrong with arguments."""


@dataclass(frozen=True)
class Command:
    """A command of a timeline.

    Attributes:
        run: does it in one town; its parameters behind simulation, town and ``number`` are the
            command's arguments. ``number`` counts the chats of the timeline.
        check: sentences about arguments that are wrong, given the config, the names of those who
            may be in town, and the arguments.
    """

    run: Callable[..., None]
    check: Check

    @property
    def signature(self) -> inspect.Signature:
        """The command's arguments."""
        signature = inspect.signature(self.run)
        return signature.replace(parameters=list(signature.parameters.values())[3:])


def _spawn(
    sim: Simulation,
    town: int,
    number: int,
    agent_id: str,
    position: Sequence[int] | None = None,
    needs: Mapping[str, float] | None = None,
    wallet: float = GUEST_WALLET,
    personality_profile: str | None = None,
    job: str | None = None,
) -> None:
    levels = GUEST_NEEDS | dict(needs or {})
    sim.desk.spawn(
        town,
        profile=personality_profile,
        wallet=wallet,
        needs=levels,
        job=job,
        at=None if position is None else (position[0], position[1]),
        name=agent_id,
    )


def _check_spawn(
    config: SimulationConfig, known: Sequence[str], given: Mapping[str, Any]
) -> Iterator[str]:
    name = given["agent_id"]
    if not isinstance(name, str) or not name:
        yield f"agent_id is {name!r}; it must be a name"
    elif name in known:
        yield f"agent_id is {name!r}, which is taken"
    needs = given["needs"] or {}
    if not isinstance(needs, Mapping):
        yield f"needs is {needs!r}; it must be a mapping of levels"
        return
    for need, level in needs.items():
        yield from _level(config, need, level)
    if not _number(given["wallet"]) or given["wallet"] < 0:
        yield f"wallet is {given['wallet']!r}; it must be a number, at least 0"
    spot = given["position"]
    if spot is not None and not (
        isinstance(spot, list | tuple) and len(spot) == 2 and all(type(x) is int for x in spot)
    ):
        yield f"position is {spot!r}; it must be [x, y]"
    profile, profiles = given["personality_profile"], config.personalities.table()
    if profile is not None and profile not in profiles:
        yield f"personality_profile is {profile!r}, which is no profile{nearest(profile, profiles)}"


def _chat(
    sim: Simulation,
    town: int,
    number: int,
    speaker: str,
    listener: str,
    quality: float = CHAT_QUALITY,
) -> None:
    rows = sim.desk.row(speaker, town), sim.desk.row(listener, town)
    script, slot = sim.store.write(Script), sim.store.read(Rows).slot
    talk, interludes = sim.store.write(Talk), sim.blueprint.cast.first[-1]
    if talk.partner[rows[0]] == slot[rows[1]]:  # they talk already
        talk.quality[list(rows)] = money(quality)
        return
    for k in range(2):
        row = rows[k]
        if script.at[row] < interludes:
            script.then[row] = script.at[row]
        script.at[row], script.stage[row] = interludes + 2 * number + k, FRESH
        script.other[row] = slot[rows[1 - k]]


def _check_chat(
    config: SimulationConfig, known: Sequence[str], given: Mapping[str, Any]
) -> Iterator[str]:
    if given["speaker"] == given["listener"]:
        yield f"speaker and listener are both {given['speaker']!r}"
    if not _number(given["quality"]) or not 0 <= given["quality"] <= 1:
        yield f"quality is {given['quality']!r}; it must be between 0 and 1"


def _need(sim: Simulation, town: int, number: int, agent_id: str, need: str, value: float) -> None:
    column = sim.blueprint.need_names.index(need)
    sim.store.write(Needs).level[sim.desk.row(agent_id, town), column] = value


def _check_need(
    config: SimulationConfig, known: Sequence[str], given: Mapping[str, Any]
) -> Iterator[str]:
    yield from _level(config, given["need"], given["value"])


def _kill(sim: Simulation, town: int, number: int, agent_id: str) -> None:
    sim.desk.kill(agent_id, town)


def _anything(
    config: SimulationConfig, known: Sequence[str], given: Mapping[str, Any]
) -> Iterator[str]:
    return iter(())


def _perturbation(
    sim: Simulation,
    town: int,
    number: int,
    spec: str,
    duration: int | None = None,
    magnitude: float | None = None,
    targets: Sequence[str] | str | None = None,
    participants: Sequence[str] | None = None,
) -> None:
    sim.trigger(
        spec,
        town,
        duration=duration,
        magnitude=magnitude,
        targets=targets,
        participants=participants,
    )


def _spike(
    sim: Simulation,
    town: int,
    number: int,
    targets: Sequence[str] | str | None = None,
    magnitude: float | None = None,
    duration: int | None = None,
    spec: str | None = None,
) -> None:
    name = spec or _first(sim.config, "price_spike")
    sim.trigger(name, town, duration=duration, magnitude=magnitude, targets=targets)


def _meet(
    sim: Simulation,
    town: int,
    number: int,
    participants: Sequence[str] | None = None,
    location: str | None = None,
    duration: int | None = None,
    spec: str | None = None,
) -> None:
    name = spec or _first(sim.config, "arranged_meet")
    sim.trigger(name, town, duration=duration, targets=location, participants=participants)


def _first(config: SimulationConfig, kind: str) -> str:
    """The config's first perturbation of a kind."""
    return next(name for name, event in config.perturbations.events.items() if event.kind == kind)


def _check_perturbation(kind: str | None) -> Check:
    """A check of the perturbation a command names, or of the first of its kind."""

    def check(
        config: SimulationConfig, known: Sequence[str], given: Mapping[str, Any]
    ) -> Iterator[str]:
        events = config.perturbations.events
        fitting = [name for name, event in events.items() if kind in (None, event.kind)]
        spec, sort = given["spec"], kind or "perturbation"
        if not fitting:
            yield f"the config has no {sort} under perturbations.events"
        elif spec is not None and spec not in fitting:
            yield f"spec is {spec!r}, which is no {sort} of the config{nearest(spec, fitting)}"
        for key in ("duration", "magnitude"):
            value = given.get(key)
            if value is not None and (not _number(value) or value < 0):
                yield f"{key} is {value!r}; it must be a number, at least 0"

    return check


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _level(config: SimulationConfig, need: Any, level: Any) -> Iterator[str]:
    names = config.need_names()
    if need not in names:
        yield f"{need!r} is no need{nearest(str(need), names)}"
    elif not _number(level) or not 0 <= level <= 1:
        yield f"{need} is {level!r}; it must be between 0 and 1"


COMMANDS: Mapping[str, Command] = {
    "spawn_agent": Command(_spawn, _check_spawn),
    "force_chat": Command(_chat, _check_chat),
    "set_need": Command(_need, _check_need),
    "kill": Command(_kill, _anything),
    "perturbation_trigger": Command(_perturbation, _check_perturbation(None)),
    "price_spike": Command(_spike, _check_perturbation("price_spike")),
    "arrange_meet": Command(_meet, _check_perturbation("arranged_meet")),
}
