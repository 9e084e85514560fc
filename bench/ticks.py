"""Time whole ticks: ``python -m bench.ticks [--case NAME]… [--json FILE] [--update-readme]``.

A case is run to each of its times of day and timed there in windows; the rate is the median of the
windows. Building, compiling and the ticks before are outside the clock. Nothing is asserted.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numba
import typer
from rich.console import Console
from rich.table import Table

from bench.case import FOLDER, Case, case_names, load_case
from bench.report import RESULTS, merge, update_readme
from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.ecs.runtime import Runtime
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.profiling.daytime import live_until, lived_in_day
from townlet.profiling.machine import machine
from townlet.profiling.memory import state_bytes
from townlet.profiling.reference import Reference
from townlet.snapshot import restore_contents, take

Say = Callable[[str], None]
#: Towns of so many agents live unobserved until they are timed; then so many ticks warm them up.
_LARGE, _WARM = 500_000, 3


def measure(case: Case, threads: int | None = None, say: Say = lambda text: None) -> dict[str, Any]:
    """Run a case.

    Args:
        case: the case.
        threads: None: as many as a simulation of this size takes.
        say: told what is going on.

    Returns:
        What JSON can hold: the case, machine, threads, hashes, and an entry per time of day.
    """
    say(f"{case.title}: building")
    begun = time.perf_counter()
    learner = Learner(observations=case.observations) if case.observations else None
    sim = _build(case, threads, learner)
    sim.run(1)
    started = time.perf_counter() - begun
    # What nobody watches a large town live through until then takes a third of the time.
    unseen = _build(case, threads, None) if learner and case.agents >= _LARGE else sim
    windows: dict[str, list[float]] = {at: [] for at in case.at}
    systems: dict[str, Counter[str]] = {at: Counter() for at in case.at}
    first = lived_in_day(sim.config.start_minute())
    for day in range(first, first + case.days):
        for at, minute in zip(case.at, case.minutes, strict=True):
            say(f"{case.title}: day {day}, {at}")
            live_until(unseen, day, minute)
            if unseen is not sim:
                restore_contents(sim, take(unseen))
                sim.run(_WARM)
            windows[at] += _time_windows(sim, case, systems[at])
    times = [_entry(sim, case, at, windows[at], systems[at]) for at in case.at]
    return {
        "case": case.name,
        "title": case.title,
        "agents": case.agents,
        "towns": case.towns,
        "threads": sim.threading.threads,
        "lanes": sim.threading.lanes,
        "layer": Runtime.threading_layer() if sim.threading.threads > 1 else "serial",
        "config_hash": sim.config.config_hash(),
        "state_hash": f"{sim.hash():016x}",
        "first_tick_s": round(started, 3),
        "bytes_per_agent": round(state_bytes(sim) / (case.agents * case.towns), 1),
        "all_bytes_per_agent": round(state_bytes(sim, hot=False) / (case.agents * case.towns), 1),
        "slowest": max(times, key=lambda entry: entry["ns_per_agent"])["at"],
        "times": times,
    }


def _build(case: Case, threads: int | None, learner: Learner | None) -> Simulation:
    return Simulation.from_config(
        case.config or SimulationConfig(), case.towns, 0, case.agents, threads=threads,
        learner=learner,
    )  # fmt: skip


def _time_windows(sim: Simulation, case: Case, systems: Counter[str]) -> list[float]:
    """Nanoseconds per tick of each window; adds up each system's in ``systems``."""
    found = []
    sim.reset_timings()
    for _ in range(case.windows):
        begun = time.perf_counter_ns()
        sim.run(case.window)
        found.append((time.perf_counter_ns() - begun) / case.window)
    for row in sim.timings().iter_rows(named=True):
        systems[row["system"]] += row["ns_total"]
    return found


def _entry(
    sim: Simulation, case: Case, at: str, windows: list[float], systems: Counter[str]
) -> dict[str, Any]:
    """What was found at one time of day."""
    ns, agents = statistics.median(windows), sim.towns * sim.agents
    ticks = case.days * case.windows * case.window
    return {
        "at": at,
        "windows": len(windows),
        "us_per_tick": round(ns / 1e3, 3),
        "us_per_tick_least": round(min(windows) / 1e3, 3),
        "us_per_tick_most": round(max(windows) / 1e3, 3),
        "ticks_per_s": round(1e9 / ns, 2),
        "agent_ticks_per_s": round(1e9 / ns * agents),
        "ns_per_agent": round(ns / agents, 3),
        "systems": {name: round(total / ticks / agents, 4) for name, total in systems.items()},
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print a result: rates by time of day, then each system's share at the slowest."""
    title = (
        f"{result['title']}: {result['threads']} threads ({result['layer']}), "
        f"{result['bytes_per_agent']:.0f} B per agent, first tick after {result['first_tick_s']} s"
    )
    rates = Table(title=title, title_justify="left")
    for name in ("at", "ticks/s", "M agent-ticks/s", "ns per agent", "µs per tick, least to most"):
        rates.add_column(name, justify="right")
    for entry in result["times"]:
        rates.add_row(
            entry["at"] + (" slowest" if entry["at"] == result["slowest"] else ""),
            f"{entry['ticks_per_s']:,.0f}",
            f"{entry['agent_ticks_per_s'] / 1e6:.2f}",
            f"{entry['ns_per_agent']:.1f}",
            f"{entry['us_per_tick_least']:,.0f} to {entry['us_per_tick_most']:,.0f}",
        )
    console.print(rates)
    slow = next(entry for entry in result["times"] if entry["at"] == result["slowest"])
    shares = Table(title=f"ns per agent and system at {slow['at']}", title_justify="left")
    shares.add_column("system")
    shares.add_column("ns", justify="right")
    for name, ns in sorted(slow["systems"].items(), key=lambda item: -item[1]):
        shares.add_row(name, f"{ns:.2f}")
    console.print(shares)


def speed() -> dict[str, float]:
    """What all cores of the machine do right now, so that runs on two machines can be compared."""
    return asdict(Reference(int(numba.config.NUMBA_NUM_THREADS)).measure())  # type: ignore[attr-defined]


def main(
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="NAME", help="Run these; else all.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Threads; else as a run would take.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the results here.")
    ] = None,
    readme: Annotated[
        bool,
        typer.Option("--update-readme", help="Keep the results, and rewrite README.md's tables."),
    ] = False,
) -> None:
    """Time whole ticks at four times of day."""
    console = Console(stderr=True)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = {"run": stamp, "machine": machine()}
    results = []
    try:
        for name in case or case_names():
            todo = load_case(FOLDER / f"{name}.yaml")
            with console.status(todo.title) as status:
                measured = measure(todo, threads, status.update)
                status.update(f"{todo.title}: how fast this machine is")
                results.append({**measured, **about, "speed": speed()})
            show(results[-1], console)
            if readme:
                merge(RESULTS, results[-1])
                update_readme()
    except UserError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(UserError.exit_code) from None
    if out is not None:
        out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
