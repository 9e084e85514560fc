"""Tables of README.md that hold Townlet beside others: peers, their meters, the raw engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.table import table

Results = dict[str, dict[str, Any]]
#: Units of rates, which are never compared with each other: names in results, and in words.
UNITS = {"bare": "bare", "observed": "with observations", "policy": "with observations and policy"}
_NOT_YET = "not measured yet: `make bench-peers RECORD=--update-readme`"
_HABITS = {
    "walked": "tiles walked, per agent and day",
    "served": "agents served, per place and day",
    "waiting": "time spent waiting in line",
    "level": "mean need",
}


def beside_magent2(results: Results) -> list[str]:
    """Townlet and MAgent2's battle, a table row per size and unit."""
    text = (
        "M agent-ticks per second, median of some turns, turn by turn in one run: the default town "
        "in the morning of its second day against `battle`. *Bare*: the world steps; the scripted "
        "policy decides for a town, luck for a battle. *With observations*: besides, observations "
        "and rewards of all agents are written in every step (hybrid, float32: 5 x 11 x 11 and 99 "
        "numbers; battle: 13 x 13 x 7 and 34). *With policy*: besides, a network with two layers "
        "of 64 (NumPy) chooses for everybody from the 99 or 34 features, masked in a town. "
        "Not equal: fighters walk and attack on an empty field; people have needs, queues, work, "
        "money and ties, and walk in streets."
    )
    title = ["### Beside MAgent2", "", text, ""]
    if "peers" not in results:
        return [*title, _NOT_YET, ""]
    rows = [
        (
            f"{row['agents']:,}",
            UNITS[row["unit"]],
            f"{row['townlet'] / 1e6:.2f}",
            f"{row['magent2'] / 1e6:.2f}",
            f"{row['ratio']:.1f}x",
        )
        for row in results["peers"]["rows"]
    ]
    names = ("agents", "unit", "Townlet", "MAgent2 `battle`", "ratio")
    return [*title, *table(names, rows), *where(results["peers"])]


def small_rules(results: Results) -> list[str]:
    """The small rules in Townlet, in a plain loop and in Mesa."""
    title = ["### Beside Mesa and plain Python", ""]
    if "peers-small" not in results:
        return [*title, _NOT_YET, ""]
    found = results["peers-small"]
    rows = [
        (
            f"{row['agents']:,}",
            f"{row['townlet'] / 1e6:.2f}",
            f"{row['loop'] / 1e6:.2f}",
            f"{row['mesa'] / 1e6:.3f}",
            f"{row['over_loop']:.0f}x",
            f"{row['over_mesa']:.0f}x",
        )
        for row in found["rows"]
    ]
    names = ("agents", "Townlet", "plain Python", "Mesa", "over Python", "over Mesa")
    text = (
        "M agent-ticks per second, bare: nothing is observed, rules decide (bench/peers/rules.py, "
        "mesa_rules.py, small.yaml). Equal: a grid of 32 x 32 open tiles for each 64 agents; two "
        "needs that lose 0.0004 a tick and are pursued below 0.4, and what each agent begins with; "
        "a place for each need, which serves one agent at a time, first come first served, for 20 "
        "ticks and 0.6; one tile a tick in four directions, any number of agents on a tile. Mesa "
        "and the loop do the same to the last bit, which every turn checks. Not equal: a town's "
        "agents begin on other tiles, keep to a choice for 15 ticks, and have fair queues with "
        "patience and cooldowns; money, events, weather and KPIs run on; and it uses all threads, "
        "the others one."
    )
    return [
        *title, text, "", *table(names, rows),
        "What people do in a day, as a check that the rules are near each other:", "",
        *table(("", "Townlet", "plain Python and Mesa"), _habits(found["habits"])),
        *where(found, most=True),
    ]  # fmt: skip


def _habits(habits: dict[str, dict[str, float]]) -> list[tuple[str, ...]]:
    """A row per habit: what it is, in Townlet, in the loop."""
    rows = []
    for name, text in _HABITS.items():
        form = ".1%" if name == "waiting" else ".3g"
        rows.append((text, *(format(habits[who][name], form) for who in ("townlet", "loop"))))
    return rows


def meters(results: Results) -> list[str]:
    """What Gymnasium's and PettingZoo's meters find."""
    text = (
        "`gymnasium.utils.performance.benchmark_vector_step` counts steps of agents, with random "
        "actions, drawing them included; `pettingzoo.test.performance_benchmark` turns of agents "
        "through the AEC face. Observations are hybrid float32. Gymnasium's `benchmark_step` is "
        "for environments of one agent; Townlet has none."
    )
    title = ["### Gymnasium's and PettingZoo's meters", "", text, ""]
    if "peers-meters" not in results:
        return [*title, _NOT_YET, ""]
    rows = [
        (f"`{row['meter']}`", row["name"], f"{row['agents']:,}", f"{row['per_s']:,.0f}")
        for row in results["peers-meters"]["rows"]
    ]
    names = ("meter", "environment", "agents", "steps or turns of agents per second")
    return [*title, *table(names, rows), *where(results["peers-meters"], most=True)]


def environments(results: Results) -> list[str]:
    """What an environment adds to the engine."""
    text = (
        "The raw engine (step, masks, observations and rewards in its buffers) and "
        "`TownVectorEnv`, two of each by turns in one process; the town's policy decides in both "
        "(`python -m bench.environments`)."
    )
    title = ["### What an environment adds", "", text, ""]
    if "environments" not in results:
        return [
            *title, "not measured yet: `python -m bench.environments --update-readme`", ""
        ]  # fmt: skip
    found = results["environments"]
    rows = [
        (
            f"`{row['mode']}`",
            f"{row['towns']:,} x {row['agents']}",
            str(row["buffers"]),
            f"{row['raw_ms']:.2f} ms",
            f"{row['env_ms']:.2f} ms",
            f"{row['ratio'] - 1:+.1%}",
            f"{row['agent_steps_per_s'] / 1e6:.2f} M",
            f"{row['benchmark_vector_step'] / 1e6:.2f} M",
        )
        for row in found["rows"]
    ]
    names = (
        "autoreset", "towns x agents", "buffers", "engine", "environment", "added",
        "agent-steps/s", "`benchmark_vector_step`",
    )  # fmt: skip
    return [*title, *table(names, rows), *where(found)]


def picture(results: Results, name: str = "peers.png") -> list[str]:
    """The picture, once there is something to see."""
    if not {"peers", "peers-small"} & results.keys():
        return []
    return [f"![Agent-ticks per second of Townlet and others, a panel per unit]({name})", ""]


def where(found: dict[str, Any], *, most: bool = False) -> Sequence[str]:
    """Where and with what it was measured, a line.

    Args:
        found: a result.
            ``config_hash`` is a hash, or one for each number of agents of a town.
        most: its threads are the most there were; small towns take one.
    """
    m = found["machine"]
    versions = {k: m[k] for k in ("python", "numba", "numpy", "townlet")}
    peers = {k: v for k, v in found.get("peers", {}).items() if k not in versions}
    said = ", ".join(f"{k} {v}" for k, v in (versions | peers).items())
    hashes = found["config_hash"]
    config = f"config `{hashes[:12]}`" if isinstance(hashes, str) else _configs(hashes)
    days = {row.get("run", found["run"])[:10] for row in found.get("rows", (found,))}
    day = " to ".join(sorted({min(days), max(days)}))
    count = found["threads"]
    threads = f"{'up to ' if most else ''}{count} thread{'s' if count != 1 else ''}"
    place = f"{m['processor']}, {m['cores']} cores, {threads}, {m['system']}"
    return [f"{day}; {place}; {said}; {config}.", ""]


def _configs(hashes: dict[str, str]) -> str:
    """Configs by agents of a town."""
    some = sorted(hashes.items(), key=lambda item: int(item[0]))
    said = [f"`{text[:12]}` ({agents} agents)" for agents, text in some]
    return f"configs {', '.join(said)}"
