"""Bundles of perturbations: incidents, what they are made of, and what they act on."""

from typing import NamedTuple

from townlet.ecs import F64, I8, I16, I32, U8, U64, Bool
from townlet_components.activity import Activity
from townlet_components.citymap import PlacePlan
from townlet_components.identity import Identity
from townlet_components.incidents import (
    Errand,
    IncidentLog,
    IncidentPlan,
    IncidentRules,
    Incidents,
)
from townlet_components.intent import Intent
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.rows import Rows, Towns
from townlet_components.ties import Talk
from townlet_components.town_state import PricePlan, Prices, Utilities


class Slate(NamedTuple):
    """Incidents, ``INCIDENTS`` per town: see :class:`townlet_components.incidents.Incidents`."""

    state: I8
    spec: I16
    number: I32
    starts: I32
    ends: I32
    magnitude: I32
    cancel: Bool
    aim: I8
    which: I32
    district: I32
    target: I16
    people: I32
    generation: I32


class Log(NamedTuple):
    """Cooldowns and counts by town."""

    number: I32
    refused: I32
    quiet_until: I32
    cooled_until: I32
    recent: I32


class Specs(NamedTuple):
    """What can befall a town; by spec, the same in all towns."""

    kind: I8
    aim: I8
    which: I32
    district: I32
    target: I16
    who: I8
    named: I32
    generation: I32
    people: I8


class Limits(NamedTuple):
    """How often, how long and how strong; by town (and spec)."""

    probability: F64
    cooldown: I32
    shortest: I32
    longest: I32
    weakest: I32
    strongest: I32
    concurrent: I32
    global_cooldown: I32
    agent_cooldown: I32
    window: I32
    limit: I32
    seed: U64


class Supply(NamedTuple):
    """Utilities and prices of towns."""

    power: I16
    water: I16
    factor: I32
    spike: I32
    base: I32
    place_kind: I16


class Doors(NamedTuple):
    """Objects that can be closed: ``closed`` by object row, type and place by object."""

    closed: U8
    type: I16
    place: I32
    place_kind: I16


class Crowd(NamedTuple):
    """Agents that can be sent somewhere; ``row_of`` by slot, the rest by row."""

    row_of: I32
    alive: Bool
    generation: I32
    running: I16
    partner: I32
    wake: I32
    district: I32
    target: I16
    until: I32
    cooled_until: I32


def slate_of(incidents: Incidents) -> Slate:
    """Bundle the columns."""
    return Slate(*(getattr(incidents, name) for name in Slate._fields))


def log_of(log: IncidentLog) -> Log:
    """Bundle the columns."""
    return Log(*(getattr(log, name) for name in Log._fields))


def specs_of(plan: IncidentPlan) -> Specs:
    """Bundle the columns."""
    return Specs(*(getattr(plan, name) for name in Specs._fields))


def limits_of(rules: IncidentRules, towns: Towns) -> Limits:
    """Bundle the columns."""
    return Limits(**{name: getattr(rules, name) for name in Limits._fields[:-1]}, seed=towns.seed)


def supply_of(utilities: Utilities, prices: Prices, plan: PricePlan, places: PlacePlan) -> Supply:
    """Bundle the columns."""
    return Supply(
        utilities.power, utilities.water, prices.factor, prices.spike, plan.factor, places.kind
    )


def doors_of(objects: Objects, plan: ObjectPlan, places: PlacePlan) -> Doors:
    """Bundle the columns."""
    return Doors(objects.closed, plan.type, plan.place, places.kind)


def crowd_of(
    rows: Rows, identity: Identity, activity: Activity, talk: Talk, intent: Intent, errand: Errand
) -> Crowd:
    """Bundle the columns."""
    return Crowd(
        row_of=rows.row_of,
        alive=identity.alive,
        generation=identity.generation,
        running=activity.affordance,
        partner=talk.partner,
        wake=intent.wake,
        district=errand.district,
        target=errand.target,
        until=errand.until,
        cooled_until=errand.cooled_until,
    )
