"""The balance table: ``python -m bench.balance --seeds 101-120 --days 30 [--update-docs]``.

Towns with these seeds live side by side with the scripted policy; each is held against the promises
of the default town. Exits 1 when fewer than ``--least`` of them keep all, or somebody starves.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from townlet.balance import PROMISES, Life, as_dict, live, mean_of, passes, value_text, wanted
from townlet.config import SimulationConfig, load_config
from townlet.errors import UserError

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "balance.md"
TOWN = ROOT / "configs" / "town.yaml"
BEGIN = "<!-- measured: begin. `--update-docs` writes what follows. -->"
END = "<!-- measured: end -->"
HEADS = {
    "self_sufficiency": "self-suff.", "attendance_on_time": "on time", "tenure_days": "tenure",
    "tie_formation": "tied", "starvation_exits": "starved", "queue_wait_p95": "wait p95",
    "avoidances": "avoided", "conflict_escalation": "escalated", "wealth_gini": "Gini",
}  # fmt: skip


def seeds_of(text: str) -> list[int]:
    """Read seeds such as ``101-120`` or ``1,5,7-9``.

    Raises:
        UserError: it is something else.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise UserError(f"--seeds {text}: write seeds as 101-120 or 1,5,7-9")
        if dash and int(last) < int(first):
            raise UserError(f"--seeds {text}: {part.strip()} runs backwards")
        found += range(int(first), int(last or first) + 1)
    return found


def summary(lives: Sequence[Life]) -> Table:
    """A line per promise: its mean and range over the towns, and in which it was not kept."""
    shown = Table(title="Promises", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("promise", "wanted", "mean", "range", "kept", "not in"):
        shown.add_column(name, justify="left" if name in ("promise", "wanted") else "right")
    for promise in PROMISES:
        found = [(life.seed, life.findings[promise.name]) for life in lives]
        values = [f.value for _, f in found if f.value is not None]
        text = [value_text(promise, v) for v in ((min(values), max(values)) if values else ())]
        missed = [str(seed) for seed, f in found if f.verdict.startswith("too")]
        told = sum(f.verdict == "ok" for _, f in found)
        shown.add_row(
            promise.name,
            wanted(promise),
            value_text(promise, mean_of(lives, promise.name)),
            " to ".join(dict.fromkeys(text)) or "-",
            Text(f"{told}/{len(lives)}", style="green" if told == len(lives) else "yellow"),
            Text(", ".join(missed[:5]) + ("..." if len(missed) > 5 else ""), style="red"),
        )
    return shown


def table(lives: Sequence[Life]) -> Table:
    """A line per seed; what is not kept is red."""
    shown = Table(title="Towns", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
    shown.add_column("seed", justify="right", no_wrap=True)
    for promise in PROMISES:
        shown.add_column(HEADS.get(promise.name, promise.name), justify="right", no_wrap=True)
    for life in lives:
        cells = []
        for promise in PROMISES:
            found = life.findings[promise.name]
            style = "" if found.verdict == "ok" else "bold red" if found.verdict else "dim"
            cells.append(Text(value_text(promise, found.value).split(" ")[0], style=style))
        shown.add_row(Text(str(life.seed), style="green" if life.kept else "bold red"), *cells)
    return shown


def verdict(lives: Sequence[Life]) -> str:
    """One sentence of what came out."""
    told = as_dict(lives)
    starved = "nobody starved" if told["starved"] == 0 else f"{told['starved']} starved"
    causes = ", ".join(f"{cause} {count}" for cause, count in told["exits_by_cause"].items())
    exits = f"exits by cause: {causes}" if causes else "nobody left"
    return f"{told['kept']} of {told['towns']} towns keep every promise; {starved}; {exits}."


def markdown(lives: Sequence[Life], about: dict[str, Any]) -> list[str]:
    """The same as lines of Markdown; what is not kept is bold."""
    heads = [HEADS.get(promise.name, promise.name) for promise in PROMISES]
    lines = [
        f"`{about['config_id']}` (config hash `{about['config_hash']}`), {about['agents']:,} "
        f"agents, {about['days']} days. {verdict(lives)}",
        "",
        "| seed | " + " | ".join(heads) + " |",
        "|---" * (len(heads) + 1) + "|",
        "| wanted | " + " | ".join(wanted(promise) for promise in PROMISES) + " |",
    ]
    for life in lives:
        cells = []
        for promise in PROMISES:
            found = life.findings[promise.name]
            text = value_text(promise, found.value)
            cells.append(f"**{text}**" if found.verdict.startswith("too") else text)
        lines.append(f"| {life.seed} | " + " | ".join(cells) + " |")
    means = [value_text(promise, mean_of(lives, promise.name)) for promise in PROMISES]
    lines.append("| mean | " + " | ".join(means) + " |")
    return [*lines, ""]


def update_docs(block: Sequence[str], path: Path = DOCS) -> None:
    """Rewrite what stands between the two marks.

    Raises:
        ValueError: a mark is missing.
    """
    text = path.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{path} has lost its marks, {BEGIN!r} and {END!r}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(before + "\n".join([BEGIN, "", *block, END]) + after, encoding="utf-8")


def watched(
    config: SimulationConfig, seeds: Sequence[int], days: int, console: Console, **options: Any
) -> list[Life]:
    """Let towns live, with a line that moves on a terminal."""
    columns = (TextColumn("days"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("days", total=days)

        def watch(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return live(config, seeds, days, progress=watch, **options)


def main(
    seeds: Annotated[str, typer.Option(help="Such as 101-120 or 1,5,7-9.")] = "101-120",
    days: Annotated[int, typer.Option(min=1, help="Midnights to run to.")] = 30,
    config: Annotated[Path, typer.Option(metavar="FILE", help="The town.")] = TOWN,
    agents: Annotated[int | None, typer.Option(min=1, help="Agents per town instead.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="Threads.")] = None,
    least: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of towns that have to be in balance.")
    ] = 0.95,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the results here.")
    ] = None,
    docs: Annotated[
        bool, typer.Option("--update-docs", help="Rewrite the table in docs/balance.md.")
    ] = False,
) -> None:
    """Let towns live for days and hold them against the promises of the default town."""
    console = Console(stderr=True)
    try:
        model = load_config(config)
        lives = watched(model, seeds_of(seeds), days, console, agents=agents, threads=threads)
    except UserError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(UserError.exit_code) from None
    about = {
        "config_id": model.config_id,
        "config_hash": model.config_hash(),
        "agents": agents or model.world.agents,
        "days": days,
    }
    if not console.is_terminal:
        console.width = max(console.width, 150)
    console.print(table(lives))
    console.print(summary(lives))
    console.print(verdict(lives))
    if out is not None:
        out.write_text(json.dumps(about | as_dict(lives), indent=1) + "\n", encoding="utf-8")
    if docs:
        update_docs(markdown(lives, about))
    if not passes(lives, least):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
