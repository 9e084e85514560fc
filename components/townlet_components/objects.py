"""Objects: fridges, beds, showers, benches. Their place on the map is static, the rest is not."""

from townlet.ecs import I8, I16, I32, U8, Bool, column, component


@component
class Objects:
    """State of each object."""

    holder: I32 = column("object", fill=-1, doc="slot that holds the reservation; -1 free")
    using: Bool = column("object", fill=False, doc="the holder is using it")
    waiting: I8 = column("object", doc="number of agents in the ring")
    idle: I8 = column(
        "object", unit="ticks", doc="ticks the holder has not started in spite of time"
    )
    free_until: I32 = column("object", unit="ticks", doc="the holder walks here until this tick")
    closed: U8 = column(
        "object", doc="accepts no new users: 1 an operator closed it, +2 per perturbation"
    )
    stock: I16 = column("object", "item", doc="goods stored in it")


@component(static=True)
class ObjectPlan:
    """Where objects stand; shared by all towns of a batch."""

    type: I16 = column("plan_object", doc="object type")
    district: I32 = column("plan_object", doc="district")
    tile: I16 = column("plan_object", doc="tile within the district")
    place: I32 = column("plan_object", doc="place it belongs to; its till is paid")
    target: I16 = column("plan_object", doc="routing target of the object")
    queue: I16 = column("plan_object", "queue_tile", fill=-1, doc="routing targets of queue tiles")
    private: Bool = column("plan_object", doc="only residents of its place use it")
    pantry: I32 = column("plan_object", doc="object that stores the household's goods")
    ring_start: I32 = column("plan_object", doc="first entry of its ring")
    ring_size: I16 = column("plan_object", doc="entries of its ring")
    restock: I16 = column("plan_object", "item", doc="stock a delivery fills up to")


@component(static=True)
class ObjectIndex:
    """Which objects are where: by place, and public ones by district and type."""

    place_first: I32 = column("plan_place_end", doc="first of a place's objects in place_object")
    place_object: I32 = column("plan_object", doc="objects in order of place")
    public_first: I32 = column("district_type_end", doc="first public object of (district, type)")
    public_object: I32 = column("public_object", doc="public objects by district and type")
