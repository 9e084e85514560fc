"""Effects of perturbations: prices, closed objects. Rare: called, not inlined."""

import numpy as np

from townlet.ecs import I8, I32, device, rare
from townlet_components.incidents import (
    ACTIVE,
    AIM_KEY,
    AIM_OBJECT,
    AIM_PLACE,
    AIM_PLACE_KIND,
    AIM_TYPE,
    SPIKE_KIND,
)
from townlet_systems.incident_bundles import Doors, Slate, Specs, Supply

#: No factor grows beyond a thousand times the config's price.
MOST = 1_000_000


@device
def scaled(factor: int, magnitude: int) -> int:
    """A factor times a magnitude, both thousandths; half up, at most ``MOST``."""
    return min((int(factor) * int(magnitude) + 500) // 1000, MOST)


@device
def hits(aim: I8, which: I32, i: int, kind: int, number: int) -> bool:
    """One of the targets of incident ``i`` is this."""
    for k in range(aim.shape[1]):  # noqa: SIM110  (numba compiles no generator)
        if aim[i, k] == kind and which[i, k] == number:
            return True
    return False


@device
def hits_place(slate: Slate, i: int, kind: int, place: int) -> bool:
    """Incident ``i`` means this place or its kind."""
    return hits(slate.aim, slate.which, i, AIM_PLACE_KIND, kind) or hits(
        slate.aim, slate.which, i, AIM_PLACE, place
    )


@rare
def set_prices(slate: Slate, specs: Specs, supply: Supply, town: int) -> None:
    """A town's price factors: the place's own times all active spikes, one after the other."""
    towns = supply.power.shape[0]
    room, places = slate.state.shape[0] // towns, supply.place_kind.shape[0]
    factor, spike = supply.factor, supply.spike
    for p in range(places):
        factor[town * places + p] = min(supply.base[town, supply.place_kind[p]], MOST)
    for key in range(spike.shape[1]):
        spike[town, key] = 1000
    for i in range(town * room, (town + 1) * room):
        if slate.state[i] != ACTIVE or specs.kind[slate.spec[i]] != SPIKE_KIND:
            continue
        for p in range(places):
            if hits_place(slate, i, supply.place_kind[p], p):
                g = town * places + p
                factor[g] = scaled(factor[g], slate.magnitude[i])
        for key in range(spike.shape[1]):
            if hits(slate.aim, slate.which, i, AIM_KEY, key):
                spike[town, key] = scaled(spike[town, key], slate.magnitude[i])


@device
def is_aimed_at(slate: Slate, i: int, doors: Doors, thing: int) -> bool:
    """Closure ``i`` means this object."""
    for k in range(slate.aim.shape[1]):
        what, number = slate.aim[i, k], slate.which[i, k]
        if (
            (what == AIM_TYPE and number == doors.type[thing])
            or (what == AIM_PLACE_KIND and number == doors.place_kind[doors.place[thing]])
            or (what == AIM_PLACE and number == doors.place[thing])
            or (what == AIM_OBJECT and number == thing)
        ):
            return True
    return False


@rare
def close_objects(slate: Slate, doors: Doors, i: int, town: int, change: int) -> int:
    """Close what incident ``i`` is aimed at (``change`` 2) or undo it (-2); returns how many."""
    things = doors.type.shape[0]
    count = 0
    for thing in range(things):
        if is_aimed_at(slate, i, doors, thing):
            g = town * things + thing
            doors.closed[g] = np.int64(doors.closed[g]) + change
            count += 1
    return count
