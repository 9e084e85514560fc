"""What an environment adds to the engine: ``python -m bench.environments [--update-readme]``.

Both run in one process, by turns, in short stretches: the raw engine (``Simulation.step``, masks,
rewards and observations in its buffers) and ``TownVectorEnv`` around another simulation of the same
towns. The town's policy decides in both. What is told is the median of the ratios of neighbouring
stretches, and what ``gymnasium.utils.performance.benchmark_vector_step`` finds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
import typer
from gymnasium.utils.performance import benchmark_vector_step

from bench.balance import TOWN
from bench.report import RESULTS, merge, update_readme
from townlet.ecs.runtime import Threading
from townlet.env import TownVectorEnv
from townlet.env.core import learning_config
from townlet.learner import Learner
from townlet.profiling.machine import machine
from townlet.simulation import Simulation

MODES = ("next_step", "same_step", "disabled")


def stretch(step: Callable[[], object], steps: int) -> float:
    """Seconds a step takes, of some."""
    begun = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - begun) / steps


def measure(
    towns: int, agents: int, mode: str, warmup: int, turns: int, steps: int, buffers: int = 1
) -> dict[str, Any]:
    """Raw engine and environment by turns."""
    config = learning_config(TOWN, agents)
    env = TownVectorEnv(config, towns, autoreset_mode=mode, seed=1, buffers=buffers)
    sim = Simulation.from_config(config, towns, 1, learner=Learner(True, "hybrid"))
    env.reset(seed=1)
    everybody, decide = np.ones(env.num_envs, bool), np.full(env.num_envs, -1, np.int32)
    sim.step(None, waits=everybody)

    def raw() -> None:
        sim.step(decide)
        sim.masks("option")

    def stepped() -> None:
        *_, terminated, truncated, _ = env.step(decide)
        done = terminated | truncated
        if mode == "disabled" and done.any():
            env.reset(options={"reset_mask": done})

    stretch(raw, warmup)
    stretch(stepped, warmup)
    pairs = np.array([(stretch(raw, steps), stretch(stepped, steps)) for _ in range(turns)])
    return {
        "mode": mode,
        "towns": towns,
        "agents": agents,
        "buffers": buffers,
        "raw_ms": float(np.median(pairs[:, 0]) * 1e3),
        "env_ms": float(np.median(pairs[:, 1]) * 1e3),
        "ratio": float(np.median(pairs[:, 1] / pairs[:, 0])),
        "agent_steps_per_s": float(env.num_envs / np.median(pairs[:, 1])),
        "benchmark_vector_step": benchmark_vector_step(env, target_duration=5, seed=1),
    }


def main(
    towns: Annotated[int, typer.Option(min=1, help="Towns.")] = 1024,
    agents: Annotated[int, typer.Option(min=1, help="Agents per town.")] = 64,
    mode: Annotated[
        str, typer.Option(help="One of next_step, same_step, disabled; or all.")
    ] = "all",
    warmup: Annotated[int, typer.Option(min=1, help="Steps first; the town wakes at 07:00.")] = 360,
    turns: Annotated[int, typer.Option(min=1, help="Stretches of each.")] = 25,
    steps: Annotated[int, typer.Option(min=1, help="Steps of a stretch.")] = 10,
    buffers: Annotated[
        int, typer.Option(min=0, max=64, help="Buffers of observations; 2 costs a copy.")
    ] = 1,
    readme: Annotated[
        bool, typer.Option("--update-readme", help="Keep the results and rewrite README.md.")
    ] = False,
) -> None:
    """Print one JSON object."""
    rows = [
        measure(towns, agents, each, warmup, turns, steps, buffers)
        for each in (MODES if mode == "all" else (mode,))
    ]
    found = {
        "case": "environments",
        "run": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": machine(),
        "threads": Threading.choose(towns * agents, None, None, None).threads,
        "config_hash": learning_config(TOWN, agents).config_hash(),
        "rows": rows,
    }
    print(json.dumps(found, indent=1))
    if readme:
        merge(RESULTS, found)
        update_readme()


if __name__ == "__main__":
    typer.run(main)
