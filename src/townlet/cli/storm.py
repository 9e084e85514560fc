"""The seed storm of ``townlet soak --storm N``: what it prints, and its exit code."""

from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from townlet.cli.console import print_json
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.soak.storm import StormResult

_FAILED, _INTERRUPTED = 1, 130


def run_storm(
    config: Path | None,
    first: int,
    count: int | None,
    json: bool,
    console: Console,
    processes: int | None = None,
) -> int:
    """Run towns of the storm from number ``first`` on; the exit code.

    Args:
        config: What holds where a town sets no key of its own.
        first: Number of the first town.
        count: How many; None: this one alone, with its config shown.
        json: Print one object on stdout.
        console: Where people read.
        processes: How many run towns side by side; None: as many as there are cores.

    Raises:
        UserError: The config is wrong.
    """
    if config is None:
        raise UserError("a storm needs a CONFIG, whose keys hold where a random town sets none.")
    from townlet.config import load_config  # noqa: PLC0415
    from townlet.soak.front import run_towns  # noqa: PLC0415
    from townlet.soak.storm import draw_town  # noqa: PLC0415

    base = load_config(config)
    if count is None and not json:
        town = draw_town(first, base)
        console.print(escape(town.text()))
        console.print(
            f"{town.towns} towns, seed {town.seed}, {town.ticks} ticks, faults "
            f"{', '.join(town.faults) or 'none'}; then {town.way}, from tick {town.middle} where "
            "that matters"
        )
    results: list[StormResult] = []
    interrupted = broken = False
    with _bar(console) as bar:
        task = bar.add_task("storm", total=count or 1, failed="")
        try:
            for result in run_towns(range(first, first + (count or 1)), base, processes):
                results.append(result)
                _tell(result, config, console)
                failed = sum(bool(result.failures) for result in results)
                bar.update(task, advance=1, failed=f"[red]{failed} failed[/red]" if failed else "")
        except KeyboardInterrupt:
            interrupted = True
        except BrokenExecutor:
            broken = True
    if broken:
        console.print(
            "[red]a process of the storm was killed[/red], for want of memory perhaps; the towns "
            f"from {first + len(results)} on are not known. --threads 1 runs them in one process."
        )
    summary = summarise(results)
    if json:
        print_json(summary)
    else:
        _show(summary, console)
    return _INTERRUPTED if interrupted else _FAILED if broken or summary["failed"] else 0


def summarise(results: "list[StormResult]") -> dict[str, Any]:
    """What ``--json`` prints."""
    failed = [result for result in results if result.failures]
    ways: dict[str, int] = {}
    faults: dict[str, int] = {}
    for result in results:
        ways[result.way] = ways.get(result.way, 0) + 1
        for name, count in result.struck.items():
            faults[name] = faults.get(name, 0) + count
    return {
        "towns": len(results),
        "ticks": sum(result.ticks for result in results),
        "failed": [result.number for result in failed],
        "failures": {str(result.number): result.failures for result in failed},
        "ways": dict(sorted(ways.items())),
        "faults": dict(sorted(faults.items())),
        "configs_refused": sum(result.refused for result in results),
    }


def _bar(console: Console) -> Progress:
    columns = (
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} towns"),
        TextColumn("{task.fields[failed]}"),
        TimeRemainingColumn(compact=True),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _tell(result: "StormResult", config: Path, console: Console) -> None:
    """Print a failure, with the command that shows it again."""
    for sentence in result.failures:
        console.print(f"[red]storm {result.number}:[/red] {escape(sentence)}")
    if result.failures:
        again = f"townlet soak {config} --storm-seed {result.number}"
        console.print(f"  again: {escape(again)}")


def _show(summary: dict[str, Any], console: Console) -> None:
    failed = summary["failed"]
    verdict = f"[red]{len(failed)} failed: {', '.join(map(str, failed))}[/red]"
    console.print(
        f"{summary['towns']:,} towns, {summary['ticks']:,} ticks: "
        + (verdict if failed else "[green]nothing broke[/green]")
    )
    for title, counts in (("run again", summary["ways"]), ("faults", summary["faults"])):
        words = ", ".join(f"{name} {count:,}" for name, count in counts.items() if name)
        console.print(f"  {title}: {words or 'none'}")
