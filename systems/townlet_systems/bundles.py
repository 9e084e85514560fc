"""Bundles: arrays that travel together into the helpers of kernels.

A kernel takes plain arrays and puts them into bundles itself; the compiler takes the bundles apart
again, so they cost nothing.
"""

from typing import NamedTuple

from townlet.ecs import F32, F64, I8, I16, I32, I64, U8, U16, Bool


class City(NamedTuple):
    """The map: see :mod:`townlet_components.citymap`."""

    route: U16
    layout: I16
    gate_exit: I16
    gate_tile: I16
    grid: I32


class Things(NamedTuple):
    """Objects, static and not: see :mod:`townlet_components.objects`. Plan arrays are per town."""

    type: I16
    district: I32
    place: I32
    target: I16
    private: Bool
    pantry: I32
    holder: I32
    waiting: I8
    closed: U8
    stock: I16
    tile: I16
    grid: I32
    size: I32
    ring_start: I32
    ring_size: I16
    ring: I32
    factor: I32
    power: I16
    water: I16


class Nearby(NamedTuple):
    """Which objects are where."""

    place_first: I32
    place_object: I32
    public_first: I32
    public_object: I32


class Offers(NamedTuple):
    """The compiled manifest and the prices of the day.

    See :mod:`townlet_components.affordances` and :mod:`townlet_components.town_state`.
    """

    object_type: I16
    duration: I32
    item: I16
    take: I16
    price: I32
    program: I32
    constant: F64
    program_first: I32
    price_key: I16
    units: I32
    utility: U8
    base: I32
    spike: I32


class Menu(NamedTuple):
    """Which affordances serve which option, and which need an option serves."""

    first: I32
    affordance: I16
    producer: I16
    need: I16


class Larder(NamedTuple):
    """What a household should have in store."""

    resident_first: I32
    daily: I32


class Sky(NamedTuple):
    """The weather of each town, what it does, and which tiles are under it."""

    kind: I8
    slow: Bool
    outdoor: Bool


class People(NamedTuple):
    """What a decision knows of an agent; all by row."""

    town: I32
    slot: I32
    district: I32
    tile: I16
    home: I32
    money: I64
    carried: I16
    level: F32
    trait: F32
    profile: I8
    queue: I32
    holding: Bool


class Ground(NamedTuple):
    """Where one can step."""

    walkable: Bool
    step: I16


class Plans(NamedTuple):
    """What a decision writes, and what is running; all by row."""

    option: I8
    target: I32
    affordance: I16
    wake: I32
    person: I32
    shunned: I32
    running: I16
    until: I32


class Bound(NamedTuple):
    """What keeps an agent from deciding: an errand, a scene's schedule, a conversation; by row."""

    errand: I16
    until: I32
    script: I16
    partner: I32


class Mind(NamedTuple):
    """A lane's scratch for evaluating preconditions."""

    value: F64
    stack: F64


class Time(NamedTuple):
    """The clock, as arrays of one."""

    tick: I64
    minute: I64
    day: I64
