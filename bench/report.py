"""The kept results and the tables in README.md that are made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.beside import beside_magent2, environments, meters, picture, small_rules, where
from bench.table import table

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
README = FOLDER / "README.md"
BEGIN = "<!-- measured: begin. `python -m bench.ticks --update-readme` writes what follows. -->"
END = "<!-- measured: end -->"
_ORDER = (
    "agents-8", "agents-8-observed", "agents-64", "agents-10k", "agents-100k", "agents-1m",
    "agents-1m-observed", "towns-1024x64", "towns-1024x64-observed", "start",
)  # fmt: skip
_NOT_YET = "not measured yet"
#: Kernels of a start that have a line of their own.
_KERNELS = 12
Results = dict[str, dict[str, Any]]


def load(path: Path = RESULTS) -> Results:
    """Kept results by case; nothing when there are none."""
    if not path.exists():
        return {}
    found: Results = json.loads(path.read_text(encoding="utf-8"))
    return found


def merge(path: Path, result: dict[str, Any]) -> None:
    """Keep a result in place of the one the case had."""
    kept = {**load(path), result["case"]: result}
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def merge_rows(path: Path, result: dict[str, Any]) -> None:
    """Keep rows of some sizes beside the case's rows of others, each with its ``run``.

    Others stay only if they were measured with the same machine, versions, config and options: one
    line says of a table where it comes from.

    Args:
        path: the kept results.
        result: with ``rows``, each of a number of ``agents``.
    """
    old = load(path).get(result["case"], {"rows": []})
    alike = _apart_from_rows(old) == _apart_from_rows(result)
    sizes = {row["agents"] for row in result["rows"]}
    others = [
        {"run": old["run"], **row} for row in old["rows"] if alike and row["agents"] not in sizes
    ]
    rows = others + [{**row, "run": result["run"]} for row in result["rows"]]
    merge(path, {**result, "rows": sorted(rows, key=lambda row: row["agents"])})


def _apart_from_rows(result: dict[str, Any]) -> dict[str, Any]:
    """What is said of all rows of a result."""
    return {key: value for key, value in result.items() if key not in ("run", "rows")}


def update_readme(readme: Path = README, results: Path = RESULTS) -> None:
    """Rewrite what stands between the two marks.

    Raises:
        ValueError: a mark is missing.
    """
    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{readme} has lost its marks, {BEGIN!r} and {END!r}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    block = "\n".join([BEGIN, "", *tables(load(results)), END])
    readme.write_text(before + block + after, encoding="utf-8")


def tables(results: Results) -> list[str]:
    """Lines of all tables."""
    return [
        *_targets(results),
        *_machines(results),
        *beside_magent2(results),
        *small_rules(results),
        *picture(results),
        *meters(results),
        *environments(results),
        *_starts(results),
        *_rates(results),
        *_systems(results),
    ]


def slowest(result: dict[str, Any]) -> dict[str, Any]:
    """The entry of the slowest time of day."""
    found: dict[str, Any] = next(e for e in result["times"] if e["at"] == result["slowest"])
    return found


def _millions(results: Results, case: str) -> str:
    if case not in results:
        return _NOT_YET
    return f"{slowest(results[case])['agent_ticks_per_s'] / 1e6:.1f} M"


def _ticks(results: Results, case: str) -> str:
    if case not in results:
        return _NOT_YET
    return f"{slowest(results[case])['ticks_per_s']:,.0f} ticks/s"


def _ratio(results: Results) -> str:
    """Cost per agent at 1 M against 10 k; only numbers of one run are compared."""
    large, small = results.get("agents-1m"), results.get("agents-10k")
    if large is None or small is None:
        return _NOT_YET
    if large["run"] != small["run"]:
        return "measured in different runs: run both again"
    return f"{slowest(large)['ns_per_agent'] / slowest(small)['ns_per_agent']:.2f}x"


def _bytes(results: Results) -> str:
    for case in ("agents-1m", "agents-100k", "agents-10k"):
        if case in results:
            return f"{results[case]['bytes_per_agent']:.0f} B ({results[case]['agents']:,} agents)"
    return _NOT_YET


def _start(results: Results) -> str:
    if "start" not in results:
        return _NOT_YET
    return f"{results['start']['cold_s']:.1f} s / {results['start']['later_s']:.1f} s"


def _peers(results: Results) -> str:
    if "peers" not in results:
        return _NOT_YET
    rows = [row for row in results["peers"]["rows"] if row["unit"] == "observed"]
    return ", ".join(f"{row['ratio']:.1f}x at {row['agents']:,}" for row in rows)


def _targets(results: Results) -> list[str]:
    """What was promised beside what is."""
    million = "one town, 1,000,000 agents, no observations"
    rows = [
        (million, "6 M agent-ticks/s", "15 M", _millions(results, "agents-1m")),
        (
            "the same with observations and rewards written",
            "3 M",
            "8 M",
            _millions(results, "agents-1m-observed"),
        ),
        (
            "1,024 towns of 64 agents, with observations and rewards",
            "5 M",
            "12 M",
            _millions(results, "towns-1024x64-observed"),
        ),
        (
            "one town, 8 agents, with observations",
            "12,000 ticks/s",
            "40,000",
            _ticks(results, "agents-8-observed"),
        ),
        ("cost per agent, 1 M against 10 k agents", "≤ 2x", "≤ 1.3x", _ratio(results)),
        ("state per agent, without observations", "≤ 512 B", "≤ 320 B", _bytes(results)),
        ("against MAgent2 with observations", "≥ 5x", "≥ 12x", _peers(results)),
        ("first start ever / later starts", "≤ 60 s / ≤ 4 s", "≤ 30 s / ≤ 2 s", _start(results)),
    ]
    lines = ["### Promised and measured", "", "At the slowest of the four times of day.", ""]
    return lines + table(("case", "must", "aim", "measured"), rows)


def _machines(results: Results) -> list[str]:
    """Where and when each result was measured; equal ones share a line."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for case in _known(results):
        m = results[case]["machine"]
        versions = ", ".join(f"{k} {m[k]}" for k in ("python", "numba", "numpy", "townlet"))
        where = f"{m['processor']}, {m['cores']} cores, {m['system']}"
        groups.setdefault((results[case]["run"][:10], where, versions), []).append(case)
    rows = [
        (", ".join(f"`{case}`" for case in cases), *group, _speeds(results, cases))
        for group, cases in groups.items()
    ]
    heads = ("case", "date", "machine", "versions", "memory triad, GB/s")
    return table(heads, rows) if rows else []


def _speeds(results: Results, cases: list[str]) -> str:
    """How fast the memory was beside each of some cases, least to most."""
    known = [results[case]["speed"]["triad_gb_per_s"] for case in cases if "speed" in results[case]]
    return f"{min(known):.0f} to {max(known):.0f}" if known else "-"


def _known(results: Results) -> list[str]:
    """Cases with results, in a fixed order."""
    return [case for case in _ORDER if case in results]


def _starts(results: Results) -> list[str]:
    """Seconds of both kinds of starts, part by part, and of the kernels that take longest.

    Nothing where the result is an old one, which did not keep what was started.
    """
    found = results.get("start", {})
    if "config_hash" not in found:
        return []
    cold, later = found["cold"], found["later"]
    parts, kernels = (
        sorted(
            ((name, first, later[key].get(name, 0.0)) for name, first in cold[key].items()),
            key=lambda row: -row[1],
        )
        for key in ("parts", "kernels")
    )
    names = ("seconds", "first start ever", "a later start")
    text = (
        "From the start of a process to the end of the first tick of the default town, with an "
        "empty and with a filled JIT cache (`python -m bench.start`); the kernels that take "
        "longest to compile, and to load. Several processes compile a first start together; the "
        "seconds of a kernel are those that one of them spent or waited."
    )
    kernels = [(f"`{name}`", first, then) for name, first, then in kernels[:_KERNELS]]
    rows = [(name, f"{first:.2f}", f"{then:.2f}") for name, first, then in parts + kernels]
    return ["### Starts", "", text, "", *table(names, rows), *where(found)]


def _rates(results: Results) -> list[str]:
    """Each case at each time of day."""
    rows = []
    for case in _known(results):
        result = results[case]
        for entry in result.get("times", ()):
            mark = " (slowest)" if entry["at"] == result["slowest"] else ""
            rows.append(
                (
                    f"`{case}`",
                    entry["at"] + mark,
                    f"{entry['ticks_per_s']:,.0f}",
                    f"{entry['agent_ticks_per_s'] / 1e6:.2f}",
                    f"{entry['ns_per_agent']:.1f}",
                    f"{entry['us_per_tick_least']:,.1f} to {entry['us_per_tick_most']:,.1f}",
                    f"{result['threads']} ({result['layer']})",
                    f"`{result['config_hash'][:12]}`",
                )
            )
    names = (
        "case", "at", "ticks/s", "M agent-ticks/s", "ns per agent", "µs per tick, least to most",
        "threads", "config",
    )  # fmt: skip
    return ["### Every time of day", "", *table(names, rows)] if rows else []


def _systems(results: Results) -> list[str]:
    """ns per agent and system at the slowest time of each case of one thousand agents or more."""
    cases = [
        c
        for c in _known(results)
        if results[c].get("agents", 0) * results[c].get("towns", 0) >= 1000
    ]
    if not cases:
        return []
    shares = {case: slowest(results[case])["systems"] for case in cases}
    first = shares[cases[-1]]
    names = sorted(first, key=lambda name: -first[name])
    rows = [(f"`{n}`", *(f"{shares[c].get(n, 0.0):.2f}" for c in cases)) for n in names]
    return [
        "### ns per agent and system",
        "",
        *table(("system", *(f"`{c}`" for c in cases)), rows),
    ]
