"""Duty: when an agent's next shift is, and whether it is where it should be.

A *position* is a number within the town (``Employment.position``), -1 without a job; the functions
below but :func:`works` want one that is not -1.
"""

from typing import NamedTuple

from townlet.ecs import I16, I32, Bool, device
from townlet_components.citymap import Layouts
from townlet_components.work import Employment, JobRules, PositionPlan
from townlet_systems.bundles import City

_DAY = 1440


class Duty(NamedTuple):
    """Positions of a town, where the places of a layout are, and who has which position by row."""

    position: I32
    place: I32
    district: I32
    target: I16
    inside: I16
    spot: Bool
    job: I16
    start: I16
    length: I16
    place_of: I16
    buffer: I32


def duty_of(plan: PositionPlan, layouts: Layouts, employment: Employment, rules: JobRules) -> Duty:
    """Bundle the columns; ``buffer`` is the minutes to be early, by town and profile."""
    return Duty(
        position=employment.position,
        place=plan.place,
        district=plan.district,
        target=plan.target,
        inside=plan.inside,
        spot=plan.spot,
        job=plan.job,
        start=plan.start,
        length=plan.length,
        place_of=layouts.place,
        buffer=rules.affinity,
    )


@device
def since_start(duty: Duty, position: int, minute: int) -> int:
    """Minutes since the last start of a shift, 0 to 1439; on duty below the shift's length."""
    passed = minute - duty.start[position]
    return int(passed + _DAY if passed < 0 else passed)


@device
def on_duty(duty: Duty, position: int, minute: int) -> bool:
    """The minute belongs to the position's shift, which may pass midnight."""
    return bool(since_start(duty, position, minute) < duty.length[position])


@device
def minutes_to_shift(duty: Duty, position: int, minute: int) -> int:
    """Minutes until the next shift starts; 0 while one is on."""
    passed = since_start(duty, position, minute)
    return int(0 if passed < duty.length[position] else _DAY - passed)


@device
def at_work(duty: Duty, city: City, position: int, district: int, tile: int) -> bool:
    """Who stands there is present: inside the workplace or in its door.

    A spot on open ground is a workplace of its own: one stands on it or next to it.
    """
    if district != duty.district[position]:
        return False
    layout = city.layout[district]
    if duty.spot[position]:
        return bool((city.route[layout, duty.target[position], tile] >> 3) <= 1)
    return bool(duty.place_of[layout, tile] == duty.inside[position])


@device
def works(duty: Duty, row: int, minute: int) -> bool:
    """The agent has a position and its shift is on."""
    position = duty.position[row]
    return position >= 0 and on_duty(duty, position, minute)
