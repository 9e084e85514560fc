"""The page: a soak's report as one HTML file that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from townlet.soak.verdict import APART, failed, not_judged

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 66rem; padding: 2rem 1.5rem 4rem; background: #fbf8f2;
  color: #3d3a36; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .5rem; }
p { margin: .4rem 0; max-width: 46rem; } small, .faint { color: #857f74; }
table { border-collapse: collapse; font-size: .92rem; margin: .5rem 0; }
th, td { text-align: left; padding: .22rem 1.1rem .22rem 0; border-bottom: 1px solid #e4ded1;
  vertical-align: top; }
th { font-weight: 600; color: #857f74; } td.n, th.n { text-align: right;
  font-variant-numeric: tabular-nums; }
img { width: 100%; height: auto; display: block; }
.verdict { display: inline-block; padding: .15rem .7rem; border-radius: .4rem; color: #fff;
  font-weight: 600; } .good { background: #5b8c5a; } .bad { background: #c8553d; }
.ok { color: #4a7a49; font-weight: 600; } .no { color: #c8553d; font-weight: 600; }
code { font: .88em ui-monospace, monospace; }
.scroll { overflow-x: auto; }
"""
Rows = Sequence[Sequence[str]]


def write_page(summary: Mapping[str, Any], faults: Rows, pictures: Mapping[str, bytes]) -> str:
    """The page's HTML.

    Args:
        summary: what ``--json`` prints.
        faults: tick, name and what was done, of each fault.
        pictures: PNG by title; empty where they cannot be drawn.
    """
    good = summary["finished"] and not failed(dict(summary))
    word = "passed" if good else "failed" if failed(dict(summary)) else "not finished"
    parts = [
        f"<h1>Soak of {escape(summary['config_id'])}</h1>",
        f"<p><span class='verdict {'good' if good else 'bad'}'>{word}</span></p>",
        f"<p>{_what(summary)}</p>",
        *_violations(summary),
        "<h2>Gates</h2>",
        _gates(summary),
    ]
    for title, png in pictures.items():
        data = base64.b64encode(png).decode()
        image = f"<img alt='{escape(title)}' src='data:image/png;base64,{data}'>"
        parts += [f"<h2>{escape(title)}</h2>", image]
    parts += ["<h2>Ticks by hour of the day</h2>", _hours(summary)]
    parts += ["<h2>Ticks in which more happened</h2>", _apart(summary)]
    parts += ["<h2>Faults</h2>", _faults(summary, faults), "<h2>Processes and files</h2>"]
    parts.append(_process(summary))
    title = f"Soak of {escape(summary['config_id'])}"
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _what(summary: Mapping[str, Any]) -> str:
    towns = f"{summary['towns']:,} towns of " if summary["towns"] > 1 else ""
    rate = "" if summary["ticks_per_s"] is None else f", {summary['ticks_per_s']:,} ticks/s"
    days = summary["ticks"] / 1440
    return (
        f"{towns}{summary['agents']:,} agents, seed {summary['seed']}: {summary['ticks']:,} of "
        f"{summary['ticks_asked']:,} ticks ({days:,.1f} days){rate}; "
        f"{summary['checks']:,} checks of all invariants. State hash "
        f"<code>{summary['state_hash']}</code>."
    )


def _violations(summary: Mapping[str, Any]) -> list[str]:
    if not summary["violations"]:
        return []
    rows = [
        (
            entry["invariant"].replace("_", " "),
            f"{entry['tick']:,}",
            entry["sentence"],
            f"{entry['table']} " + ", ".join(str(row) for row in entry["rows"][:8]),
            entry["snapshot"],
        )
        for entry in summary["violations"]
    ]
    heads = ("invariant", "tick", "what was found", "rows", "snapshot of that tick")
    parts = ["<h2>Found broken</h2>", _table(heads, rows, numbers=(1,))]
    first = summary["first_broken"]
    if first is not None:
        parts.append(
            f"<p>Run once more from the snapshot before, it begins in tick {first['tick']:,} "
            f"(<code>{escape(first['snapshot'])}</code>).</p>"
        )
    return parts


def _gates(summary: Mapping[str, Any]) -> str:
    rows = []
    for gate in summary["gates"]:
        value, limit, cpu = gate["value"], gate["limit"], gate["processor"]
        share = gate["name"] == "rss_drift"
        held = {True: "<span class='ok'>holds</span>", False: "<span class='no'>breached</span>"}
        rows.append(
            (
                escape(gate["what"]),
                "-" if value is None else f"{value:.2%}" if share else f"{value:,.4g}",
                "" if cpu is None else f"<span class='faint'>{cpu:,.4g}</span>",
                f"{limit:.0%}" if share else f"{limit:,.4g}",
                held.get(gate["holds"], f"<span class='faint'>{not_judged(gate)}</span>"),
                "the soak fails" if gate["decides"] else "it is told",
            )
        )
    heads = ("what is judged", "value", "in processor time", "at most", "", "when breached")
    note = (
        "<p><small>Times are judged by the clock. They are told and fail nothing, because they "
        "depend on what else the machine does: where the value is far above that in processor "
        "time, of all threads of this process, others have had the processor.</small></p>"
    )
    return _table(heads, rows, numbers=(1, 2, 3), plain=True) + note


def _hours(summary: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{hour}:00",
            f"{row['ticks']:,}",
            *(f"{row[name]:,.3f}" for name in ("p50", "p95", "p99", "max")),
            f"{row['p99_over_p50']:.2f}",
            _number(row["cpu_p99_over_p50"], 2),
        )
        for hour, row in summary["tick_ms"]["hours"].items()
    ]
    heads = (
        "hour",
        "ticks",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "max ms",
        "p99 / p50",
        "in processor time",
    )
    note = "<p><small>Ticks in which nothing but the town's life happened.</small></p>"
    return note + _table(heads, rows, numbers=range(1, 8))


def _apart(summary: Mapping[str, Any]) -> str:
    words = {name: what for name, _, what in APART}
    rows = [
        (
            words[name],
            f"{row['ticks']:,}",
            f"{row['p50']:,.3f}",
            f"{row['p99']:,.3f}",
            f"{row['max']:,.3f}",
            _number(row["p99_over_median"], 1),
            _number(row["cpu_p99_over_median"], 1),
        )
        for name, row in summary["tick_ms"]["apart"].items()
    ]
    heads = (
        "a tick with",
        "how many",
        "p50 ms",
        "p99 ms",
        "max ms",
        "p99 / median of all",
        "in processor time",
    )
    return _table(heads, rows, numbers=range(1, 6)) if rows else "<p>None.</p>"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _faults(summary: Mapping[str, Any], faults: Rows) -> str:
    if not summary["faults"] and not summary["kills"]:
        return "<p>None were asked for.</p>"
    counts = [f"{name} {count:,}" for name, count in summary["faults"].items()]
    counts += [f"kills {summary['kills']:,}"] if summary["kills"] else []
    some = list(faults[:40])
    note = "" if len(faults) <= 40 else f"<p><small>The first 40 of {len(faults):,}.</small></p>"
    return f"<p>{', '.join(counts)}.</p>" + note + _table(("tick", "fault", ""), some, numbers=(0,))


def _process(summary: Mapping[str, Any]) -> str:
    saves, rss = summary["saves"], summary["rss_bytes"]
    mib = {name: "-" if value is None else f"{value / 2**20:,.1f}" for name, value in rss.items()}
    dropped = ", ".join(f"{name} {n:,}" for name, n in summary["dropped"].items() if n) or "nothing"
    rows = [
        ("processes started", f"{summary['starts']:,}, of which {summary['kills']:,} were killed"),
        ("snapshots", f"{saves['count']:,}, {saves['bytes'] / 2**20:,.1f} MiB each; ticks waited "
         f"{1000 * saves['seconds_max']:,.1f} ms for one at most, and it was on the disk after "
         f"{saves['written_seconds_max']:.2f} s at most"),
        ("snapshots refused", "; ".join(summary["refused_snapshots"]) or "none"),
        ("memory, MiB", f"{mib['warm']} after the warm-up, {mib['end']} at the end, {mib['most']} "
         "at most"),
        ("dropped for want of room, and counted", dropped),
    ]  # fmt: skip
    return _table((), rows)


def _table(heads: Sequence[str], rows: Rows, numbers: Any = (), plain: bool = False) -> str:
    """A table; cells are escaped unless ``plain`` says that they are HTML already."""
    kind = dict.fromkeys(numbers, " class='n'")
    top = "".join(f"<th{kind.get(k, '')}>{escape(head)}</th>" for k, head in enumerate(heads))
    lines = [f"<tr>{top}</tr>"] if heads else []
    for row in rows:
        cells = (cell if plain else escape(cell) for cell in row)
        text = "".join(f"<td{kind.get(k, '')}>{cell}</td>" for k, cell in enumerate(cells))
        lines.append(f"<tr>{text}</tr>")
    return "<div class='scroll'><table>" + "\n".join(lines) + "</table></div>"
