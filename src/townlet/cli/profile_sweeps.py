"""``townlet profile --sweep`` and ``--threads-sweep``: the same town, larger or on more threads."""

import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from townlet.cli.drive import Stop
from townlet.cli.profile import Wish, measured
from townlet.cli.profile_show import show_report
from townlet.errors import UserError
from townlet.report.folder import write_file

SHOWN = 12
"""Systems whose exponent is shown."""


def run_sweep(
    wish: Wish, sizes: str, picture: Path | None, stop: Stop, console: Console, *, quiet: bool
) -> dict[str, Any]:
    """Profile the town with more and more agents; return the report of the largest, and the sweep.

    Raises:
        UserError: ``sizes`` is no range, or there is no matplotlib to draw with.
    """
    from townlet.profiling.sweep import sizes_of, sweep_of  # noqa: PLC0415  (quick `--help`)

    agents = sizes_of(sizes)
    if picture is not None:
        _check_matplotlib()
    reports = _reports([replace(wish, agents=count) for count in agents], stop, console)
    report = reports[-1]
    if len(reports) > 1:
        report["sweep"] = sweep_of(reports)
        if not quiet:
            _show_sweep(report["sweep"], report, console)
        if picture is not None:
            _save_picture(picture, report, console)
    elif not quiet:
        show_report(report, console)
    report["interrupted"] = stop.asked
    return report


def run_threads_sweep(
    wish: Wish, counts: str, stop: Stop, console: Console, *, quiet: bool
) -> dict[str, Any]:
    """Profile the town on more and more threads; return the report of the last, and the sweep.

    Raises:
        UserError: ``counts`` is no range, or there are fewer threads to be had.
    """
    from townlet.profiling.cores import threads_sweep_of  # noqa: PLC0415  (quick `--help`)

    threads = thread_counts(counts)
    reports = _reports([replace(wish, threads=count) for count in threads], stop, console)
    report = reports[-1]
    if len(reports) > 1:
        report["threads_sweep"] = threads_sweep_of(reports)
        if not quiet:
            _show_threads(report["threads_sweep"], report, console)
    elif not quiet:
        show_report(report, console)
    report["interrupted"] = stop.asked
    return report


def thread_counts(text: str) -> list[int]:
    """Numbers of threads ``A..B``: A, its doubles, and B.

    Raises:
        UserError: it is no range, or there are fewer than B threads to be had.
    """
    from townlet.ecs.runtime import Threading  # noqa: PLC0415  (quick `--help`)

    first, dots, last = text.partition("..")
    if not dots or not first.isdecimal() or not last.isdecimal() or not 1 <= int(first) < int(last):
        raise UserError(f"--threads-sweep {text}: write a range of threads, such as 1..4")
    try:
        Threading.choose(1, int(last))
    except ValueError as error:
        raise UserError(f"--threads-sweep {text}: {error}") from None
    found, count = [], int(first)
    while count < int(last):
        found.append(count)
        count *= 2
    return [*found, int(last)]


def _reports(wishes: list[Wish], stop: Stop, console: Console) -> list[dict[str, Any]]:
    """A report per wish, until Ctrl-C, also one that comes while a town is built.

    Raises:
        KeyboardInterrupt: it came before there was any.
    """
    from townlet.profiling.measure import report_of  # noqa: PLC0415  (quick `--help`)

    reports: list[dict[str, Any]] = []
    for wish in wishes:
        if stop.asked:
            break
        try:
            profile = measured(wish, stop, console)
        except KeyboardInterrupt:
            if not reports:
                raise
            stop.asked = True
            break
        if not profile.interrupted or not reports:
            reports.append(report_of(profile))
        del profile
        gc.collect()  # a million agents twice would not fit everywhere
    return reports


def _show_sweep(sweep: dict[str, Any], report: dict[str, Any], console: Console) -> None:
    """Print sizes, costs and exponents."""
    at = ", ".join(time["at"] for time in report["times"])
    console.print(f"[bold]{escape(report['config_id'])}[/bold]  median ticks from {at}")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("agents", "threads", "µs/tick", "ns/agent", "agent-ticks/s"):
        table.add_column(heading, justify="right")
    table.add_column("dearest systems, ns/agent")
    for size in sweep["sizes"]:
        dearest = sorted(size["systems"].items(), key=lambda item: -item[1])[:3]
        table.add_row(
            f"{size['agents'] * size['towns']:,}",
            f"{size['threads']}, {size['way']}",
            f"{size['ns_per_tick'] / 1e3:,.1f}",
            f"{size['ns_per_agent']:,.1f}",
            f"{1e3 / size['ns_per_agent']:,.2f} M" if size["ns_per_agent"] else "",
            escape(", ".join(f"{name} {ns:,.1f}" for name, ns in dearest)),
        )
    console.print(table)
    total = sweep["total"]
    if total is not None:
        error = "" if total["error"] is None else f" ± {total['error']:.2f}"
        console.print(
            f"[bold]A tick costs as agents to the power of {total['exponent']:.2f}{error}[/bold] "
            "(1: an agent costs the same however many there are)."
        )
    fits = list(sweep["systems"].items())[:SHOWN]
    console.print(
        escape(", ".join(f"{name} {fit['exponent']:.2f}" for name, fit in fits)), style="dim"
    )


def _show_threads(sweep: dict[str, Any], report: dict[str, Any], console: Console) -> None:
    """Print speed by threads, and which systems gain least."""
    console.print(
        f"[bold]{escape(report['config_id'])}[/bold]  {report['agents'] * report['towns']:,} agents"
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("threads", "µs/tick", "times as fast", "of ideal", "serial share of the work"):
        table.add_column(heading, justify="right")
    for row in sweep["threads"]:
        serial = row["serial_fraction"]
        table.add_row(
            str(row["threads"]),
            f"{row['ns_per_tick'] / 1e3:,.1f}",
            f"{row['speed_up']:.2f}",
            f"{row['efficiency']:.0%}",
            "" if serial is None else f"{serial:.1%}",
        )
    console.print(table)
    console.print(
        "The serial share is what would explain the speed-up (Karp and Flatt); waiting, imbalance "
        "and shared memory count as serial."
    )
    table = Table("system", box=box.SIMPLE_HEAD, pad_edge=False)
    first, last = sweep["threads"][0]["threads"], sweep["threads"][-1]["threads"]
    for heading in (f"µs at {first}", f"µs at {last}", "times as fast"):
        table.add_column(heading, justify="right")
    for name, cost in list(sweep["systems"].items())[:SHOWN]:
        table.add_row(
            name,
            f"{cost['ns_per_tick'][0] / 1e3:,.1f}",
            f"{cost['ns_per_tick'][-1] / 1e3:,.1f}",
            f"{cost['speed_up']:.2f}",
        )
    console.print(table)


def _check_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise UserError(
            "--picture needs matplotlib: install it, or Townlet with its `report` extra."
        ) from None


def _save_picture(path: Path, report: dict[str, Any], console: Console) -> None:
    from townlet.report.sweep_picture import draw_sweep  # noqa: PLC0415  (matplotlib is an extra)

    write_file(path, lambda draft: draw_sweep(report, draft))
    console.print(escape(f"Wrote {path}"))
