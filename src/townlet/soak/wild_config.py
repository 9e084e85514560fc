"""Wild configs: random towns that a file could describe, from the models' own ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import BaseModel

from townlet.config.base import Section
from townlet.config.describe import Shape, bounds, choices, field_shape, models_of
from townlet.config.model import SimulationConfig
from townlet.config.usage import is_used
from townlet.maps import PLACE_KINDS

#: Share of the keys that a wild config sets.
SET_SHARE = 0.15
#: Keys that are chosen with care, not by their range.
_CHOSEN = frozenset(
    ("config_id", "seed", "policy_hash", "scenario", "jobs", "needs", "affordances", "runtime")
)
_WORLD = frozenset(
    f"world.{key}" for key in ("agents", "capacity", "grid_size", "layouts", "district_size")
)
#: Caps for keys whose range is far beyond what a short run can show.
_MOST = {
    "world.map_seed": 20,
    "world.residents_per_district": 80,
    "world.commute_radius": 3,
    "conflict.rivalry.max_edges": 32,
    "embedding_allocator.max_slots": 64,
}
_NEEDS = ("fun", "warmth", "quiet")
Keys = dict[str, Any]


def wild_config(luck: np.random.Generator) -> Keys:
    """A random configuration, as plain data that a YAML file could hold.

    Args:
        luck: draws everything.
    """
    config: Keys = {"config_id": "wild"}
    for dotted, shape, default in _leaves(SimulationConfig, ""):
        if luck.random() < SET_SHARE:
            _put(config, dotted, _value(luck, dotted, shape, default))
    _world(luck, config)
    _needs(luck, config)
    if luck.random() < 0.3:
        config["jobs"] = _jobs(luck)
    if luck.random() < 0.8:
        config.setdefault("perturbations", {})["events"] = _events(luck)
    if luck.random() < 0.5:
        names = ("balanced", "socialite", "industrious", "stoic")
        shares = {name: round(float(luck.random()), 3) + 0.001 for name in names}
        config["personalities"] = {"distribution": shares}
    if luck.random() < 0.4:
        config["runtime"] = {"policy": "random"}
    stages = config.setdefault("features", {}).setdefault("stages", {})
    stages.setdefault("relationships", str(luck.choice(["B", "C3"])))
    return config


def _leaves(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, Shape, Any]]:
    """Keys that are numbers, switches or words: dotted name, shape, default."""
    for name, field in model.model_fields.items():
        dotted = prefix + name
        if dotted in _CHOSEN or dotted in _WORLD:
            continue
        shape = field_shape(field)
        inner = models_of(shape)
        if len(inner) == 1 and issubclass(inner[0], Section) and get_origin(shape.core) is None:
            yield from _leaves(inner[0], dotted + ".")
        elif is_used(dotted) and (shape.core in (int, float, bool) or choices(shape)):
            yield dotted, shape, field.get_default(call_default_factory=True, validated_data={})


def _value(luck: np.random.Generator, dotted: str, shape: Shape, default: Any) -> Any:
    """A value of a key: its least, its most, or around its default."""
    if shape.core is bool:
        return bool(luck.integers(2))
    if get_origin(shape.core) is Literal:
        return get_args(shape.core)[luck.integers(len(get_args(shape.core)))]
    least, most, above = bounds(shape)
    base = default if isinstance(default, int | float) else 1
    low = least if least is not None else min(0, base)
    high = min(most if most is not None else 10 * abs(base) + 10, _MOST.get(dotted, 1e9))
    high = max(high, low)
    kind = luck.random()
    if kind < 0.12 and not above:
        value: float = low
    elif kind < 0.22:
        value = high
    elif kind < 0.6:
        value = luck.uniform(low, max(min(high, 10 * abs(base) + 10), low))
    else:
        value = base * 2.0 ** luck.uniform(-2, 2)
    value = min(max(value, low + (1e-3 if above else 0)), high)
    return round(value) if shape.core is int else float(f"{value:.6g}")


def _put(config: Keys, dotted: str, value: Any) -> None:
    *path, last = dotted.split(".")
    for key in path:
        config = config.setdefault(key, {})
    config[last] = value


def _world(luck: np.random.Generator, config: Keys) -> None:
    """A few agents, sometimes more slots; sometimes one open district."""
    world = config.setdefault("world", {})
    world["agents"] = int(luck.integers(2, 17))
    if luck.random() < 0.5:
        world["capacity"] = world["agents"] + int(luck.integers(0, 9))
    if luck.random() < 0.2:
        world["grid_size"] = [int(side) for side in luck.integers(12, 40, 2)]
    elif luck.random() < 0.3:
        world["district_size"] = [int(side) for side in luck.integers(32, 49, 2)]


def _needs(luck: np.random.Generator, config: Keys) -> None:
    """Up to two further needs."""
    needs: Keys = {}
    for name in luck.permutation(_NEEDS)[: luck.integers(0, 3)].tolist():
        needs[name] = {
            "decay": float(f"{luck.choice([0, 0.0005, 0.01, 1.0]) * luck.random():.4g}"),
            "threshold": float(f"{luck.random():.3f}"),
        }
        if luck.random() < 0.3:
            needs[name]["initial"] = float(luck.choice([0.0, 0.5, 1.0]))
    if needs:
        config["needs"] = needs


def _jobs(luck: np.random.Generator) -> Keys:
    """One or two named jobs, of a kind of place or of none."""
    jobs: Keys = {}
    for number in range(luck.integers(1, 3)):
        start = int(luck.integers(0, 1440))
        job: Keys = {
            "wage_rate": float(f"{luck.choice([0.0, 0.02, 1.0]) * luck.random():.4g}"),
            "start": start,
            "end": (start + int(luck.integers(10, 1430))) % 1440,
        }
        if luck.random() < 0.8:
            job["place"] = str(luck.choice(["office", "workshop", "cafe", "grocer", "park"]))
        if luck.random() < 0.5:
            job["positions"] = int(luck.integers(0, 9))
        jobs[f"job_{number}"] = job
    return jobs


def _events(luck: np.random.Generator) -> Keys:
    """Perturbations, some of them many times a day."""
    events: Keys = {}
    kinds = ("price_spike", "blackout", "outage", "arranged_meet", "queue_closure")
    for kind in luck.permutation(kinds)[: luck.integers(1, 6)].tolist():
        least = int(luck.choice([0, 1, 30]))
        event: Keys = {
            "kind": kind,
            "probability_per_day": float(luck.choice([0.0, 0.5, 20.0, 2000.0])),
            "cooldown_ticks": int(luck.choice([0, 30])),
            "duration": [least, least + int(luck.integers(0, 60))],
        }
        if kind == "price_spike":
            event["magnitude"] = sorted(float(x) for x in np.round(luck.uniform(0, 5, 2), 3))
            event["targets"] = [str(luck.choice(["global", "market", "grocer", "cafe"]))]
        elif kind == "arranged_meet":
            event["target"] = str(luck.choice(["top_rivals", "top_friends"]))
            event["location"] = str(luck.choice(["cafe", "park", "plaza", "gym"]))
            event["max_participants"] = int(luck.integers(2, 9))
        elif kind == "queue_closure":
            event["targets"] = [str(luck.choice(["shower", "bench", "till", *PLACE_KINDS[:3]]))]
        events[f"{kind}_of_mine"] = event
    return events
