"""What an environment adds to the engine: ``python -m bench.environments [--update-readme]``.

Both run in one process, by turns, in short stretches: the raw engine (``Simulation.step``, masks,
rewards and observations in its buffers) and ``TownVectorEnv`` around another simulation of the same
towns. The town's policy decides in both. Of each there are two; engines are built first and last,
since what is built first is some percent slower, whichever it is. What is told is the median of the
ratios of neighbouring stretches, and what Gymnasium's ``benchmark_vector_step`` finds.
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
from townlet.config import SimulationConfig
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


def _engine(config: SimulationConfig, towns: int) -> Callable[[], None]:
    """A step of an engine of its own."""
    sim = Simulation.from_config(config, towns, 1, learner=Learner(True, "hybrid"))
    rows = towns * sim.capacity
    everybody, decide = np.ones(rows, bool), np.full(rows, -1, np.int32)
    sim.step(None, waits=everybody)

    def step() -> None:
        sim.step(decide)
        sim.masks("option")

    return step


def _stepping(env: TownVectorEnv, mode: str) -> Callable[[], None]:
    """A step of an environment."""
    env.reset(seed=1)
    decide = np.full(env.num_envs, -1, np.int32)

    def step() -> None:
        *_, terminated, truncated, _ = env.step(decide)
        done = terminated | truncated
        if mode == "disabled" and done.any():
            env.reset(options={"reset_mask": done})

    return step


def measure(
    towns: int, agents: int, mode: str, warmup: int, turns: int, steps: int, buffers: int = 1
) -> dict[str, Any]:
    """Raw engines and environments by turns."""
    config = learning_config(TOWN, agents)

    def environment() -> TownVectorEnv:
        return TownVectorEnv(config, towns, autoreset_mode=mode, seed=1, buffers=buffers)

    first = _engine(config, towns)
    envs = [environment(), environment()]
    ours = [_stepping(env, mode) for env in envs]
    every = [first, *ours, _engine(config, towns)]
    for step in every:
        stretch(step, warmup)
    times = np.array([[stretch(step, steps) for step in every] for _ in range(turns)])
    raw, own = times[:, [0, 3]].mean(axis=1), times[:, [1, 2]].mean(axis=1)
    return {
        "mode": mode,
        "towns": towns,
        "agents": agents,
        "buffers": buffers,
        "raw_ms": float(np.median(raw) * 1e3),
        "env_ms": float(np.median(own) * 1e3),
        "ratio": float(np.median(own / raw)),
        "agent_steps_per_s": float(envs[0].num_envs / np.median(own)),
        "benchmark_vector_step": benchmark_vector_step(envs[0], target_duration=5, seed=1),
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
