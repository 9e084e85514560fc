"""Options that several commands share, declared once."""

from pathlib import Path
from typing import Annotated

import typer

from townlet.cli.count import counter
from townlet.counts import MOST_AGENTS, MOST_TICKS

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="The town's YAML file.")]
Agents = Annotated[
    int | None,
    typer.Option(
        parser=counter("agents", MOST_AGENTS),
        metavar="N",
        help="Agents per town: 8, 10k, 1M.",
        show_default="world.agents",
    ),
]
Towns = Annotated[int, typer.Option(min=1, metavar="N", help="Towns side by side.")]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="S", help="Town k has seed S + k.", show_default="the config's seed, or 0"
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Threads; the result is the same.", show_default="all cores"
    ),
]
Ticks = Annotated[
    int | None,
    typer.Option(
        parser=counter("ticks", MOST_TICKS),
        metavar="T",
        help="How many minutes of town time.",
        show_default=False,
    ),
]
TicksOrNone = Annotated[
    int,
    typer.Option(
        parser=counter("ticks", MOST_TICKS, least=0),
        metavar="T",
        help="How many minutes of town time; 0: as it begins.",
    ),
]
Days = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="D", help="How many days instead.", show_default="1, or scenario.ticks"
    ),
]
Policy = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Who decides: scripted or random.",
        show_default="runtime.policy.provider",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
