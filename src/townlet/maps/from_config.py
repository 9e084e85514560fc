"""From a config to a :class:`PlanSpec`: the one place that knows both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townlet.maps.ascii import load_layout
from townlet.maps.plan import ExtraObject, PlanSpec

if TYPE_CHECKING:
    from townlet.affordances import Manifest
    from townlet.config import SimulationConfig


def plan_spec(
    config: SimulationConfig,
    manifest: Manifest | None = None,
    agents: int | None = None,
    capacity: int | None = None,
) -> PlanSpec:
    """Read what a config and a manifest ask of the map.

    Args:
        config: the config; its files are found relative to it.
        manifest: its objects get a place in town.
        agents: population instead of ``world.agents``; the capacity grows with it if need be.
        capacity: slots instead of ``world.capacity``.

    Raises:
        UserError: a layout file that cannot be used.
    """
    world = config.world
    population = world.agents if agents is None else agents
    if capacity is None:
        capacity = population if world.capacity is None else max(world.capacity, population)
    scene = config.scenario or {}
    objects: list[ExtraObject] = [
        (entry["id"], entry["type"], _spot(entry.get("position")))
        for entry in scene.get("objects", ())
    ]
    if manifest is not None:
        objects += [(entry.id, entry.object_type, entry.position) for entry in manifest.objects]
    return PlanSpec(
        population=population,
        capacity=capacity,
        map_seed=world.map_seed,
        residents_per_district=world.residents_per_district,
        district_size=world.district_size,
        grid_size=world.grid_size,
        layouts=tuple(load_layout(config.resolve_path(name)) for name in world.layouts),
        extra_objects=tuple(objects),
        extra_tiles=_named_tiles(config),
        tile_rules=dict(world.tiles),
    )


def _spot(position: object) -> tuple[int, int] | None:
    """A position as a pair, however the config holds it."""
    if not isinstance(position, (list, tuple)):
        return None
    x, y = position
    return int(x), int(y)


def _named_tiles(config: SimulationConfig) -> tuple[tuple[int, int], ...]:
    """Tiles that agents are sent to by name, each once: workplaces, and what schedules walk to."""
    spots = [job.location for job in config.jobs.values() if job.location is not None]
    agents = (config.scenario or {}).get("agents", ())
    entries = (entry for agent in agents for entry in agent["schedule"])
    walks = (_spot(entry["position"]) for entry in entries if entry["kind"] == "move")
    return tuple(dict.fromkeys([*spots, *(spot for spot in walks if spot is not None)]))
