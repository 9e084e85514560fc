"""``townlet run``: simulate, show how it goes, leave a folder behind."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from townlet.cli import options, recordings
from townlet.cli.console import people, print_json
from townlet.cli.drive import Stop, ctrl_c_aborts, ctrl_c_stops, drive
from townlet.cli.loading import check_policy, hook_warnings, naming
from townlet.cli.progress import progress, show_outcome, warm_up
from townlet.cli.reloads import Reloads
from townlet.cli.resume import is_snapshot, resume
from townlet.cli.saves import Saves, refuse_nowhere
from townlet.errors import UserError
from townlet.report.folder import run_folder
from townlet.report.subject import DAY, Outcome, Subject
from townlet.report.summary import last_day, summarise
from townlet.report.write import write_report

if TYPE_CHECKING:
    from townlet.config import SimulationConfig
    from townlet.learner import Learner
    from townlet.simulation import Simulation

INTERRUPTED = 130
MAX_SEED = 2**63 - 1


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("run")(run)


def run(
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG", help="The town's YAML file, or a snapshot to go on from."),
    ],
    agents: options.Agents = None,
    towns: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Towns side by side.", show_default="1"),
    ] = None,
    ticks: options.Ticks = None,
    days: options.Days = None,
    seed: options.Seed = None,
    threads: options.Threads = None,
    policy: options.Policy = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write summary.json, kpis.parquet and pictures here."),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a snapshot when the run ends or is stopped."),
    ] = None,
    record: recordings.Record = False,
    hash_every: recordings.HashEvery = None,
    snapshot_every: recordings.SnapshotEvery = None,
    json: options.Json = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Take the config's warnings as errors.")
    ] = False,
) -> None:
    """Simulate a town, or many side by side, and report how they fared."""
    started = time.perf_counter()
    console = people()
    how_long(ticks, days)
    recordings.check(out, record, hash_every, snapshot_every)
    if save is not None:
        refuse_nowhere(save, "--save")
    with run_folder(out):
        stop = Stop()
        with warm_up(console) as warming:
            if is_snapshot(config):
                refuse_strict(config, strict)
                given = {"--agents": agents, "--towns": towns, "--seed": seed}
                subject = resume(config, given, threads, policy, warming)
            else:
                model = load(config, strict, console)
                subject = build(model, towns or 1, seed, agents, threads, policy, warming)
        model = subject.config
        length = how_long(ticks, days, _rest_of_scene(subject))
        named = (model.affordances.affordances_file, model.perturbations.file)
        reloads = Reloads(subject, [file for file in named if file is not None], console)
        saves = Saves(subject, save, console)
        to_record = out if record else None

        def between() -> None:
            reloads.look()
            saves.look()

        with (
            ctrl_c_stops(stop, console.print),
            recordings.recording(subject, to_record, hash_every, snapshot_every, stop),
            progress(subject, length, console) as watch,
        ):
            outcome = drive(subject, length, started, stop, watch, between, saves.room)
            (saves.stop if outcome.interrupted else saves.look)()
        for sentence in subject.timeline.missed:
            console.print(f"[yellow]warning:[/yellow] {escape(sentence)}")
        finish(subject, outcome, reloads, saves, out, json, console)


def _rest_of_scene(subject: "Simulation") -> int | None:
    """Ticks a scenario still has; None where there is none, or it is over."""
    ticks = (subject.config.scenario or {}).get("ticks")
    return ticks - subject.tick if ticks is not None and ticks > subject.tick else None


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


def refuse_strict(path: Path, strict: bool) -> None:
    """A snapshot's config is not read again, so it has no warnings.

    Raises:
        UserError: ``strict``.
    """
    if strict:
        raise UserError(
            f"--strict is about warnings of a town's YAML file, and {path} is a snapshot: leave it "
            "out; `townlet snapshot validate --strict` restores one and compares its hash."
        )


def load(path: Path, strict: bool, console: Console) -> "SimulationConfig":
    """Load a config and show its warnings; with ``strict`` the first one is an error.

    Raises:
        UserError: The file is wrong, or ``strict`` and it gives a warning.
    """
    from townlet import load_config  # noqa: PLC0415  (keeps `--help` quick)

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
    learner: "Learner | None" = None,
) -> "Simulation":
    """Make the simulation a command line asks for; ``progress`` hears of its warm-up.

    Raises:
        UserError: The seed is too large, or the simulation refuses the config or an option.
    """
    if seed is not None and seed > MAX_SEED:
        raise UserError(f"--seed {seed}: give a number from 0 to {MAX_SEED}.")
    from townlet import Simulation  # noqa: PLC0415  (keeps `--help` quick)

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
            learner=learner,
        )


def finish(
    subject: Subject,
    outcome: Outcome,
    reloads: Reloads,
    saves: Saves,
    out: Path | None,
    json: bool,
    console: Console,
) -> None:
    """Report a run that is over, and leave with 130 when Ctrl-C or SIGTERM ended it.

    The numbers are shown before the folder is written: a full disk must not cost them.
    """
    summary = summarise(subject, outcome) | reloads.summary() | saves.summary()
    if json:
        print_json(summary)
    else:
        show_outcome(subject, outcome, summary, last_day(subject)[0], console)
    try:
        if out is not None:
            for sentence in write_report(subject, summary, out):
                console.print(escape(sentence))
            if not json:
                names = ", ".join(sorted(path.name for path in out.glob("[!.]*")))
                console.print(escape(f"Wrote {out}: {names}"))
    finally:
        saves.finish()
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)
