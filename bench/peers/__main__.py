"""Other people's simulators beside Townlet; `make bench-peers` makes their environment first.

``python -m bench.peers --only battle --agents 4000`` runs a part of it; ``--update-readme`` keeps
the results and rewrites the tables and the picture of bench/README.md. Nothing is asserted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.peers import battle, meters, small
from bench.peers.picture import PICTURE, draw
from bench.peers.process import ROOT, run_peer
from bench.report import RESULTS, load, merge, merge_rows, update_readme
from townlet.config import load_config
from townlet.ecs.runtime import Threading
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.profiling.machine import machine
from townlet.suggest import nearest

PARTS = ("battle", "small", "meters")


def check(python: Path, parts: list[str], agents: list[int], variant: str) -> None:
    """Refuse what cannot be run.

    Raises:
        UserError: a sentence.
    """
    for part in parts:
        if part not in PARTS:
            raise UserError(f"--only {part}: unknown part{nearest(part, PARTS)}")
    for count in agents:
        if not 2 <= count <= 4_000_000:
            raise UserError(f"--agents {count}: must be between 2 and 4000000")
    Learner(True, variant)  # type: ignore[arg-type]  # refuses a variant there is not
    if not python.is_file():
        raise UserError(
            f"--python {python}: there is no such interpreter; `make bench-peers` makes it"
        )


def about(python: Path) -> dict[str, Any]:
    """Where the numbers come from."""
    return {
        "run": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": machine(),
        "peers": run_peer(python, "versions"),
        "threads": Threading.choose(1_000_000, None, None, None).threads,
    }


def show(title: str, rows: list[dict[str, Any]], console: Console) -> None:
    """Print rows as they are, rates in words."""
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows:
        table.add_row(*(v if isinstance(v, str) else _number(v) for v in row.values()))
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 or isinstance(value, int) else f"{value:.2f}"


Keep = Callable[[dict[str, Any]], None]


def measure_battle(
    python: Path, sizes: list[int], turns: int, variant: Any, hours: int,
    say: Callable[[str], None], keep: Keep,
) -> dict[str, Any]:  # fmt: skip
    """The case ``peers``; what is found of a size is kept before the next, which takes longer."""
    config = load_config(battle.TOWN).config_hash()
    about = {"case": "peers", "observations": variant, "hours": hours, "turns": turns}
    about |= {"config_hash": config}
    rows: list[dict[str, Any]] = []
    for agents in sizes:
        found = battle.measure(python, [agents], turns, variant, hours, say)
        keep({**about, "rows": found})
        rows += found
    return {**about, "rows": rows}


def keeper(where: dict[str, Any], wanted: bool) -> Keep:
    """What keeps a result and makes tables and picture anew; it does nothing unless wanted."""

    def keep(result: dict[str, Any]) -> None:
        if wanted:
            (merge_rows if result["case"] == "peers" else merge)(RESULTS, result | where)
            draw(load(), PICTURE)
            update_readme()

    return keep


def main(
    python: Annotated[
        Path, typer.Option(metavar="FILE", help="Interpreter of the peers' environment.")
    ] = ROOT / "build" / "peers" / "bin" / "python",
    only: Annotated[
        list[str] | None, typer.Option(metavar="PART", help="battle, small or meters; else all.")
    ] = None,
    agents: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Agents of battle; else three sizes.")
    ] = None,
    worlds: Annotated[
        list[int] | None,
        typer.Option(min=1, max=16384, help="Worlds of 64 of the small rules; else three sizes."),
    ] = None,
    turns: Annotated[int, typer.Option(min=1, help="Turns of each.")] = 3,
    seconds: Annotated[int, typer.Option(min=1, help="Seconds of a turn of meters.")] = 5,
    hours: Annotated[int, typer.Option(min=1, help="Hours a town has lived before battle.")] = 25,
    observations: Annotated[str, typer.Option(help="Variant that Townlet writes.")] = "hybrid",
    readme: Annotated[
        bool, typer.Option("--update-readme", help="Keep the results and rewrite README.md.")
    ] = False,
) -> None:
    """Time other simulators and Townlet, turn by turn in one run."""
    console = Console(stderr=True)
    parts = only or list(PARTS)
    found: list[dict[str, Any]] = []
    try:
        check(python, parts, agents or [], observations)
        keep = keeper(about(python), readme)
        for part in parts:
            with console.status(part) as status:
                if part == "battle":
                    sizes = agents or list(battle.AGENTS)
                    found.append(
                        measure_battle(
                            python, sizes, turns, observations, hours, status.update, keep
                        )
                    )
                elif part == "small":
                    config = load_config(small.TOWN).config_hash()
                    result = small.measure(
                        python, worlds or list(small.WORLDS), turns, status.update
                    )
                    found.append({"case": "peers-small", "config_hash": config, **result})
                    keep(found[-1])
                else:
                    hashes, rows = meters.configs(), meters.measure(python, seconds)
                    found.append({"case": "peers-meters", "config_hash": hashes, "rows": rows})
                    keep(found[-1])
            show(part, found[-1]["rows"], console)
    except UserError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(UserError.exit_code) from None
    except RuntimeError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
