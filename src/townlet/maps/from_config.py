"""From a config to a :class:`PlanSpec`: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
        extra_tiles=tuple(_walked_to(scene)),
        tile_rules=dict(world.tiles),
    )


def _walked_to(scene: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Tiles that schedules walk to, each once; they get a routing table."""
    entries = (entry for agent in scene.get("agents", ()) for entry in agent["schedule"])
    spots = (_spot(entry["position"]) for entry in entries if entry["kind"] == "move")
    return (spot for spot in dict.fromkeys(spots) if spot is not None)


def _spot(position: object) -> tuple[int, int] | None:
    """A position as a pair, however the config holds it."""
    if not isinstance(position, (list, tuple)):
        return None
    x, y = position
    return int(x), int(y)
