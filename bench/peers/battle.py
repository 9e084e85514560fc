"""MAgent2's `battle` beside a town with as many agents, turn by turn in one run.

Three units, never mixed: ``bare`` (the world alone), ``observed`` (observations and rewards of all
agents in every step), ``policy`` (besides, a network chooses for all of them). Townlet's own policy
decides in the first two, luck in MAgent2's.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.peers.network import Network
from bench.peers.process import ROOT, run_peer
from bench.peers.rules import timed
from townlet import Simulation
from townlet.config import load_config
from townlet.learner import Learner, Variant

TOWN = ROOT / "configs" / "town.yaml"
AGENTS = (4_000, 100_000, 1_000_000)
UNITS = ("bare", "observed", "policy")
#: Townlet is timed from 08:00 of a day that follows a night: one of its slowest hours.
MINUTE, DAY = 8 * 60, 1440


def steps_of(agents: int) -> int:
    """Steps of MAgent2 in a turn."""
    return max(2, min(40, 600_000 // agents))


def ticks_of(agents: int) -> int:
    """Ticks of Townlet in a turn."""
    return max(6, min(400, 4_000_000 // agents))


def lived_in(agents: int, variant: Variant | None, hours: int = 25) -> Simulation:
    """A town so many hours after 07:00; a day and an hour: the morning of its second day."""
    learner = None if variant is None else Learner(True, variant)
    sim = Simulation.from_config(load_config(TOWN), agents=agents, seed=0, learner=learner)
    return sim.run(hours * 60)


def stepper(sim: Simulation, unit: str) -> Callable[[], object]:
    """What runs a tick of this unit."""
    if unit != "policy":
        return lambda: sim.run(1)
    seen, mask = sim.observation().features, sim.masks("option").option
    network = Network(seen.shape[1], mask.shape[1])

    def decided() -> None:
        actions = network.choose(seen, mask)
        sim.step(actions)
        sim.masks("option")

    return decided


def compare(
    python: Path, sim: Simulation, unit: str, turns: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Medians of some turns, and the median of their ratios.

    Raises:
        RuntimeError: MAgent2 fails.
    """
    agents, pairs = sim.agents, []
    step, ticks, steps = stepper(sim, unit), ticks_of(sim.agents), steps_of(sim.agents)
    for turn in range(turns):
        say(f"{agents:,} agents, {unit}, turn {turn + 1} of {turns}")
        ours = agents * ticks / timed(step, ticks)
        peer = run_peer(python, "magent2_battle", str(agents), str(steps), unit)
        pairs.append((ours, peer["agent_steps_per_s"]))
    return {
        "agents": agents,
        "unit": unit,
        "townlet": statistics.median(ours for ours, _ in pairs),
        "magent2": statistics.median(theirs for _, theirs in pairs),
        "ratio": statistics.median(ours / theirs for ours, theirs in pairs),
    }


def measure(
    python: Path, sizes: list[int], turns: int, variant: Variant, hours: int,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:  # fmt: skip
    """A row per size and unit."""
    rows = []
    for agents in sizes:
        for learned in (None, variant):
            say(f"{agents:,} agents{', observed' if learned else ''}: a town lives {hours} hours")
            sim = lived_in(agents, learned, hours)
            units = UNITS[:1] if learned is None else UNITS[1:]
            rows += [compare(python, sim, unit, turns, say) for unit in units]
            del sim
    return rows
