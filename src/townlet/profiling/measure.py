"""Profile a simulation: ticks at some times of day, and what the machine can do beside them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from townlet.ecs.runtime import Runtime
from townlet.errors import UserError
from townlet.profiling.cores import outlook, serial_shares
from townlet.profiling.daytime import DAY, clock_of, live_until, lived_in_day, minute_of
from townlet.profiling.machine import machine
from townlet.profiling.reference import Reference, Speed
from townlet.profiling.samples import Sampler, Samples, joined
from townlet.profiling.summary import (
    PERCENTILES,
    accounts_of,
    makers_of,
    python_of,
    systems_of,
    windows_of,
)
from townlet.profiling.traffic import traffic_of

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Ticks that are run and not kept after the machine was measured, which empties the caches.
SETTLE = 2
#: Ticks that are run to see how long one takes, before a time of day is lived up to.
PACE = 1
_CHUNK_S = 0.2
Say = Callable[[str], object]


@dataclass(frozen=True)
class Stretch:
    """Ticks in a row.

    Attributes:
        at: time of day of the tick before the first.
        first_tick: number of the first.
        samples: what they took.
    """

    at: str
    first_tick: int
    samples: Samples


@dataclass
class Profile:
    """What was measured.

    Attributes:
        sim: the simulation.
        runtime: what ran its ticks.
        stretches: in the order they were lived; at least one with a tick.
        speeds: of the machine, before and after each stretch.
        first_tick_s: seconds of the very first tick, which is in no stretch.
        interrupted: it was stopped early.
    """

    sim: Simulation
    runtime: Runtime | None = None
    stretches: list[Stretch] = field(default_factory=list)
    speeds: list[Speed] = field(default_factory=list)
    first_tick_s: float = 0.0
    interrupted: bool = False

    @property
    def samples(self) -> Samples:
        """All ticks."""
        return joined([stretch.samples for stretch in self.stretches])


def minutes_of(at: Sequence[str], ticks: int) -> list[int]:
    """Times of day in rising order, in minutes.

    Raises:
        UserError: one is no time of day, or the next one comes before ``ticks`` have passed.
    """
    minutes = sorted(minute_of(text.strip()) for text in at)
    for minute, following in itertools.pairwise(minutes):
        if following - minute < ticks + PACE + SETTLE:
            raise UserError(
                f"at: {ticks} ticks from {clock_of(minute)} on do not fit before "
                f"{clock_of(following)}"
            )
    return minutes


def measure(
    sim: Simulation,
    ticks: int,
    minutes: Sequence[int] = (),
    *,
    go_on: Callable[[], bool] = lambda: True,
    say: Say = lambda text: None,
    reference: Reference | None = None,
) -> Profile:
    """Profile a simulation that has not run yet.

    Args:
        sim: the simulation.
        ticks: per time of day, or in all.
        minutes: times of day in rising order, of the first day on which the town is lived in;
            none: the ticks after the first are profiled.
        go_on: asked several times a second; False: stop with what there is.
        say: told what is going on.
        reference: measures the machine; None: nobody does.
    """
    found = Profile(sim)
    begun = time.perf_counter()
    sim.run(1)
    found.first_tick_s = time.perf_counter() - begun
    day = lived_in_day(sim.config.start_minute())
    for minute in minutes or (None,):
        if minute is not None:
            at = clock_of(minute)
            say(f"Living until {at} of day {day}")
            live_until(sim, day, minute - SETTLE, go_on, chunk=_chunk(sim, PACE))
        if not go_on() and found.stretches:
            break
        if reference is not None:
            say("Measuring the machine")
            found.speeds.append(reference.measure())
        sim.run(SETTLE)
        at = clock_of(sim.clock[1] * 60 + sim.clock[2])
        say(f"Profiling {ticks:,} ticks from {at} on")
        sampler, first = sim.sampler(ticks), sim.tick + 1
        _fill(sampler, go_on)
        found.runtime = sampler.runtime
        found.stretches.append(Stretch(at, first, sampler.samples()))
        if not go_on():
            break
    if reference is not None:
        found.speeds.append(reference.measure())
    found.interrupted = not go_on()
    return found


def _fill(sampler: Sampler, go_on: Callable[[], bool]) -> None:
    """Run the ticks there is room for, the first one whatever happens."""
    chunk = 1
    while sampler.ticks < sampler.room and (go_on() or not sampler.ticks):
        begun = time.perf_counter()
        chunk = min(chunk, sampler.room - sampler.ticks)
        sampler.run(chunk)
        spent = max(time.perf_counter() - begun, 1e-9)
        chunk = max(1, min(2 * chunk, int(_CHUNK_S * chunk / spent)))


def _chunk(sim: Simulation, ticks: int) -> int:
    """Ticks in a fifth of a second, by how long some take."""
    begun = time.perf_counter()
    sim.run(ticks)
    return max(1, int(_CHUNK_S * ticks / max(time.perf_counter() - begun, 1e-6)))


def report_of(profile: Profile) -> dict[str, Any]:
    """All numbers of a profile, as JSON holds them; the simulation is of no use afterwards."""
    sim, samples, runtime = profile.sim, profile.samples, profile.runtime
    assert runtime is not None, "nothing was measured"
    agents, traffic = sim.towns * sim.agents, traffic_of(runtime)
    triad = max((speed.triad_gb_per_s for speed in profile.speeds), default=0.0)
    systems = systems_of(samples, traffic, agents, triad)
    state_hash = f"{sim.hash():016x}"
    accounts = accounts_of(samples)
    rate = samples.ticks / accounts["wall_s"]
    return {
        **about(sim),
        "ticks": samples.ticks,
        "wall_s": accounts["wall_s"],
        "first_tick_s": round(profile.first_tick_s, 6),
        "ticks_per_s": round(rate, 3),
        "agent_ticks_per_s": round(rate * agents, 1),
        "state_hash": state_hash,
        "interrupted": profile.interrupted,
        "machine": machine(),
        "reference": [asdict(speed) for speed in profile.speeds],
        "accounts": {name: round(value, 9) for name, value in accounts.items()},
        "cores_busy": round(samples.cpu_ns / samples.wall_ns, 3),
        "python": python_of(samples),
        "systems": systems,
        "ninety_percent": makers_of(systems),
        "outlook": outlook(samples, serial_shares(runtime, traffic), sim.threading.threads),
        "times": [_time(stretch, agents) for stretch in profile.stretches],
        "windows": [
            {"at": stretch.at, "ticks": stretch.samples.ticks, **windows_of(stretch.samples)}
            for stretch in profile.stretches
        ],
    }


def about(sim: Simulation) -> dict[str, Any]:
    """What was profiled."""
    learner, way = sim.learner, sim.threading.way
    return {
        "config_id": sim.config.config_id,
        "config_hash": sim.config.config_hash(),
        "seed": sim.seed,
        "towns": sim.towns,
        "agents": sim.agents,
        "threads": sim.threading.threads,
        "lanes": sim.threading.lanes,
        "fused": way == "fused",
        "way": way,
        "layer": Runtime.threading_layer() if sim.threading.threads > 1 else "serial",
        "observations": learner.observations if learner else None,
    }


def _time(stretch: Stretch, agents: int) -> dict[str, Any]:
    """One stretch in short."""
    samples, accounts = stretch.samples, accounts_of(stretch.samples)
    totals, rate = samples.totals, samples.ticks / accounts["wall_s"]
    means = samples.systems.mean(axis=0)
    dearest = sorted(zip(samples.names, means.tolist(), strict=True), key=lambda item: -item[1])
    return {
        "at": stretch.at,
        "first_tick": stretch.first_tick,
        "ticks": samples.ticks,
        "wall_s": round(accounts["wall_s"], 9),
        "ticks_per_s": round(rate, 3),
        "agent_ticks_per_s": round(rate * agents, 1),
        "ns_per_agent": round(float(totals.mean()) / agents, 5),
        **{f"p{p}_ns": round(float(np.percentile(totals, p)), 1) for p in PERCENTILES},
        "max_ns": int(totals.max()),
        "accounts": {name: round(value, 9) for name, value in accounts.items()},
        "systems": {name: round(ns, 1) for name, ns in dearest},
    }


def plan_of(sim: Simulation, ticks: int, minutes: Sequence[int]) -> dict[str, Any]:
    """What :func:`measure` is going to do, as far as a comparison has to know it beforehand."""
    first = (sim.config.start_minute() + 1 + SETTLE) % DAY
    windows = [{"at": clock_of(minute), "ticks": ticks} for minute in minutes or (first,)]
    return {**about(sim), "machine": machine(), "windows": windows}
