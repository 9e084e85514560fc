"""``townlet schedule``: the story of a tick, phase by phase and system by system."""

import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from townlet.cli import options
from townlet.cli.console import print_json
from townlet.cli.run import build

Step = Mapping[str, Any]
"""One system: phase, system, doc, reads, writes, emits (as `Schedule.describe` gives it)."""

FEW = 8
"""Agents in the town that is asked: the order of systems does not depend on how many."""

STORY = {
    "ORDERS": "what the outside world asks for begins",
    "ARRIVE": "newcomers enter the town",
    "DECIDE": "everyone with something to decide chooses what to do",
    "ACT": "choices become steps; bodies move; queues are joined and left",
    "USE": "objects are handed out, used, finished with and paid for",
    "LIVE": "time passes for everyone; days end",
    "LEAVE": "whoever goes lets go of everything",
    "SCORE": "the tick is rewarded",
    "OBSERVE": "what can be seen and done next is written down",
    "REPORT": "the tick is counted; the departed give up their rows",
}


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("schedule")(schedule)


def schedule(
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG", help="A town's YAML file.", show_default="Townlet's defaults"
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Tell what a tick does: every system in order, what it reads, writes and emits."""
    steps = _steps_of(config)
    if json:
        print_json({"systems": [plain(step) for step in steps]})
    else:
        tell(steps, Console(file=sys.stdout, highlight=False))


def tell(steps: Sequence[Step], console: Console) -> None:
    """Print the steps as a person reads them: a heading per phase, an entry per system."""
    widest = max((len(str(step["system"])) for step in steps), default=0)
    for phase, members in groupby(steps, key=lambda step: str(step["phase"])):
        heading = Text(phase, style="bold cyan")
        heading.append(f"  {STORY[phase]}" if phase in STORY else "", style="not bold italic")
        table = Table.grid(padding=(0, 2, 0, 0), pad_edge=True)
        table.add_column(width=widest, style="bold")
        for step in members:
            table.add_row(str(step["system"]), _entry(step))
        console.print(Group(heading, Padding(table, (0, 0, 1, 2))))


def plain(step: Step) -> dict[str, Any]:
    """Return one step as JSON holds it."""
    return {
        "phase": str(step["phase"]),
        "system": str(step["system"]),
        "doc": first_line(step["doc"]),
        "reads": list(step["reads"]),
        "writes": list(step["writes"]),
        "emits": list(step["emits"]),
    }


def first_line(doc: str | None) -> str:
    """Return a docstring's first line, the sentence that says what the system does."""
    return (doc or "").strip().partition("\n")[0]


def _entry(step: Step) -> Group:
    """Lay out what one system does: its sentence, and below it what it touches."""
    touched = Table.grid(padding=(0, 1))
    for verb in ("reads", "writes", "emits"):
        if step[verb]:
            touched.add_row(Text(verb, style="dim"), Text(", ".join(step[verb]), style="dim"))
    return Group(Text(first_line(step["doc"])), touched)


def _steps_of(path: Path | None) -> list[Step]:
    """Build a small town of a config and ask its schedule to describe itself."""
    from townlet.config import SimulationConfig, load_config  # noqa: PLC0415  (quick `--help`)

    config = SimulationConfig() if path is None else load_config(path)
    simulation = build(config, 1, None, min(FEW, config.world.agents), None)
    return list(simulation.schedule.describe())
