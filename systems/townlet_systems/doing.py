"""Doing: what an agent is using, and how its last action went."""

from typing import NamedTuple

from townlet.ecs import I16, I32, Bool, device
from townlet_components.activity import Activity
from townlet_components.last_action import LastAction


class Running(NamedTuple):
    """What is running; by row, see :mod:`townlet_components.activity`."""

    affordance: I16
    object: I32
    until: I32
    paid: I32


class Outcome(NamedTuple):
    """The last action; by row, see :mod:`townlet_components.last_action`."""

    primitive: I16
    success: Bool
    duration: I16


def running_of(activity: Activity) -> Running:
    """Bundle the columns."""
    return Running(activity.affordance, activity.object, activity.until, activity.paid)


def outcome_of(last: LastAction) -> Outcome:
    """Bundle the columns."""
    return Outcome(last.primitive, last.success, last.duration)


@device
def stop(running: Running, row: int) -> None:
    """Nothing is running any more."""
    running.affordance[row] = -1
    running.object[row] = -1
    running.until[row] = 0
    running.paid[row] = 0


@device
def note(outcome: Outcome, row: int, primitive: int, success: bool, duration: int) -> None:
    """Remember how an action went."""
    outcome.primitive[row] = primitive
    outcome.success[row] = success
    outcome.duration[row] = duration
