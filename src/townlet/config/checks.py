"""Rules that span sections: names that must be known, numbers that must fit each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from townlet.config.base import CORE_NEEDS
from townlet.config.document import KeyPath
from townlet.config.sections.jobs import GENERATED_JOBS

if TYPE_CHECKING:
    from townlet.config.model import SimulationConfig

Problem = tuple[KeyPath, str]
"""Where, and the rest of a sentence that begins with the dotted key."""

RESERVED = ("money", "ingredients", "meals", "clean_clothes")
"""Effects of affordances that are no needs."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def problems(cfg: SimulationConfig) -> list[Problem]:
    """Return every broken rule of ``cfg``."""
    return [
        *_names_of_needs(cfg),
        *_uses_of_needs(cfg),
        *_profiles(cfg),
        *_numbers(cfg),
        *_scene(cfg),
        *_cast(cfg),
        *_jobs(cfg),
        *_tiles(cfg),
        *_places(cfg),
    ]


def warnings(cfg: SimulationConfig) -> list[str]:
    """Return what is allowed and probably not meant, as sentences."""
    found = []
    for name, need in cfg.needs.items():
        if name not in CORE_NEEDS:
            continue
        rival = {"decay": cfg.rewards.decay_rates, "weight": cfg.rewards.needs_weights}
        for key, section in rival.items():
            if getattr(need, key) is not None and name in section.model_fields_set:
                where = "decay_rates" if key == "decay" else "needs_weights"
                found.append(f"needs.{name}.{key} is used and rewards.{where}.{name} is not.")
    slots, capacity = cfg.embedding_allocator.max_slots, cfg.capacity()
    if slots is not None and slots < capacity:
        found.append(
            f"embedding_allocator.max_slots is {slots}, below the town's capacity of {capacity};"
            " slots are reused before their time."
        )
    return found


def _names_of_needs(cfg: SimulationConfig) -> Iterator[Problem]:
    """A need's name is a word of its own, for it names columns and effects."""
    for name in cfg.needs:
        if not _NAME.fullmatch(name):
            yield (
                ("needs", name),
                "is no name for a need; it must be lower-case letters, digits and _.",
            )
        elif name in RESERVED:
            yield ("needs", name), f"cannot be a need; {', '.join(RESERVED)} name other effects."


def _uses_of_needs(cfg: SimulationConfig) -> Iterator[Problem]:
    """Whoever speaks of a need speaks of one the town has."""
    known = cfg.need_names()
    places: list[tuple[KeyPath, Iterable[str]]] = [
        (("rewards", "needs_weights"), cfg.rewards.needs_weights.model_extra or ()),
        (("rewards", "decay_rates"), cfg.rewards.decay_rates.model_extra or ()),
    ]
    for name, profile in cfg.personalities.profiles.items():
        places.append((("personalities", "profiles", name, "needs"), profile.needs))
    for number, agent in enumerate((cfg.scenario or {}).get("agents", ())):
        places.append((("scenario", "agents", str(number), "needs"), agent["needs"]))
    for path, names in places:
        for name in names:
            if name not in known:
                yield (*path, name), "names no need of this town" + _near(name, known)


def _profiles(cfg: SimulationConfig) -> Iterator[Problem]:
    """Whoever is given a profile is given one there is."""
    people, known = cfg.personalities, tuple(cfg.personalities.table())
    for name in people.distribution:
        if name not in known:
            yield (
                ("personalities", "distribution", name),
                "names no personality profile" + _near(name, known),
            )
    if sum(people.distribution.values()) <= 0:
        yield ("personalities", "distribution"), "adds up to 0; its weights must add up to more."
    given: dict[KeyPath, str] = {
        ("personalities", "overrides", who): name for who, name in people.overrides.items()
    }
    for number, agent in enumerate((cfg.scenario or {}).get("agents", ())):
        chosen = agent["personality_profile"]
        if chosen is not None:
            given["scenario", "agents", str(number), "personality_profile"] = chosen.lower()
    for path, name in given.items():
        if name not in known:
            yield path, f"is '{name}', which is no personality profile" + _near(name, known)


def _numbers(cfg: SimulationConfig) -> Iterator[Problem]:
    """Numbers of different keys that must fit each other."""
    world, rewards = cfg.world, cfg.rewards
    if world.capacity is not None and world.capacity < world.agents:
        yield (
            ("world", "capacity"),
            f"is {world.capacity}; it must be at least world.agents ({world.agents}).",
        )
    if rewards.punctuality_bonus > rewards.needs_weights.hunger:
        yield (
            ("rewards", "punctuality_bonus"),
            f"is {rewards.punctuality_bonus}; it must be at most the weight of hunger"
            f" ({rewards.needs_weights.hunger}).",
        )


def _scene(cfg: SimulationConfig) -> Iterator[Problem]:
    """Objects of a scene lie on the map, and each has its own name."""
    size, names = cfg.world.grid_size, set()
    for number, thing in enumerate((cfg.scenario or {}).get("objects", ())):
        path, spot = ("scenario", "objects", str(number)), thing["position"]
        if size and spot and (spot[0] >= size[0] or spot[1] >= size[1]):
            text = f"is {list(spot)}; world.grid_size ends at [{size[0] - 1}, {size[1] - 1}]."
            yield (*path, "position"), text
        if thing["id"] in names:
            yield (*path, "id"), f"is '{thing['id']}', which is taken."
        names.add(thing["id"])


#: What an entry of a schedule cannot be without.
_NEEDED = {
    "move": ("position",),
    "request": ("object",),
    "start": ("object", "affordance"),
    "blocked": ("object",),
}


def _cast(cfg: SimulationConfig) -> Iterator[Problem]:
    """Agents of a scene have their own names, and schedules one can follow."""
    agents, size = (cfg.scenario or {}).get("agents", ()), cfg.world.grid_size
    names = [agent["id"] for agent in agents]
    for number, agent in enumerate(agents):
        path: KeyPath = ("scenario", "agents", str(number))
        if agent["id"] in names[:number]:
            yield (*path, "id"), f"is '{agent['id']}', which is taken."
        spots: list[tuple[KeyPath, dict[str, Any]]] = [(path, agent)]
        for k, entry in enumerate(agent["schedule"]):
            here: KeyPath = (*path, "schedule", str(k))
            spots.append((here, entry))
            for key in _NEEDED.get(entry["kind"], ()):
                if entry[key] is None:
                    yield here, f"is a {entry['kind']} and has no {key}."
            other = entry["target_agent"]
            if other is not None and other not in names:
                yield (
                    (*here, "target_agent"),
                    f"is '{other}', who is not in the scenario" + _near(other, names),
                )
            if other == agent["id"]:
                yield (*here, "target_agent"), "is the agent itself."
        for here, thing in spots:
            spot = thing["position"]
            if size and spot and (spot[0] >= size[0] or spot[1] >= size[1]):
                text = f"is {list(spot)}; world.grid_size ends at [{size[0] - 1}, {size[1] - 1}]."
                yield (*here, "position"), text


def _jobs(cfg: SimulationConfig) -> Iterator[Problem]:
    """Workplaces lie on the map, and whoever is given a job is given one there is."""
    size = cfg.world.grid_size
    for name, job in cfg.jobs.items():
        at = job.location
        if size and at and not cfg.world.layouts and (at[0] >= size[0] or at[1] >= size[1]):
            text = f"is {list(at)}; world.grid_size ends at [{size[0] - 1}, {size[1] - 1}]."
            yield ("jobs", name, "location"), text
    known = [*(name for name, _ in GENERATED_JOBS.values()), *cfg.jobs]
    for number, agent in enumerate((cfg.scenario or {}).get("agents", ())):
        if agent["job"] is not None and agent["job"] not in known:
            path = ("scenario", "agents", str(number), "job")
            yield path, f"is '{agent['job']}', which is no job" + _near(agent["job"], known)


def _tiles(cfg: SimulationConfig) -> Iterator[Problem]:
    """Only kinds of tiles that there are can hold one or many."""
    if cfg.world.tiles:
        from townlet.maps.kinds import TILE_KINDS  # noqa: PLC0415 - few files name tiles

        for kind in cfg.world.tiles:
            if kind not in TILE_KINDS:
                yield ("world", "tiles", kind), "is no kind of tile" + _near(kind, TILE_KINDS)


def _places(cfg: SimulationConfig) -> Iterator[Problem]:
    """Only kinds of places that there are have a factor on their prices."""
    factors = cfg.economy.place_factors
    if "place_factors" in cfg.economy.model_fields_set:
        from townlet.maps.kinds import PLACE_KINDS  # noqa: PLC0415 - few files name places

        for kind in factors:
            if kind not in PLACE_KINDS:
                yield (
                    ("economy", "place_factors", kind),
                    ("is no kind of place" + _near(kind, PLACE_KINDS)),
                )


def _near(name: str, known: Iterable[str]) -> str:
    """End a sentence with the nearest known name, or with all of them."""
    known = list(known)
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}."
