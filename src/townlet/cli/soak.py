"""``townlet soak``: run long, break things, and prove that nothing broke."""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from townlet.cli import options
from townlet.cli.console import people, print_json
from townlet.cli.drive import Stop, ctrl_c_stops
from townlet.cli.progress import warm_up
from townlet.cli.run import INTERRUPTED, MAX_SEED, load
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.soak.plan import SoakPlan

FAILED = 1
EPILOG = """Examples:

  townlet soak configs/town.yaml --agents 1000 --ticks 14400 --out out/soak

  townlet soak configs/town.yaml --agents 64 --ticks 100000 --faults all --out out/rough

  townlet soak --resume out/soak

  townlet soak configs/town.yaml --storm 100"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("soak", epilog=EPILOG)(soak)


def soak(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG]", help="The town's YAML file.")
    ] = None,
    agents: options.Agents = None,
    towns: options.Towns = 1,
    ticks: options.Ticks = None,
    seed: options.Seed = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, metavar="M", help="Minutes of wall time after which it ends."),
    ] = None,
    faults: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="What goes wrong, by name with commas between: deaths, outages, crowds, probes, "
            "actions, restores, kills; or all.",
            show_default="none",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Report, snapshots and records.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Go on with a soak that was stopped; all else is there."),
    ] = None,
    storm: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Run N small random towns, twice each, instead."),
    ] = None,
    storm_seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="K", help="Run town K of the storm, the one of a failure."),
    ] = None,
    threads: options.Threads = None,
    check_every: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="T", help="Ticks between two checks.", show_default="by size and length"
        ),
    ] = None,
    save_every: Annotated[
        int, typer.Option(min=1, metavar="T", help="Ticks between two snapshots, at most.")
    ] = 10_080,
    save_minutes: Annotated[
        float,
        typer.Option(min=0.001, metavar="M", help="Minutes between two snapshots, at most."),
    ] = 2.0,
    keep: Annotated[int, typer.Option(min=1, metavar="K", help="Snapshots that are kept.")] = 3,
    hash_every: Annotated[
        int, typer.Option(min=1, metavar="T", help="Ticks between two entries of the hash log.")
    ] = 1440,
    fault_every: Annotated[
        int | None,
        typer.Option(
            min=60,
            metavar="T",
            help="Each fault strikes once in T ticks.",
            show_default="by length",
        ),
    ] = None,
    kills: Annotated[
        int, typer.Option(min=1, metavar="N", help="How often the fault `kills` kills.")
    ] = 10,
    json: options.Json = False,
    worker: Annotated[
        float | None, typer.Option("--worker", hidden=True, help="For a supervisor's process.")
    ] = None,
) -> None:
    """Run a town long or roughly and check all the while that nothing has broken."""
    console = people()
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, source in sources.items() if source and source.name == "COMMANDLINE"]
    _one_way(given, resume, storm, storm_seed)
    _with_faults(given, faults or "")
    if worker is not None and resume is not None:
        raise typer.Exit(_work(resume, worker))
    if storm is not None or storm_seed is not None:
        from townlet.cli.storm import run_storm  # noqa: PLC0415  (keeps `--help` quick)

        first = storm_seed if storm_seed is not None else seed or 0
        raise typer.Exit(run_storm(config, first, storm, json, console, threads))
    if resume is not None:
        from townlet.soak.folder import old_folder  # noqa: PLC0415

        with old_folder(resume) as plan:
            raise typer.Exit(_run(resume, plan, json, console))
    if config is None or out is None or ticks is None:
        raise UserError("a soak needs a CONFIG, --ticks and --out; or --resume DIR, or --storm N")
    plan = make_plan(
        config, console, towns=towns, agents=agents, seed=seed, ticks=ticks, minutes=minutes,
        faults=faults, check_every=check_every, hash_every=hash_every, save_every=save_every,
        save_seconds=60 * save_minutes, keep=keep, kills=kills, fault_period=fault_every,
        threads=threads,
    )  # fmt: skip
    from townlet.soak.folder import new_folder  # noqa: PLC0415

    with new_folder(out, plan):
        raise typer.Exit(_run(out, plan, json, console))


def _one_way(
    given: list[str], resume: Path | None, storm: int | None, storm_seed: int | None
) -> None:
    """Refuse options that say different things, and those that would say nothing.

    Raises:
        UserError: They do.
    """
    if resume is not None and set(given) - {"resume", "json", "worker"}:
        raise UserError(
            f"--resume {resume} knows its config and all else: give nothing but it and --json."
        )
    if storm is not None and storm_seed is not None:
        raise UserError("--storm runs many towns and --storm-seed one: give one of them.")
    known = {"config", "storm", "threads", "json", "seed"}
    if storm_seed is not None:
        known = {"config", "storm_seed", "threads", "json"}
    idle = [_option(name) for name in given if name not in known]
    if idle and (storm is not None or storm_seed is not None):
        raise UserError(
            f"a storm draws all of its towns by their numbers: leave {', '.join(idle)} out."
        )


def _with_faults(given: list[str], faults: str) -> None:
    """Refuse options about faults that are not asked for.

    Raises:
        UserError: One is given.
    """
    if "fault_every" in given and not faults.strip(" ,"):
        raise UserError("--fault-every says how often faults strike: name some with --faults.")
    if "kills" in given and not {"all", "kills"} & {word.strip() for word in faults.split(",")}:
        raise UserError("--kills says how often the fault kills strikes: add it to --faults.")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def make_plan(config: Path, console: Console, **asked: Any) -> "SoakPlan":
    """The plan of a command line.

    Raises:
        UserError: The config or an option is wrong.
    """
    if asked["seed"] is not None and asked["seed"] > MAX_SEED:
        raise UserError(f"--seed {asked['seed']}: give a number from 0 to {MAX_SEED}.")
    from townlet.setup.cast import population_of  # noqa: PLC0415
    from townlet.soak.faults import KILLS, NAMES, faults_of  # noqa: PLC0415
    from townlet.soak.plan import (  # noqa: PLC0415
        SoakPlan,
        check_cadence,
        fault_cadence,
        own_places,
    )

    model = load(config, False, console)
    words = [word.strip() for word in (asked["faults"] or "").split(",") if word.strip()]
    names = NAMES if words == ["all"] else tuple(dict.fromkeys(words))
    faults_of(names)
    population = population_of(model, asked["agents"])
    ticks = asked["ticks"]
    own = {
        "config": own_places(model.written),
        "source": None if model.source is None else str(model.source.resolve()),
        "needs": model.need_names(),
        "start_minute": model.start_minute(),
        "agents": population,
        "seed": asked["seed"] if asked["seed"] is not None else model.run_seed(),
        "faults": names,
        "fault_period": asked["fault_period"] or fault_cadence(ticks),
        "check_every": asked["check_every"] or check_cadence(population * asked["towns"], ticks),
        "mask_every": 10,
        "kills": asked["kills"] if KILLS in names else 0,
    }
    return SoakPlan(**asked | own)


# -- processes ----------------------------------------------------------------------------------


def _run(folder: Path, plan: "SoakPlan", json: bool, console: Console) -> int:
    """Run a soak to its end, in this process or under a supervisor; report; the exit code."""
    from townlet.soak.folder import ended, finished  # noqa: PLC0415
    from townlet.soak.report import write_report  # noqa: PLC0415
    from townlet.soak.verdict import failed  # noqa: PLC0415

    interrupted = False
    if not finished(folder):
        started = time.monotonic()
        with _bar(plan.ticks, console) as reached:
            if plan.kills:
                code = _supervise(folder, plan, console, reached)
            else:
                code = _here(folder, plan, console, reached)
        interrupted = code == INTERRUPTED
        if interrupted and not ended(folder):
            console.print(
                escape(f"Stopped before its first tick; `townlet soak --resume {folder}` goes on.")
            )
            return INTERRUPTED
        if code not in (0, FAILED, INTERRUPTED):
            raise ChildProcessError(
                f"the soak's process ended with {code}; `townlet soak --resume {folder}` goes on"
            )
        console.print(f"[dim]{time.monotonic() - started:.1f} s[/dim]")
    summary, missing = write_report(folder, plan)
    for sentence in missing:
        console.print(escape(sentence))
    if json:
        print_json(summary)
    else:
        show(summary, folder, console)
    return INTERRUPTED if interrupted else FAILED if failed(summary) else 0


def _here(folder: Path, plan: "SoakPlan", console: Console, reached: Callable[[int], None]) -> int:
    """Run the soak in this process."""
    from townlet.soak.worker import Worker  # noqa: PLC0415

    with warm_up(console) as warming:
        worker = Worker(folder, plan, _Bar(reached), warming)
    return _to_the_end(worker, plan.minutes, console.print)


def _work(folder: Path, seconds: float) -> int:
    """Run the soak for a supervisor, and tell it on stdout how far it is."""
    from townlet.soak.folder import worker_folder  # noqa: PLC0415
    from townlet.soak.supervisor import Told  # noqa: PLC0415
    from townlet.soak.worker import Worker  # noqa: PLC0415

    with worker_folder(folder) as plan:
        worker = Worker(folder, plan, Told())
        return _to_the_end(worker, seconds / 60 if seconds else None, lambda words: None)


def _to_the_end(worker: Any, minutes: float | None, say: Callable[[str], object]) -> int:
    stop = Stop()
    gc.collect()
    gc.freeze()  # what is there stays: looking through all of it takes as long as twenty ticks
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    with ctrl_c_stops(stop, say):
        try:
            why = worker.run(stop, deadline)
        except (UserError, OSError) as error:
            error.add_note(f"`townlet soak --resume {worker.folder}` goes on when that is mended.")
            raise
        except Exception as error:
            worker.fail(error)
            return FAILED
    return INTERRUPTED if why == "interrupted" else 0


def _supervise(
    folder: Path, plan: "SoakPlan", console: Console, reached: Callable[[int], None]
) -> int:
    """Run the soak in processes that are killed now and then."""
    from townlet.soak.supervisor import Supervisor  # noqa: PLC0415

    seconds = 60 * plan.minutes if plan.minutes else 0
    command = [sys.executable, "-m", "townlet", "soak", "--resume", str(folder)]
    supervisor = Supervisor(folder, plan, [*command, "--worker", str(seconds)], reached)

    def stopping(words: str) -> None:
        console.print(words)
        supervisor.stop()

    with ctrl_c_stops(Stop(), stopping):
        return supervisor.run()


class _Bar:
    """A listener that moves a bar."""

    def __init__(self, reached: Callable[[int], None]) -> None:
        self.reached = reached

    def saving(self, tick: int) -> None:
        """Nothing to show."""


@contextmanager
def _bar(ticks: int, console: Console) -> Iterator[Callable[[int], None]]:
    """A progress line on a terminal; elsewhere nothing."""
    columns = (
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} ticks"),
        TimeRemainingColumn(compact=True),
    )
    if not console.is_terminal:
        yield lambda tick: None
        return
    # Drawing takes as long as some ticks: those beside it would look slow.
    with Progress(*columns, console=console, refresh_per_second=2) as bar:
        task = bar.add_task("soak", total=ticks)
        yield lambda tick: bar.update(task, completed=tick)


# -- what people see ----------------------------------------------------------------------------


def show(summary: dict[str, Any], folder: Path, console: Console) -> None:
    """Close a soak: what was run, what was found, how it is judged."""
    from townlet.soak.verdict import not_judged  # noqa: PLC0415

    towns = f"{summary['towns']:,} towns of " if summary["towns"] > 1 else ""
    rate = summary["ticks_per_s"]
    console.print(
        f"[bold]{escape(summary['config_id'])}[/bold]  {towns}{summary['agents']:,} agents, seed "
        f"{summary['seed']}: {summary['ticks']:,} of {summary['ticks_asked']:,} ticks, state "
        f"{summary['state_hash']}" + ("" if rate is None else f", {rate:,} ticks/s")
    )
    struck = dict(summary["faults"]) | ({"kills": summary["kills"]} if summary["kills"] else {})
    faults = ", ".join(f"{name} {count:,}" for name, count in struck.items())
    console.print(
        f"{summary['checks']:,} checks of all invariants, {summary['saves']['count']:,} snapshots"
        + (f"; faults: {faults}" if faults else "")
    )
    for entry in summary["violations"]:
        console.print(
            f"[red]broken:[/red] tick {entry['tick']:,}, {entry['invariant']}: "
            f"{escape(entry['sentence'])} (rows of {entry['table']}: "
            f"{', '.join(map(str, entry['rows'][:8]))}; {entry['snapshot']})"
        )
    if summary["first_broken"] is not None:
        first = summary["first_broken"]
        console.print(f"It begins in tick {first['tick']:,} ({first['snapshot']}).")
    table = Table("what is judged", box=box.SIMPLE_HEAD)
    for heading in ("value", "processor", "at most", ""):
        table.add_column(heading, justify="right")
    for gate in summary["gates"]:
        value = "-" if gate["value"] is None else f"{gate['value']:,.4g}"
        word = {True: "[green]holds[/green]", False: "[red]breached[/red]"}.get(
            gate["holds"], f"[dim]{not_judged(gate)}[/dim]"
        )
        cpu = "" if gate["processor"] is None else f"[dim]{gate['processor']:,.4g}[/dim]"
        table.add_row(gate["what"], value, cpu, f"{gate['limit']:,.4g}", word)
    console.print(table)
    console.print(escape(f"Wrote {folder}: report.html, summary.json and tables"))
    if summary["ended"] == "interrupted":
        console.print(escape(f"`townlet soak --resume {folder}` goes on."))
