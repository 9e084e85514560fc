"""Towns and launches for timing kernels alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.ecs import U32, U64, kernel
from townlet.ecs.launch import Launch, driver
from townlet.ecs.rng import POLICY_STREAM, draw_bits
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.intent import NORTH, WEST, Intent
from townlet_components.position import Occupancy, Position
from townlet_components.rows import Rows

_DAY = 1440


def lived_in(agents: int, minute: int, threads: int | None = None) -> Simulation:
    """A town at a minute of day 1, after a night."""
    sim = Simulation.from_config(SimulationConfig(), agents=agents, threads=threads)
    return sim.run(_DAY + minute - sim.config.start_minute())


def launches(sim: Simulation, system: str) -> list[Launch]:
    """The launches that a system consists of."""
    return sim._runtime.launches[system]


def runner(sim: Simulation, launch: Launch) -> Callable[[], None]:
    """What a tick does for this launch: the same machine code, lanes and threads."""
    parallel = launch.splits and sim.threading.threads > 1
    lanes = sim.threading.lanes if launch.splits else 1
    run, context = driver(parallel), launch.context.ctypes.data
    return lambda: run(launch.address, context, lanes)


def restorer(launch: Launch) -> Callable[[], None]:
    """Puts back, before every round, what the launch has changed."""
    saved = [(array, array.copy()) for array in launch.arrays if array.flags.writeable]

    def restore() -> None:
        for array, copy in saved:
            array[...] = copy

    return restore


def crowd(sim: Simulation, seed: int = 0) -> int:
    """Put everybody onto the street, as close together as it goes, each about to step anywhere.

    Every agent stands on a tile that holds one, in its own district, among neighbours; so nearly
    every step is contended. The actors are gathered, ready for ``move_agents``.

    Returns:
        Number of movers.
    """
    position, intent = sim.store.write(Position), sim.store.write(Intent)
    city, layouts = sim.store.read(DistrictPlan), sim.store.read(Layouts)
    town = sim.store.read(Rows).town
    occupancy = sim.store.write(Occupancy).count
    occupancy.fill(0)
    for district, layout in enumerate(city.layout):
        street = np.flatnonzero(layouts.single[layout] & layouts.walkable[layout])
        rows = np.flatnonzero(position.district == district)
        tiles = street[np.arange(len(rows)) % len(street)]
        position.tile[rows] = tiles
        np.add.at(occupancy, (town[rows] * len(city.layout) + district, tiles), 1)
    steps = np.random.default_rng(seed).integers(NORTH, WEST + 1, len(intent.primitive))
    intent.primitive[:] = steps
    for launch in launches(sim, "gather_actors"):
        runner(sim, launch)()
    return len(steps)


@kernel
def draw_all(out: U32, seed: U64) -> None:
    """One draw per slot: ``out`` (slots,), ``seed`` (1,)."""
    for slot in range(out.shape[0]):
        out[slot] = draw_bits(seed[0], POLICY_STREAM, 1, slot, 0, 1, 0)
