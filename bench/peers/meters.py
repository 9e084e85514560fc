"""Gymnasium's and PettingZoo's own meters, on Townlet's environments and on two of others.

``gymnasium.utils.performance.benchmark_vector_step`` counts steps of sub-environments, which are
agents here, with actions drawn at random from the space; ``benchmark_step`` is for environments of
one agent, of which Townlet has none. ``pettingzoo.test.performance_benchmark`` counts turns of
agents through the AEC face, which is Python for every turn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gymnasium.utils.performance import benchmark_vector_step

from bench.peers.battle import TOWN
from bench.peers.process import run_peer
from bench.peers.turns import turns_per_second
from townlet.env import TownVectorEnv, env
from townlet.env.core import learning_config

GYMNASIUM, PETTINGZOO = "benchmark_vector_step", "performance_benchmark"
#: Agents per town, towns: for Gymnasium's meter.
SIZES = ((8, 1), (64, 1), (64, 64))
#: Agents of the town for PettingZoo's.
TOWNS = (8, 64)


def configs(sizes: int = len(SIZES)) -> dict[str, str]:
    """Hash of what the environments run, by agents of a town: each has as many slots."""
    counts = {*(agents for agents, _ in SIZES[:sizes]), *TOWNS[:sizes]}
    return {str(n): learning_config(TOWN, n).config_hash() for n in sorted(counts)}


def measure(python: Path, seconds: int, sizes: int = len(SIZES)) -> list[dict[str, Any]]:
    """A row per meter and environment: ``meter``, ``name``, ``agents``, ``per_s``.

    Args:
        python: the peers' interpreter.
        seconds: how long Gymnasium's meter runs; PettingZoo's always takes five.
        sizes: how many of the sizes, the smallest first.
    """
    rows = []
    for agents, towns in SIZES[:sizes]:
        batch = TownVectorEnv(TOWN, towns, agents=agents, seed=0)
        rate = benchmark_vector_step(batch, target_duration=seconds, seed=0)
        name = f"Townlet, {towns} town{'s' if towns > 1 else ''} of {agents}"
        rows.append(_row(GYMNASIUM, name, agents * towns, rate))
    for agents in TOWNS[:sizes]:
        town = env(TOWN, agents=agents, seed=0)
        rows.append(
            _row(PETTINGZOO, f"Townlet, a town of {agents}", agents, turns_per_second(town))
        )
    found = run_peer(python, "peer_meters", str(seconds))
    carts = "Gymnasium's `CartPole-v1`"
    return [
        *rows,
        _row(GYMNASIUM, f"{carts}, 64 one by one", 64, found["sync"]),
        _row(GYMNASIUM, f"{carts}, 64 in NumPy arrays", 64, found["vector_entry_point"]),
        _row(PETTINGZOO, "MAgent2 `battle_v4`", found["battle_agents"], found["battle"]),
    ]


def _row(meter: str, name: str, agents: int, rate: float) -> dict[str, Any]:
    return {"meter": meter, "name": name, "agents": agents, "per_s": rate}
