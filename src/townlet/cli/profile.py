"""``townlet profile``: where the time of a tick and the bytes of a town go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from townlet.cli import options
from townlet.cli.console import people, print_json
from townlet.cli.count import counter
from townlet.cli.drive import Stop, ctrl_c_stops
from townlet.cli.progress import warm_up
from townlet.cli.resume import is_snapshot
from townlet.cli.run import INTERRUPTED, build, load
from townlet.errors import UserError
from townlet.suggest import nearest

if TYPE_CHECKING:
    from townlet.config import SimulationConfig
    from townlet.profiling.measure import Profile

FAILED = 1
TICKS = 120
MOST_TICKS = 100_000
VARIANTS = ("full", "hybrid", "compact")
EPILOG = """Examples:

  townlet profile configs/town.yaml --agents 1M --at 08:00,19:00 --ticks 20

  townlet profile configs/town.yaml --out before.json; townlet profile configs/town.yaml --compare before.json

  townlet profile configs/town.yaml --sweep 1k..100k --picture sweep.png"""  # noqa: E501


@dataclass(frozen=True)
class Wish:
    """What a command line asks for, read and checked before anything is built."""

    config: "SimulationConfig"
    towns: int
    agents: int | None
    seed: int | None
    threads: int | None
    observations: str | None
    ticks: int
    minutes: tuple[int, ...]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("profile", epilog=EPILOG)(profile)


def profile(
    config: options.ConfigPath,
    agents: options.Agents = None,
    towns: options.Towns = 1,
    ticks: Annotated[
        int,
        typer.Option(
            parser=counter("ticks", MOST_TICKS),
            metavar="T",
            help="Ticks, at each time of day: 120, 20k.",
        ),
    ] = TICKS,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIMES",
            help="Times of the day after the first night: 03:00,08:00.",
            show_default="at once",
        ),
    ] = None,
    seed: options.Seed = None,
    threads: options.Threads = None,
    observations: Annotated[
        str | None,
        typer.Option(
            metavar="VARIANT", help="Write observations (full, hybrid, compact) and rewards."
        ),
    ] = None,
    memory: Annotated[bool, typer.Option("--memory", help="Also show bytes by component.")] = False,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="A..B", help="Instead: cost against agents, such as 1k..1M."),
    ] = None,
    threads_sweep: Annotated[
        str | None,
        typer.Option("--threads-sweep", metavar="A..B", help="Instead: speed on 1 to B threads."),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw the sweep here.")
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a trace for ui.perfetto.dev.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the JSON here, to compare with.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Exit 1 if slower than this older profile."),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compare though machine, threads or config differ.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show where the time of a tick goes, system by system, and what limits it."""
    from townlet.cli.profile_files import check_files, read_profile, write_json  # noqa: PLC0415

    single = {"--trace": trace, "--compare": compare, "--memory": memory or None}
    check_together(agents, sweep, threads, threads_sweep, picture, single)
    if anyway and compare is None:
        raise UserError("--anyway is for a comparison: give --compare FILE too.")
    check_files({"--picture": picture, "--trace": trace, "--out": out})
    older = None if compare is None else read_profile(compare)
    console, stop = people(), Stop()
    wish = read_wish(config, towns, agents, seed, threads, observations, ticks, at, console)
    if sweep is not None or threads_sweep is not None:
        from townlet.cli.profile_sweeps import run_sweep, run_threads_sweep  # noqa: PLC0415

        report = (
            run_sweep(wish, sweep, picture, stop, console, quiet=json)
            if sweep is not None
            else run_threads_sweep(wish, str(threads_sweep), stop, console, quiet=json)
        )
    else:
        report = run_once(wish, memory, trace, older, anyway, stop, console, quiet=json)
    if json:
        print_json(report)
    if out is not None:
        write_json(out, report)
        console.print(escape(f"Wrote {out}"))
    if report["interrupted"]:
        raise typer.Exit(INTERRUPTED)
    if report.get("compare", {}).get("slower"):
        raise typer.Exit(FAILED)


def check_together(
    agents: int | None,
    sweep: str | None,
    threads: int | None,
    threads_sweep: str | None,
    picture: Path | None,
    single: Mapping[str, object],
) -> None:
    """Refuse options that do not go together.

    Raises:
        UserError: Naming two of them.
    """
    if sweep is not None and threads_sweep is not None:
        raise UserError("--sweep and --threads-sweep: give one of them.")
    if sweep is not None and agents is not None:
        raise UserError("--sweep says how many agents: leave --agents out.")
    if threads_sweep is not None and threads is not None:
        raise UserError("--threads-sweep says how many threads: leave --threads out.")
    if picture is not None and sweep is None:
        raise UserError("--picture draws a sweep: give --sweep A..B too.")
    swept = "--sweep" if sweep is not None else "--threads-sweep" if threads_sweep else None
    for option, value in single.items():
        if swept is not None and value is not None:
            raise UserError(f"{option} is for a single profile: leave {swept} out.")


def read_wish(
    config: Path,
    towns: int,
    agents: int | None,
    seed: int | None,
    threads: int | None,
    observations: str | None,
    ticks: int,
    at: str | None,
    console: Console,
) -> Wish:
    """Read what the options say.

    Raises:
        UserError: One cannot be read; the sentence names it.
    """
    from townlet.profiling.measure import minutes_of  # noqa: PLC0415  (quick `--help`)

    if observations is not None and observations not in VARIANTS:
        raise UserError(
            f"--observations {observations}: there is no such variant"
            f"{nearest(observations, VARIANTS)}"
        )
    try:
        minutes = () if at is None else tuple(minutes_of(at.split(","), ticks))
    except UserError as error:
        raise UserError(f"--{error}") from None
    if is_snapshot(config):
        raise UserError(f"{config}: this is a snapshot; a profile begins from a town's YAML file.")
    model = load(config, False, console)
    return Wish(model, towns, agents, seed, threads, observations, ticks, minutes)


def measured(
    wish: Wish,
    stop: Stop,
    console: Console,
    check: Callable[[dict[str, Any]], object] = lambda facts: None,
) -> "Profile":
    """Build the town and profile it.

    Args:
        wish: What is asked for.
        stop: Asked by Ctrl-C.
        console: Where to say what is going on.
        check: Told what is going to be measured, before the long part.
    """
    from townlet.learner import Learner, Variant  # noqa: PLC0415  (quick `--help`)
    from townlet.profiling.measure import measure, plan_of  # noqa: PLC0415
    from townlet.profiling.reference import Reference  # noqa: PLC0415

    variant: Variant | None = wish.observations  # type: ignore[assignment]
    learner = None if variant is None else Learner(observations=variant)
    with warm_up(console) as warming:
        sim = build(
            wish.config, wish.towns, wish.seed, wish.agents, wish.threads, None, warming, learner
        )
    check(plan_of(sim, wish.ticks, wish.minutes))
    with ctrl_c_stops(stop, console.print), console.status("Measuring the machine") as status:
        return measure(
            sim, wish.ticks, wish.minutes, go_on=lambda: not stop.asked, say=status.update,
            reference=Reference(sim.threading.threads),
        )  # fmt: skip


def run_once(
    wish: Wish,
    memory: bool,
    trace: Path | None,
    older: dict[str, Any] | None,
    anyway: bool,
    stop: Stop,
    console: Console,
    *,
    quiet: bool,
) -> dict[str, Any]:
    """Profile a town; return the report, and show it unless ``quiet``."""
    from townlet.cli.profile_show import show_comparison, show_memory, show_report  # noqa: PLC0415
    from townlet.profiling.compare import check_comparable, compare  # noqa: PLC0415
    from townlet.profiling.measure import report_of  # noqa: PLC0415
    from townlet.profiling.memory import memory_table  # noqa: PLC0415

    def check(facts: dict[str, Any]) -> None:
        if older is not None:
            check_comparable(older, facts, anyway=anyway)

    found = measured(wish, stop, console, check)
    report = report_of(found)
    if memory:
        report["memory"] = memory_table(found.sim)
    if older is not None and not found.interrupted:
        report["compare"] = compare(older, report, anyway=anyway).report()
    if not quiet:
        show_report(report, console)
        if memory:
            show_memory(report, console)
    if "compare" in report:
        show_comparison(report["compare"], console)
    if trace is not None:
        from townlet.cli.profile_files import save_trace  # noqa: PLC0415

        save_trace(found, report, trace)
        console.print(escape(f"Wrote {trace}: open it at ui.perfetto.dev or chrome://tracing"))
    return report
