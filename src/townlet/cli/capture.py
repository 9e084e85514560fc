"""``townlet capture``: run a policy and keep what everybody saw, did and got for it."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from townlet.cli import options
from townlet.cli.console import people, print_json, short_number
from townlet.cli.drive import Stop, ctrl_c_aborts, ctrl_c_stops, drive
from townlet.cli.loading import check_policy, naming
from townlet.cli.progress import clock_text, progress, warm_up
from townlet.cli.run import INTERRUPTED, MAX_SEED, how_long, load
from townlet.errors import UserError
from townlet.report.subject import Outcome
from townlet.suggest import nearest

if TYPE_CHECKING:
    from townlet.capture import Recorder
    from townlet.config import SimulationConfig

EPILOG = """Examples:

  townlet capture configs/town.yaml --days 1 --out out/day

  townlet capture configs/small.yaml --policy random --towns 8 --ticks 240 --out out/random

  townlet capture configs/town.yaml --level primitive --format npz --ticks 60 --out out/steps"""
#: What words an option takes: what they are, and all of them.
_CHOICES = {
    "--observations": ("variant", ("full", "hybrid", "compact")),
    "--format": ("format", ("parquet", "npz")),
    "--level": ("level", ("option", "primitive")),
}


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("capture", epilog=EPILOG)(capture)


def capture(
    config: options.ConfigPath,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="A new or an empty folder to write into.")
    ],
    agents: options.Agents = None,
    towns: options.Towns = 1,
    ticks: options.Ticks = None,
    days: options.Days = None,
    seed: options.Seed = None,
    threads: options.Threads = None,
    policy: options.Policy = None,
    observations: Annotated[
        str | None,
        typer.Option(
            metavar="VARIANT",
            help="What is seen: full, hybrid or compact.",
            show_default="features.systems.observations",
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="Of the tables: parquet or npz.")
    ] = "parquet",
    level: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What an action is: option or primitive.",
            show_default="policy_runtime.action_level",
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Write trajectories: what each agent saw before it acted, what it did, and its reward."""
    started = time.perf_counter()
    console = people()
    how_long(ticks, days)
    asked = {"--observations": observations, "--format": form, "--level": level}
    for option, word in asked.items():
        _check(option, word)
    from townlet.capture.files import capture_folder  # noqa: PLC0415  (keeps `--help` quick)

    with capture_folder(out):
        model = load(config, False, console)
        length = how_long(ticks, days, (model.scenario or {}).get("ticks"))
        chosen = {"policy": policy, "observations": observations, "form": form, "level": level}
        recorder = build(model, out, console, chosen, towns, seed, agents, threads)
        stop = Stop()
        with (
            ctrl_c_stops(stop, console.print),
            progress(recorder.sim, length, console) as watch,
        ):
            outcome = drive(recorder, length, started, stop, watch)
            manifest = recorder.finish(interrupted=outcome.interrupted)
        summary = summarise(recorder, outcome, time.perf_counter() - started, out)
        if json:
            print_json(summary)
        else:
            show(recorder, outcome, manifest, summary, console)
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)


def _check(option: str, word: str | None) -> None:
    """Refuse a word that is none of an option's.

    Raises:
        UserError: Naming the nearest one.
    """
    what, words = _CHOICES[option]
    if word is not None and word not in words:
        raise UserError(f"{option} {word}: there is no such {what}{nearest(word, words)}")


def build(
    model: "SimulationConfig",
    out: Path,
    console: Console,
    chosen: dict[str, Any],
    towns: int,
    seed: int | None,
    agents: int | None,
    threads: int | None,
) -> "Recorder":
    """Make the recorder a command line asks for.

    Raises:
        UserError: The seed is too large, or the simulation refuses the config or an option.
    """
    if seed is not None and seed > MAX_SEED:
        raise UserError(f"--seed {seed}: give a number from 0 to {MAX_SEED}.")
    from townlet.capture import Recorder  # noqa: PLC0415  (keeps `--help` quick)

    if chosen["policy"] is None:
        check_policy(model)
    with (
        warm_up(console) as warming,
        naming(model.source),
        ctrl_c_aborts(console.print) as between,
    ):

        def told(done: int, total: int, name: str) -> None:
            between()
            warming(done, total, name)

        return Recorder(
            model, out, towns=towns, seed=seed, agents=agents, threads=threads, progress=told,
            **chosen,
        )  # fmt: skip


def summarise(recorder: "Recorder", outcome: Outcome, wall_s: float, out: Path) -> dict[str, Any]:
    """The object that ``--json`` prints; ``wall_s`` includes the writing."""
    manifest, sim = recorder.manifest, recorder.sim
    rate = outcome.ticks_per_s
    steps = manifest["rows"]
    return {
        "config_id": manifest["config"]["id"],
        "policy": manifest["policy"]["name"],
        "level": manifest["level"],
        "observations": manifest["observation"]["variant"],
        "schema_hash": manifest["observation"]["schema_hash"],
        "seed": sim.seed,
        "towns": sim.towns,
        "agents": sim.agents,
        "ticks": manifest["ticks"],
        "steps": steps,
        "trajectories": manifest["trajectories"],
        "reward_mean": recorder.trajectories["reward_sum"].sum() / steps if steps else None,
        "files": len(manifest["files"]),
        "bytes": sum(entry["bytes"] for entry in manifest["files"]),
        "wall_s": round(wall_s, 6),
        "ticks_per_s": None if rate is None else round(rate, 3),
        "state_hash": manifest["state_hash"],
        "interrupted": manifest["interrupted"],
        "out": str(out),
    }


def show(
    recorder: "Recorder",
    outcome: Outcome,
    manifest: Mapping[str, Any],
    summary: Mapping[str, Any],
    console: Console,
) -> None:
    """Close a capture: what was run, what was seen and done, and what is where."""
    sim = recorder.sim
    towns = f"{sim.towns:,} towns of " if sim.towns > 1 else ""
    console.print(
        f"[bold]{escape(summary['config_id'])}[/bold]  {towns}{sim.agents:,} agents, "
        f"{summary['policy']} policy, seed {sim.seed}: {outcome.ticks:,} ticks to "
        f"{clock_text(sim)}, state {summary['state_hash']}"
    )
    rate = summary["ticks_per_s"]
    speed = "" if rate is None else f"; {short_number(rate)} ticks/s after the first"
    mean = summary["reward_mean"]
    console.print(
        f"{summary['steps']:,} steps of {summary['trajectories']:,} trajectories"
        + ("" if mean is None else f", mean reward {mean:+.5f}")
        + f"; {summary['wall_s']:.2f} s in all{speed}"
    )
    if summary["steps"]:
        console.print(Columns([_actions(recorder, manifest), _ends(recorder)], padding=(0, 4)))
    tables = sum(entry["table"] != "metrics" for entry in manifest["files"])
    console.print(
        f"Wrote {escape(summary['out'])}: manifest.json, metrics.json, metrics.parquet and "
        f"{tables:,} {manifest['format']} file{'s' if tables != 1 else ''}, "
        f"{short_number(summary['bytes'])}B"
    )
    if not summary["steps"]:
        console.print("[yellow]No steps:[/yellow] who arrives in a tick acts from the next one on.")


def _actions(recorder: "Recorder", manifest: Mapping[str, Any]) -> Table:
    """How often what was done."""
    what = manifest["level"]
    table = Table(what, title="Actions", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("steps", justify="right")
    table.add_column("share", justify="right")
    taken = recorder.trajectories
    counts = {name: int(taken[f"action_{name}_count"].sum()) for name in manifest["actions"]}
    total = sum(counts.values()) or 1
    for name in sorted(counts, key=counts.__getitem__, reverse=True):
        if counts[name]:
            table.add_row(escape(name), f"{counts[name]:,}", f"{counts[name] / total:.1%}")
    return table


def _ends(recorder: "Recorder") -> Table:
    """How trajectories ended."""
    table = Table("end", title="Trajectories", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("how many", justify="right")
    told = recorder.trajectories
    causes = told.filter(told["terminated"])["cause"].value_counts(sort=True)
    for cause, count in causes.iter_rows():
        table.add_row(escape(cause), f"{count:,}")
    if cut := int(told["truncated"].sum()):
        table.add_row("cut at the end", f"{cut:,}")
    return table
