"""``townlet hash``: run and print the hash of the state, the whole proof of sameness."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from townlet.cli import options
from townlet.cli.console import people, print_json
from townlet.cli.run import build, load
from townlet.report.subject import Subject
from townlet.report.summary import hash_text


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("hash")(hash_command)


def hash_command(
    config: options.ConfigPath,
    ticks: options.TicksOrNone,
    agents: options.Agents = None,
    towns: options.Towns = 1,
    seed: options.Seed = None,
    threads: options.Threads = None,
    columns: Annotated[
        bool, typer.Option("--columns", help="Add one sub-hash per column.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Run for a while and print the hash of the state (16 hex digits)."""
    subject = build(load(config, False, people()), towns, seed, agents, threads)
    subject.run(ticks)
    result = describe_hash(subject, columns)
    if json:
        print_json(result)
        return
    print(result["state_hash"])
    for name, value in result.get("columns", {}).items():
        print(f"{value}  {escape(name)}")


def describe_hash(subject: Subject, columns: bool) -> dict[str, Any]:
    """Return what was run and its hash; with ``columns`` also each column's, by name."""
    result: dict[str, Any] = {
        "config_id": subject.config.config_id,
        "seed": subject.seed,
        "towns": subject.towns,
        "agents": subject.agents,
        "ticks": subject.tick,
        "state_hash": hash_text(subject.hash()),
    }
    if columns:
        result["columns"] = {
            name: hash_text(value) for name, value in sorted(subject.hash_columns().items())
        }
    return result
