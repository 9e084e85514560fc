"""What a run shows a person: a moving line while it goes, two tables when it is done."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from townlet.cli.console import short_number
from townlet.cli.kpi_table import kpi_table
from townlet.report.subject import DAY, Outcome, Subject

PATIENCE_S = 2.0
"""Seconds of silence after which a warm-up explains itself where no spinner can turn."""

SLOWEST = 8
"""How many systems the closing table names."""


@contextmanager
def warm_up(console: Console) -> Iterator[Callable[[int, int, str], None]]:
    """Show what happens before the first tick; the first start ever compiles every kernel.

    Yields:
        A function to call with (kernels done, kernels in all, name of the next).
    """
    started, said = time.perf_counter(), False
    with console.status("Building the town") as status:

        def show(done: int, total: int, name: str) -> None:
            nonlocal said
            status.update(f"Warming up: {done} of {total} kernels, {name}")
            slow = time.perf_counter() - started > PATIENCE_S
            if slow and not said and not console.is_terminal:
                console.print("Warming up: the first start compiles, which can take a minute.")
                said = True

        yield show


@contextmanager
def progress(subject: Subject, ticks: int, console: Console) -> Iterator[Callable[..., None]]:
    """Show a progress line on a terminal; elsewhere show nothing.

    Yields:
        The ``watch`` function for `townlet.cli.drive.drive`.
    """
    columns = (
        TextColumn("[bold]{task.fields[clock]}"),
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} ticks"),
        TextColumn("[cyan]{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
    )
    population = subject.agents * subject.towns
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("run", total=ticks, clock=clock_text(subject), rate="")

        def watch(done: int, steady_s: float) -> None:
            rate = (done - 1) / steady_s if steady_s > 0 else 0.0
            text = f"{short_number(rate)} ticks/s, {short_number(rate * population)} agent-ticks/s"
            bar.update(task, completed=done, clock=clock_text(subject), rate=text)

        yield watch


def clock_text(subject: Subject) -> str:
    """Write the town's clock: Day 2 13:05 (the first day is 0)."""
    day, hour, minute = subject.clock
    return f"Day {day} {hour:02d}:{minute:02d}"


def show_outcome(
    subject: Subject, outcome: Outcome, summary: Mapping[str, Any], day: str, console: Console
) -> None:
    """Close a run: one line of what was done, the day's KPIs, the slowest systems."""
    towns = f"{summary['towns']:,} towns of " if summary["towns"] > 1 else ""
    console.print(
        f"[bold]{escape(summary['config_id'])}[/bold]  {towns}{summary['agents']:,} agents, "
        f"seed {summary['seed']}: {outcome.ticks:,} ticks to {clock_text(subject)}, "
        f"state {summary['state_hash']}"
    )
    console.print(_speed_text(summary))
    age = subject.tick / DAY
    tables = [kpi_table(summary["kpis"], day, age, many_towns=summary["towns"] > 1)]
    if summary["ticks_per_s"] is not None:  # the first tick is not timed by system
        tables.append(_system_table(summary))
    console.print(Columns(tables, padding=(0, 4)))
    dropped = {name: count for name, count in summary["dropped"].items() if count}
    if dropped:
        lost = ", ".join(f"{name} {count:,}" for name, count in dropped.items())
        console.print(f"[yellow]Dropped for want of room:[/yellow] {lost}")


def _speed_text(summary: Mapping[str, Any]) -> str:
    start = f"{summary['wall_s']:.2f} s in all, {summary['first_tick_s']:.2f} s the first tick"
    if summary["ticks_per_s"] is None:
        return start
    return (
        f"{start}; then {short_number(summary['ticks_per_s'])} ticks/s, "
        f"{short_number(summary['agent_ticks_per_s'])} agent-ticks/s"
    )


def _system_table(summary: Mapping[str, Any]) -> Table:
    table = Table("system", title="Slowest systems", box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("µs/tick", "share", "ns/agent"):
        table.add_column(heading, justify="right")
    times = {name: cost["ns_per_tick"] for name, cost in summary["systems"].items()}
    total = sum(times.values()) or 1.0
    for name in sorted(times, key=times.__getitem__, reverse=True)[:SLOWEST]:
        table.add_row(
            name,
            f"{times[name] / 1000:,.1f}",
            f"{times[name] / total:.0%}",
            f"{summary['systems'][name]['ns_per_agent']:,.2f}",
        )
    return table
