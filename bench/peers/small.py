"""The small rules side by side: Townlet, a plain Python loop and Mesa; nothing is observed.

The loop and Mesa do the same to the last bit, which is checked in every turn. Townlet's rules are
richer; what its people do is told beside what the loop's do.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers import rules
from bench.peers.process import run_peer
from bench.peers.rules import DAY, DURATION, PEOPLE, Habits
from townlet import Simulation
from townlet.config import load_config

TOWN = Path(__file__).with_name("small.yaml")
#: Worlds of 64 people.
WORLDS = (1, 64, 1024)
#: People of the peers lived through in a turn, as ticks; a world alone lives a day, busy and idle.
WORK = 2_000_000


def town(worlds: int) -> Simulation:
    """Towns of the small rules after a day, begun with the needs that the loop begins with."""
    sim = Simulation.from_config(load_config(TOWN), towns=worlds, seed=0)
    sim.run(1)
    levels = np.array([rules.first_levels(k) for k in range(PEOPLE)], np.float32)
    sim.column("Needs.level")[:, :2] = np.tile(levels, (worlds, 1))
    return sim.run(DAY - 1)


def habits(ticks: int = DAY) -> Habits:
    """What the town's people do in a day after the first; see :func:`bench.peers.rules.habits`."""
    sim = town(1)
    found = dict.fromkeys(("walked", "served", "waiting", "level"), 0.0)
    tile, using = sim.column("Position.tile"), sim.column("Activity.affordance")
    joined, level = sim.column("QueuePlace.object"), sim.column("Needs.level")
    for _ in range(ticks):
        stood, used = tile.copy(), using.copy()
        sim.run(1)
        found["walked"] += int((tile != stood).sum())
        found["served"] += int(((used >= 0) & (using < 0)).sum())
        found["waiting"] += int(((joined >= 0) & (using < 0)).sum())
        found["level"] += float(level[:, :2].sum())
    shares = {"walked": PEOPLE, "served": 2, "waiting": PEOPLE * ticks, "level": 2 * PEOPLE * ticks}
    return {name: value / shares[name] for name, value in found.items()}


def ticks_of(worlds: int) -> int:
    """Ticks of the peers' turn."""
    return max(DURATION, min(DAY, WORK // (worlds * PEOPLE)))


def compare(python: Path, worlds: int, turns: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Medians of some turns.

    Raises:
        RuntimeError: a peer fails, or Mesa and the loop do not end alike.
    """
    sim, found = town(worlds), []
    for turn in range(turns):
        say(f"{worlds:,} worlds of {PEOPLE}, turn {turn + 1} of {turns}")
        ours = worlds * PEOPLE * DAY / rules.timed(lambda: sim.run(DAY), 1)
        sizes = (str(worlds), str(ticks_of(worlds)))
        loop, mesa = (run_peer(python, name, *sizes) for name in ("rules", "mesa_rules"))
        if loop["digest"] != mesa["digest"]:
            raise RuntimeError("Mesa and the loop have not ended alike: the rules differ")
        found.append((ours, loop["agent_ticks_per_s"], mesa["agent_ticks_per_s"]))
    townlet, loop_rate, mesa_rate = (statistics.median(rates) for rates in zip(*found, strict=True))
    return {
        "agents": worlds * PEOPLE,
        "townlet": townlet,
        "loop": loop_rate,
        "mesa": mesa_rate,
        "over_loop": statistics.median(ours / loop for ours, loop, _ in found),
        "over_mesa": statistics.median(ours / mesa for ours, _, mesa in found),
    }


def measure(
    python: Path, worlds: list[int], turns: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """All sizes, and what people do in the town and in the loop."""
    return {
        "rows": [compare(python, count, turns, say) for count in worlds],
        "habits": {"townlet": habits(), "loop": rules.habits()},
    }
