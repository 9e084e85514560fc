"""The map: layouts, districts, places and the routing tables."""

from townlet.ecs import I16, I32, U16, Bool, column, component


@component(static=True)
class Layouts:
    """Tiles and routes; shared by all districts that use a layout."""

    route: U16 = column("layout", "target", "tile", doc="distance << 3 | next step; 4 arrived")
    walkable: Bool = column("layout", "tile", doc="can be stood on")
    single: Bool = column("layout", "tile", doc="holds one agent")
    place: I16 = column(
        "layout", "tile", fill=-1, doc="place within the layout, doors too; -1 none"
    )
    outdoor: Bool = column("layout", "tile", doc="under the sky")
    gate_exit: I16 = column("side", "tile", fill=-1, doc="tile entered next door through a gate")
    gate_tile: I16 = column("side", fill=-1, doc="first tile of the gate on each side")
    entrance: I16 = column("layout", "side", fill=-1, doc="tiles newcomers enter at; -1 none")
    step: I16 = column("side", doc="difference of tile numbers of a step north, south, east, west")


@component(static=True)
class DistrictPlan:
    """The grid of districts; shared by all towns."""

    layout: I16 = column("plan_district", doc="layout of the district")
    place_first: I32 = column("plan_district_end", doc="first place of each district")
    object_first: I32 = column("plan_district_end", doc="first object of each district")
    grid: I32 = column("grid_axis", doc="districts from west to east, and from north to south")
    size: I32 = column("grid_axis", unit="tiles", doc="width and height of a district")


@component(static=True)
class PlacePlan:
    """Homes, shops, parks; shared by all towns."""

    kind: I16 = column("plan_place", doc="kind of place")
    district: I32 = column("plan_place", doc="district")
    target: I16 = column("plan_place", doc="routing target that leads inside")
    resident_first: I32 = column("plan_place_end", doc="first of a place's residents in resident")
    resident: I32 = column("plan_resident", doc="slots by home place")
    grocer: I32 = column("plan_place", fill=-1, doc="grocer that delivers to a home; -1 none")


@component(static=True)
class SlotPlan:
    """Where each slot lives and enters; shared by all towns."""

    home: I32 = column("plan_slot", fill=-1, doc="home place; -1 none")
    district: I32 = column("plan_slot", doc="district of the home")
    tile: I16 = column("plan_slot", doc="tile an agent starts on")
