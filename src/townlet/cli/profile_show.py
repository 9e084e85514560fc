"""What ``townlet profile`` shows a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from townlet.cli.console import short_number

SHOWN = 0.005
"""Systems with a smaller share of a tick are told together."""

LARGEST = 3
BUSY = 0.4
"""Who waits for more than this share of the wall time is told so."""

WIDE = 130
"""A terminal of so many columns has room for everything."""

_COLOURS = {"slower": "bold red", "faster": "bold green"}
_PARTS = {
    "systems_s": "in systems, working",
    "waiting_s": "in systems, waiting for another thread or program",
    "python_s": "Python around systems",
    "gc_s": "garbage collection",
    "own_s": "the profile itself",
    "unaccounted_s": "unaccounted",
}
_CLASSES = {
    "hot": "hot: touched in every tick",
    "cold": "cold: touched when something happens",
    "shared": "shared by all towns: map, rules, lanes",
    "buffers": "buffers: masks, observations",
}


def show_report(report: Mapping[str, Any], console: Console) -> None:
    """Print a profile of one town or batch."""
    console.print(_title(report))
    console.print(_speed(report))
    console.print(systems_table(report, wide=console.width >= WIDE))
    count, every = len(report["ninety_percent"]), len(report["systems"])
    names = ", ".join(report["ninety_percent"])
    console.print(f"[bold]{count} of {every} systems make 90 % of the time:[/bold] {escape(names)}")
    console.print(_accounts(report))
    if report["accounts"]["waiting_s"] > BUSY * report["accounts"]["wall_s"]:
        console.print(
            "[yellow]warning:[/yellow] the ticks waited for most of the time: other programs use "
            "this machine, or a lane takes far longer than the others; measure again when it is "
            "quiet"
        )
    if len(report["times"]) > 1:
        console.print(_times(report))
        for time in report["times"]:
            console.print(f"{time['at']}: {_dearest(report, time)}", style="dim")
    console.print(_outlook(report))


def _title(report: Mapping[str, Any]) -> str:
    towns = f"{report['towns']:,} towns of " if report["towns"] > 1 else ""
    threads = report["threads"]
    how = f"{threads} threads ({report['layer']})" if threads > 1 else "1 thread"
    seen = f", {report['observations']} observations" if report["observations"] else ""
    at = ", ".join(f"{time['at']}" for time in report["times"])
    return (
        f"[bold]{escape(report['config_id'])}[/bold]  {towns}{report['agents']:,} agents{seen}, "
        f"{how}, {report['way']}: {report['ticks']:,} ticks from {at}"
    )


def _speed(report: Mapping[str, Any]) -> str:
    rate = (
        f"{short_number(report['ticks_per_s'])} ticks/s, "
        f"{short_number(report['agent_ticks_per_s'])} agent-ticks/s"
    )
    if not report["reference"]:
        return rate
    triad = max(speed["triad_gb_per_s"] for speed in report["reference"])
    return f"{rate}; memory triad {triad:.1f} GB/s with as many threads"


def systems_table(report: Mapping[str, Any], *, wide: bool) -> Table:
    """What each system costs; those that cost little together in the last line."""
    note = (
        "µs per tick. ≤: all columns a system is bound to, those it writes twice; one that "
        "skips rows touches less, so more than 100% of the triad means that it skips."
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    if wide:
        table.caption, table.caption_justify = note, "left"
    table.add_column("system", no_wrap=True)
    spread = ("p50", "p95", "p99", "max") if wide else ("p50", "p99", "max")
    headings = ["share", "mean", *spread, "ns/agent"]
    headings += ["rows", "≤ MB", "≤ GB/s", "≤ of triad"] if wide else []
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    systems = report["systems"]
    shown = {name: cost for name, cost in systems.items() if cost["share"] >= SHOWN}
    for name, cost in shown.items():
        table.add_row(name, *_cells(cost, spread, wide))
    rest = [cost for name, cost in systems.items() if name not in shown]
    if rest:
        table.add_section()
        table.add_row(
            f"{len(rest)} more",
            f"{sum(cost['share'] for cost in rest):.1%}",
            _micro(sum(cost["ns_per_tick"] for cost in rest)),
            *[""] * len(spread),
            f"{sum(cost['ns_per_agent'] for cost in rest):,.2f}",
        )
    return table


def _cells(cost: Mapping[str, Any], spread: tuple[str, ...], wide: bool) -> list[str]:
    roof = cost["roofline_share"]
    cells = [
        f"{cost['share']:.1%}",
        _micro(cost["ns_per_tick"]),
        *(_micro(cost[name]) for name in spread),
        f"{cost['ns_per_agent']:,.2f}",
    ]
    if wide:
        cells += [
            f"{cost['rows']:,} {cost['over']}".rstrip(),
            f"{cost['bytes'] / 1e6:,.1f}",
            f"{cost['gb_per_s']:,.1f}" if cost["bytes"] else "",
            "" if roof is None or not cost["bytes"] else f"{roof:.0%}",
        ]
    return cells


def _micro(ns: float) -> str:
    """Nanoseconds as microseconds, three digits where that is enough."""
    micro = ns / 1e3
    return f"{micro:,.0f}" if micro >= 100 else f"{micro:.1f}" if micro >= 10 else f"{micro:.2f}"


def _accounts(report: Mapping[str, Any]) -> Table:
    accounts, wall = report["accounts"], report["accounts"]["wall_s"]
    table = Table("where wall time went", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("µs/tick", justify="right")
    table.add_column("share", justify="right")
    for name, title in _PARTS.items():
        ns = accounts[name] / report["ticks"] * 1e9
        table.add_row(title, _micro(ns), f"{accounts[name] / wall:.2%}")
    table.add_section()
    table.add_row("wall time", _micro(wall / report["ticks"] * 1e9), "100%")
    table.add_row("cores busy, of " + str(report["threads"]), "", f"{report['cores_busy']:.2f}")
    return table


def _times(report: Mapping[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("time of day", no_wrap=True)
    for heading in ("ticks/s", "agent-ticks/s", "ns/agent", "p50 µs", "p99", "max"):
        table.add_column(heading, justify="right", no_wrap=True)
    for time in report["times"]:
        table.add_row(
            time["at"],
            short_number(time["ticks_per_s"]),
            short_number(time["agent_ticks_per_s"]),
            f"{time['ns_per_agent']:,.2f}",
            *(_micro(time[name]) for name in ("p50_ns", "p99_ns", "max_ns")),
        )
    return table


def _dearest(report: Mapping[str, Any], time: Mapping[str, Any]) -> str:
    """The systems that cost most at a time of day, in ns per agent."""
    agents = report["agents"] * report["towns"]
    first = list(time["systems"].items())[:LARGEST]
    return escape(", ".join(f"{name} {ns / agents:,.1f} ns/agent" for name, ns in first))


def _outlook(report: Mapping[str, Any]) -> str:
    told = report["outlook"]
    largest = ", ".join(
        f"{escape(name)} {ns / 1e3:,.1f} µs" for name, ns in list(told["parts"].items())[:LARGEST]
    )
    factors = ", ".join(
        f"{cores} cores {factor:.1f}x"
        for cores, factor in told["times_as_fast_as_now"].items()
        if int(cores) > report["threads"]
    )
    more = f" Amdahl's law for more cores: {factors} as fast as now, if memory keeps up."
    told_now = (
        f"[bold]Not split among threads:[/bold] {told['serial_share_now']:.1%} of a tick "
        f"({told['serial_share']:.1%} of its work), most of it {largest}."
    )
    return told_now + more if factors else told_now


def show_memory(report: Mapping[str, Any], console: Console) -> None:
    """Print bytes by class and by component."""
    memory = report["memory"]
    classes = Table("memory", box=box.SIMPLE_HEAD, pad_edge=False)
    classes.add_column("MB", justify="right")
    classes.add_column("B/agent", justify="right")
    for name, size in memory["classes"].items():
        classes.add_row(_CLASSES[name], *_sizes(size))
    classes.add_section()
    for name, title in (("rss_bytes", "process now"), ("rss_peak_bytes", "process at most")):
        agents = report["agents"] * report["towns"]
        size = {"bytes": memory[name], "bytes_per_agent": memory[name] / agents}
        classes.add_row(title, *_sizes(size))
    console.print(classes)
    table = Table("component", "kind", "class", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("MB", justify="right")
    table.add_column("B/agent", justify="right")
    table.add_column("largest columns, B/agent")
    agents = report["agents"] * report["towns"]
    small = 0
    for name, entry in memory["components"].items():
        if entry["bytes"] < memory_floor(memory):
            small += 1
            continue
        columns = list(entry["columns"].items())[:3]
        largest = ", ".join(f"{column} {size / agents:,.1f}" for column, size in columns)
        table.add_row(name, entry["kind"], entry["class"], *_sizes(entry), escape(largest))
    if small:
        table.add_section()
        table.add_row(f"{small} more")
    console.print(table)


def memory_floor(memory: Mapping[str, Any]) -> float:
    """A hundredth of all bytes: a component with less is not told of."""
    return float(sum(entry["bytes"] for entry in memory["classes"].values())) / 100


def _sizes(entry: Mapping[str, float]) -> tuple[str, str]:
    return f"{entry['bytes'] / 1e6:,.1f}", f"{entry['bytes_per_agent']:,.1f}"


def show_comparison(compared: Mapping[str, Any], console: Console) -> None:
    """Print the verdict on two profiles."""
    for what in compared["apart"]:
        console.print(f"[yellow]warning:[/yellow] compared although {escape(what)}")
    if not compared["same_state"]:
        console.print(
            "[yellow]warning:[/yellow] the towns ended in different states: behaviour has changed, "
            "not only speed"
        )
    findings = [compared["tick"], *compared["systems"]]
    console.print(_comparison_table(findings))
    if compared["unmatched"]:
        told = "; ".join(compared["unmatched"])
        console.print(f"In one of them only, held to the tick as a whole: {escape(told)}.")
    machine = compared["machine"]
    console.print(
        f"The machine beside it: memory {_slower(machine['memory'])}, "
        f"arithmetic {_slower(machine['arithmetic'])} than then; the noise allows for it."
    )
    slower = [found["name"] for found in findings if found["verdict"] == "slower"]
    if slower:
        console.print(f"[bold red]Slower beyond the noise:[/bold red] {', '.join(slower)}")
    else:
        console.print("[bold]Nothing is slower beyond the noise.[/bold]")


def _comparison_table(findings: Sequence[Mapping[str, Any]]) -> Table:
    """A line per finding, with room for the longest name in 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("µs per tick", no_wrap=True)
    for heading in ("before", "after", "ratio", "between", "noise"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for found in findings:
        verdict = found["verdict"]
        table.add_row(
            found["name"], _micro(found["before_ns"]), _micro(found["after_ns"]),
            f"{found['ratio']:.2f}", f"{found['low']:.2f}, {found['high']:.2f}",
            f"±{found['margin']:.0%}",
            Text(verdict if verdict in _COLOURS else "", style=_COLOURS.get(verdict, "")),
        )  # fmt: skip
    return table


def _slower(factor: float) -> str:
    return f"{abs(factor):.0%} {'slower' if factor > 0 else 'faster'}"
