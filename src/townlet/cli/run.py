"""``townlet run``: simulate, show how it goes, leave a folder behind."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from townlet.cli import options
from townlet.cli.console import people, print_json
from townlet.cli.drive import Stop, ctrl_c_aborts, ctrl_c_stops, drive
from townlet.cli.loading import check_policy, hook_warnings, naming
from townlet.cli.progress import progress, show_outcome, warm_up
from townlet.cli.reloads import Reloads
from townlet.errors import UserError
from townlet.report.folder import run_folder
from townlet.report.subject import DAY, Outcome, Subject
from townlet.report.summary import last_day, summarise
from townlet.report.write import write_report

if TYPE_CHECKING:
    from townlet.config import SimulationConfig
    from townlet.simulation import Simulation

INTERRUPTED = 130
MAX_SEED = 2**63 - 1
RECORD = "record"
"""Folder of a recording within the folder of a run."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("run")(run)


def run(
    config: options.ConfigPath,
    agents: options.Agents = None,
    towns: options.Towns = 1,
    ticks: options.Ticks = None,
    days: options.Days = None,
    seed: options.Seed = None,
    threads: options.Threads = None,
    policy: options.Policy = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write summary.json, kpis.parquet and pictures here."),
    ] = None,
    record: Annotated[
        bool,
        typer.Option("--record", help="Write orders, hashes and snapshots into DIR/record."),
    ] = False,
    hash_every: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Ticks between two recorded hashes.",
            show_default="1, 10 or 100, by the number of agents",
        ),
    ] = None,
    snapshot_every: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Ticks between two recorded snapshots; 0: first and last.",
            show_default="10000",
        ),
    ] = None,
    json: options.Json = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Take the config's warnings as errors.")
    ] = False,
) -> None:
    """Simulate a town, or many side by side, and report how they fared."""
    started = time.perf_counter()
    console = people()
    how_long(ticks, days)
    check_record(out, record, hash_every, snapshot_every)
    with run_folder(out):
        stop = Stop()
        model = load(config, strict, console)
        length = how_long(ticks, days, (model.scenario or {}).get("ticks"))
        with warm_up(console) as warming:
            subject = build(model, towns, seed, agents, threads, policy, warming)
        named = (model.affordances.affordances_file, model.perturbations.file)
        reloads = Reloads(subject, [file for file in named if file is not None], console)
        with (
            ctrl_c_stops(stop, console.print),
            recording(subject, out if record else None, hash_every, snapshot_every, stop),
            progress(subject, length, console) as watch,
        ):
            outcome = drive(subject, length, started, stop, watch, reloads.look)
        for sentence in subject.timeline.missed:
            console.print(f"[yellow]warning:[/yellow] {escape(sentence)}")
        finish(subject, outcome, reloads, out, json, console)


def how_long(ticks: int | None, days: int | None, scene: int | None = None) -> int:
    """Return the ticks to run: ``--ticks``, or ``--days``, or the scenario's, or one day.

    Raises:
        UserError: Both were given.
    """
    if ticks is not None and days is not None:
        raise UserError("--ticks and --days both say how long to run: give one of them.")
    if ticks is None and days is None and scene is not None:
        return scene
    return ticks if ticks is not None else DAY * (days or 1)


def check_record(
    out: Path | None, record: bool, hash_every: int | None, snapshot_every: int | None
) -> None:
    """Refuse options of a recording that is not made, or would overwrite another one.

    Raises:
        UserError: With a sentence.
    """
    if not record:
        for name, value in (("--hash-every", hash_every), ("--snapshot-every", snapshot_every)):
            if value is not None:
                raise UserError(f"{name} is of recorded runs: add --record.")
        return
    if out is None:
        raise UserError("--record: say with --out DIR where to write.")
    if (out / RECORD).exists() and any((out / RECORD).iterdir()):
        raise UserError(
            f"--out {out}: it holds a recording, which is not overwritten; name another folder."
        )


@contextmanager
def recording(
    subject: "Simulation",
    out: Path | None,
    hash_every: int | None,
    snapshot_every: int | None,
    stop: Stop,
) -> Iterator[None]:
    """Record a run into a folder; None: do not."""
    if out is None:
        yield
        return
    from townlet.replay import Recorder  # noqa: PLC0415  (keeps `--help` quick)
    from townlet.replay.recorder import SNAPSHOT_EVERY  # noqa: PLC0415

    every = SNAPSHOT_EVERY if snapshot_every is None else snapshot_every
    with Recorder(subject, out / RECORD, hash_every=hash_every, snapshot_every=every) as recorder:
        yield
        recorder.finish("Ctrl-C" if stop.asked else None)


def load(path: Path, strict: bool, console: Console) -> "SimulationConfig":
    """Load a config and show its warnings; with ``strict`` the first one is an error.

    Raises:
        UserError: The file is wrong, or ``strict`` and it gives a warning.
    """
    from townlet.config import load_config  # noqa: PLC0415  (keeps `--help` quick)

    config = load_config(path)
    warnings = [*config.warnings, *_file_warnings(config)]
    if strict and warnings:
        raise UserError(warnings[0])
    for warning in warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}")
    return config


def _file_warnings(config: "SimulationConfig") -> list[str]:
    """What a config's manifest, the stubs of its schedules and its hook modules give to say."""
    from townlet.setup.stubs import read_manifest  # noqa: PLC0415

    manifest = read_manifest(config)
    return [*manifest.warnings, *hook_warnings(config, manifest)]


def build(
    config: "SimulationConfig",
    towns: int,
    seed: int | None,
    agents: int | None,
    threads: int | None,
    policy: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> "Simulation":
    """Make the simulation a command line asks for; ``progress`` hears of its warm-up.

    Raises:
        UserError: The seed is too large, or the simulation refuses the config or an option.
    """
    if seed is not None and seed > MAX_SEED:
        raise UserError(f"--seed {seed}: give a number from 0 to {MAX_SEED}.")
    from townlet.simulation import Simulation  # noqa: PLC0415  (keeps `--help` quick)

    if policy is None:
        check_policy(config)
    with naming(config.source), ctrl_c_aborts(people().print) as between:

        def warming(done: int, total: int, name: str) -> None:
            between()
            if progress is not None:
                progress(done, total, name)

        return Simulation.from_config(
            config,
            towns=towns,
            seed=seed,
            agents=agents,
            threads=threads,
            policy=policy,
            progress=warming,
        )


def finish(
    subject: Subject,
    outcome: Outcome,
    reloads: Reloads,
    out: Path | None,
    json: bool,
    console: Console,
) -> None:
    """Report a run that is over, and leave with 130 when Ctrl-C ended it.

    The numbers are shown before the folder is written: a full disk must not cost them.
    """
    summary = summarise(subject, outcome) | reloads.summary()
    if json:
        print_json(summary)
    else:
        show_outcome(subject, outcome, summary, last_day(subject)[0], console)
    if out is not None:
        for sentence in write_report(subject, summary, out):
            console.print(escape(sentence))
        if not json:
            names = ", ".join(sorted(path.name for path in out.glob("[!.]*")))
            console.print(escape(f"Wrote {out}: {names}"))
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)
