"""Commands of a timeline: what they take, what is wrong with it, and what they do."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from townlet.config import SimulationConfig
from townlet.suggest import nearest
from townlet_components.needs import Needs
from townlet_components.script import Script

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: What a guest of a timeline brings along, and how a forced chat goes (*world §15.2*).
GUEST_NEEDS = {"hunger": 0.4, "hygiene": 0.6, "energy": 0.5}
GUEST_WALLET = 5.0
CHAT_QUALITY = 0.85


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
    check: Callable[[SimulationConfig, Sequence[str], Mapping[str, Any]], Iterator[str]]

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
) -> None:
    levels = GUEST_NEEDS | dict(needs or {})
    sim.desk.spawn(
        town,
        profile=personality_profile,
        wallet=wallet,
        needs=levels,
        position=position,
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
    row, other = sim.desk.row(speaker, town), sim.desk.row(listener, town)
    script = sim.store.write(Script)
    if script.at[row] < sim.blueprint.cast.first[-1]:
        script.then[row] = script.at[row]
    script.at[row] = sim.blueprint.cast.first[-1] + number
    script.other[row], script.stage[row] = other % sim.capacity, 0


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
}
