"""Stubs: affordances that schedules name and no manifest has (SPEC §16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from townlet.affordances import Manifest, load_manifest
from townlet.affordances.entries import Affordance
from townlet.config import SimulationConfig

#: Ticks a stub takes where neither its entry nor its agent's job says how long.
STUB_TICKS = 30


def read_manifest(config: SimulationConfig) -> Manifest:
    """The manifest of a config, with a stub for every further affordance its schedules name.

    Raises:
        UserError: the file cannot be used.
    """
    path = config.affordances.affordances_file
    file = None if path is None else config.resolve_path(path)
    return with_stubs(load_manifest(file, config.need_names()), config)


def with_stubs(manifest: Manifest, config: SimulationConfig) -> Manifest:
    """Add the stubs of a config's schedules behind the affordances of a manifest.

    A stub has no effects and no preconditions. It is for the type of the object it is started
    with, else of the one it is requested at, and takes as long as its entry says, else as a shift
    of its agent, else 30 ticks. Each is told as a warning.
    """
    types = object_types(manifest, config)
    wanted: dict[str, tuple[str, int]] = {}
    for starts in (True, False):
        for agent, entry in _entries(config):
            name = entry["affordance"]
            if name is None or name in manifest.ids or (entry["kind"] == "start") != starts:
                continue
            kind = type_of(entry["object"], types)
            if kind is not None and name not in wanted:
                wanted[name] = kind, _duration(agent, entry, config)
    if not wanted:
        return manifest
    stubs = tuple(
        Affordance(name, kind, ticks, {}, (), {}, None, 0, {}, (), stub=True)
        for name, (kind, ticks) in wanted.items()
    )
    told = tuple(_sentence(stub, config) for stub in stubs)
    return replace(
        manifest,
        affordances=manifest.affordances + stubs,
        warnings=manifest.warnings + told,
    )


def object_types(manifest: Manifest, config: SimulationConfig) -> dict[str, str]:
    """Type of every object that a manifest or a scenario names."""
    scene = config.scenario or {}
    named = {thing.id: thing.object_type for thing in manifest.objects}
    return named | {thing["id"]: thing["type"] for thing in scene.get("objects", ())}


def type_of(thing: str | None, types: dict[str, str]) -> str | None:
    """Type of an object by its id, of generated ones by the first part of it; None: no object."""
    if thing is None:
        return None
    return types.get(thing, thing.rpartition("_")[0] or None)


def _entries(config: SimulationConfig) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every entry of every schedule, with its agent."""
    for agent in (config.scenario or {}).get("agents", ()):
        for entry in agent["schedule"]:
            yield agent, entry


def _duration(agent: dict[str, Any], entry: dict[str, Any], config: SimulationConfig) -> int:
    """Ticks a stub takes."""
    if entry["duration"] is not None:
        return int(entry["duration"])
    job = config.jobs.get(agent["job"] or "")
    if job is not None and job.end_tick > job.start_tick:
        return job.end_tick - job.start_tick + 1
    return STUB_TICKS


def _sentence(stub: Affordance, config: SimulationConfig) -> str:
    where = "" if config.source is None else f"{config.source}: "
    return (
        f"{where}scenario: no manifest has the affordance {stub.id!r}, so it is a stub: it is done "
        f"with a {stub.object_type}, takes {stub.duration} ticks and has no effect"
    )
