"""MAgent2 beside Townlet: ``python -m bench.peers --python build/peers/bin/python``.

Both with observations and rewards, with as many agents, turn by turn in one run; `make bench-peers`
makes the peers' environment first. Nothing is asserted.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.report import RESULTS, merge, update_readme
from townlet import Simulation
from townlet.config import load_config
from townlet.learner import Learner
from townlet.profiling.machine import machine

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("magent2_battle.py")
TOWN = ROOT / "configs" / "town.yaml"
#: Steps of MAgent2 and ticks of Townlet in a turn, by agents.
STEPS = {4_000: (40, 400), 100_000: (6, 40), 1_000_000: (2, 6)}
#: Townlet is timed from 08:00 of a day that follows a night: one of its slowest hours.
MINUTE, DAY = 8 * 60, 1440


def magent2(python: Path, agents: int, steps: int) -> float:
    """Agent-steps per second of one turn."""
    command = [str(python), str(SCRIPT), str(agents), str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["agent_steps_per_s"])


def lived_in(agents: int, variant: str) -> Simulation:
    """A town in the morning of its second day."""
    learner = Learner(observations=variant)  # type: ignore[arg-type]
    sim = Simulation.from_config(load_config(TOWN), agents=agents, seed=0, learner=learner)
    return sim.run(DAY + MINUTE - sim.config.start_minute())


def townlet(sim: Simulation, ticks: int) -> float:
    """Agent-ticks per second of one turn."""
    begun = time.perf_counter()
    sim.run(ticks)
    return sim.agents * ticks / (time.perf_counter() - begun)


def compare(python: Path, agents: int, turns: int, variant: str) -> dict[str, Any]:
    """Medians of some turns, and the median of their ratios."""
    steps, ticks = STEPS[agents]
    sim = lived_in(agents, variant)
    pairs = [(townlet(sim, ticks), magent2(python, agents, steps)) for _ in range(turns)]
    return {
        "agents": agents,
        "townlet": statistics.median(ours for ours, _ in pairs),
        "magent2": statistics.median(theirs for _, theirs in pairs),
        "ratio": statistics.median(ours / theirs for ours, theirs in pairs),
    }


def main(
    python: Annotated[
        Path, typer.Option(metavar="FILE", help="Interpreter of the peers' environment.")
    ] = ROOT / "build" / "peers" / "bin" / "python",
    agents: Annotated[
        list[int] | None, typer.Option(metavar="N", help="4000, 100000 or 1000000; else all.")
    ] = None,
    turns: Annotated[int, typer.Option(min=1, help="Turns of each.")] = 3,
    observations: Annotated[str, typer.Option(help="Variant that Townlet writes.")] = "hybrid",
    readme: Annotated[
        bool, typer.Option("--update-readme", help="Keep the results and rewrite README.md.")
    ] = False,
) -> None:
    """Time MAgent2's battle and a town with as many agents, turn by turn."""
    console = Console(stderr=True)
    sizes = agents or list(STEPS)
    unknown = [n for n in sizes if n not in STEPS]
    if unknown or not python.is_file():
        what = f"--agents {unknown[0]}: one of {', '.join(map(str, STEPS))}" if unknown else (
            f"--python {python}: there is no such interpreter; `make bench-peers` makes it"
        )  # fmt: skip
        print(what, file=sys.stderr)
        raise typer.Exit(2)
    rows = []
    for size in sizes:
        console.print(f"{size:,} agents: a town lives to the morning of its second day")
        rows.append(compare(python, size, turns, observations))
    shown = Table(title="M agent-steps per second, with observations and rewards")
    for name in ("agents", "Townlet", "MAgent2 battle", "ratio"):
        shown.add_column(name, justify="right")
    for row in rows:
        ours, theirs = row["townlet"] / 1e6, row["magent2"] / 1e6
        shown.add_row(f"{row['agents']:,}", f"{ours:.2f}", f"{theirs:.2f}", f"{row['ratio']:.1f}x")
    console.print(shown)
    if readme:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        found = {"case": "peers", "run": now, "machine": machine(), "observations": observations}
        merge(RESULTS, {**found, "rows": rows})
        update_readme()


if __name__ == "__main__":
    typer.run(main)
