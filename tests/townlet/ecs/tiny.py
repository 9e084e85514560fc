"""A world of five beings in two towns, just large enough to run systems on."""

from types import FunctionType
from typing import Any

import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

from townlet.ecs import (
    F32,
    I32,
    I64,
    Phase,
    Read,
    Sizes,
    Store,
    Write,
    column,
    component,
    device,
    kernel,
    system,
)
from townlet.ecs.runtime import Runtime, Threading
from townlet.ecs.schedule import Schedule
from townlet.ecs.system import SystemSpec

BEINGS = 5


@component
class Weight:
    """How heavy."""

    kilo: F32 = column("being", fill=2.0, unit="kg", telemetry="mean", doc="weight")
    grip: I32 = column("being", "hand", fill=3, doc="grip per hand")


@component
class Age:
    """How old."""

    ticks: I64 = column("being", unit="ticks", doc="age")


@component(static=True)
class Gravity:
    """What pulls."""

    pull: F32 = column("town", fill=0.5, doc="growth per tick")


@component(scratch=True)
class Fame:
    """What is said about a being."""

    score: I64 = column("being", derived=True, doc="nobody in the world reads it")


@component(scratch=True)
class Tally:
    """A lane's own notes."""

    rows: I64 = column("lane", "one", doc="rows the lane has seen")


COMPONENTS = (Weight, Age, Gravity, Fame, Tally)


@device
def heavier(kilo: float, pull: float) -> float:
    """A helper that becomes part of its callers."""
    return kilo + pull


@kernel(over="being", whole=("everyone",))
def grow(kilo: F32, everyone: F32, pull: F32) -> None:
    """Add gravity, and a hundredth of how many there are."""
    for b in range(kilo.shape[0]):
        kilo[b] = heavier(kilo[b], pull[0]) + np.float32(everyone.shape[0]) / np.float32(100)


@kernel(over="being")
def count_rows(ticks: I64, rows: I64) -> None:
    """Each lane notes in its own row how many beings it was given."""
    rows[0, 0] += ticks.shape[0]


@kernel(over="being")
def get_older(ticks: I64) -> None:
    """A tick passes."""
    for b in range(ticks.shape[0]):
        ticks[b] += 1


@kernel
def double(values: I64) -> None:
    """Twice as much, whole."""
    for b in range(values.shape[0]):
        values[b] *= 2


@system(phase=Phase.LIVE)
def put_on_weight(weight: Write[Weight], gravity: Read[Gravity]) -> None:
    """Beings grow."""
    grow(weight.kilo, weight.kilo, gravity.pull)


@system(phase=Phase.LIVE)
def pass_time(age: Write[Age], tally: Write[Tally]) -> None:
    """Beings age."""
    get_older(age.ticks)
    count_rows(age.ticks, tally.rows)


@system(phase=Phase.LEAVE)
def celebrate(age: Write[Age]) -> None:
    """Ages double."""
    double(age.ticks)


@system(phase=Phase.LIVE)
def lie_about_age(age: Read[Age]) -> None:
    """Declares that it reads, and writes."""
    get_older(age.ticks)


def jitted(helper: Any) -> Any:
    """A helper that Python can call compiled; as it is made, only kernels can."""
    return numba.njit(helper.py_func)


def plain(function: Any) -> Any:
    """A kernel or helper as plain Python, with all the helpers it calls."""
    found: FunctionType = function.py_func
    names = found.__code__.co_names
    helpers = {k: v for k, v in found.__globals__.items() if isinstance(v, Dispatcher)}
    scope = found.__globals__ | {k: plain(v) for k, v in helpers.items() if k in names}
    return FunctionType(found.__code__, scope, found.__name__, found.__defaults__)


def spec_of_system(function: Any) -> SystemSpec:
    """What @system recorded."""
    spec: SystemSpec = function.__system__
    return spec


def tiny_store(lanes: int = 1) -> Store:
    """Two towns of five beings."""
    sizes = Sizes(
        2, {"being": BEINGS, "town": 1}, {"lane": lanes}, {"hand": ("left", "right"), "one": 1}
    )
    return Store(COMPONENTS, sizes)


def tiny_runtime(store: Store, *systems: Any, lanes: int = 1, threads: int = 1) -> Runtime:
    """The given systems bound to a store."""
    schedule = Schedule([spec_of_system(f) for f in systems])
    return Runtime(schedule, store, Threading(threads, lanes))


def run(runtime: Runtime, ticks: int = 1) -> None:
    """Run ticks without a clock."""
    runtime.run(ticks, lambda: None, lambda: None)
