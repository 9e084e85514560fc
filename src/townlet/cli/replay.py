"""``townlet replay``: reproduce a recorded run, and say whether it comes to the same."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from townlet.cli import options
from townlet.cli.console import people, print_json, short_number
from townlet.cli.drive import Stop, ctrl_c_stops, next_chunk
from townlet.cli.saves import refuse_nowhere
from townlet.report.summary import hash_text

if TYPE_CHECKING:
    from townlet.replay import Player, Recording
    from townlet.replay.player import Mismatch

FAILED, INTERRUPTED = 1, 130

RunFolder = Annotated[
    Path, typer.Argument(metavar="RUN", help="The folder of a run made with --record.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("replay")(replay_command)


def replay_command(
    run: RunFolder,
    until: Annotated[
        int | None,
        typer.Option(min=0, metavar="T", help="Stop after this tick.", show_default="the last"),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare with every hash that was recorded.")
    ] = False,
    threads: options.Threads = None,
    snapshot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the state at the end here.")
    ] = None,
    hashes: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the recorded hashes here, as lines of JSON."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Run a recorded run once more, with all that it was told.

    Exit code 1: it came to another state than was recorded.
    """
    from townlet.replay import Player, Recording, write_lines  # noqa: PLC0415  (quick `--help`)
    from townlet.snapshot.guards import check_path  # noqa: PLC0415

    console, started = people(), time.perf_counter()
    for option, file in (("--snapshot", snapshot), ("--hashes", hashes)):
        if file is not None:
            refuse_nowhere(file, option)
    recording = Recording(run)
    for sentence in recording.told:
        console.print(f"[yellow]warning:[/yellow] {escape(sentence)}")
    if recording.manifest["steps_of_its_own"]:
        console.print(
            "[yellow]warning:[/yellow] the run had Python of its own within its ticks "
            f"({escape(', '.join(recording.manifest['steps_of_its_own']))}); a replay has not"
        )
    target = recording.last if until is None else recording.step_of(until)
    if hashes is not None:
        write_lines(recording.hashes, hashes)
    player, stop = Player(recording, threads=threads), Stop()
    if snapshot is not None:
        check_path(snapshot, player.sim.config)
    with ctrl_c_stops(stop, console.print):
        wrong = _go(player, target, verify, stop)
    finished = until is None and wrong is None and not stop.asked
    if finished:
        player.finish()
    result = describe(recording, player, wrong, verify, finished) | {
        "wall_s": round(time.perf_counter() - started, 6),
        "interrupted": stop.asked and player.step < target,
    }
    if snapshot is not None:
        player.sim.save(snapshot)
    if json:
        print_json(result)
    else:
        tell(recording, result, console)
    if result["interrupted"]:
        raise typer.Exit(INTERRUPTED)
    if result["same"] is False:
        raise typer.Exit(FAILED)


def _go(player: "Player", target: int, verify: bool, stop: Stop) -> "Mismatch | None":
    """Run to the end, to the first difference, or until Ctrl-C."""
    chunk = 1
    while player.step < target and not stop.asked:
        step, begun = player.step, time.perf_counter()
        nearer = min(step + chunk, target)
        wrong = player.mismatch(nearer) if verify else None
        if wrong is not None:
            return wrong
        player.run_to(nearer)
        chunk = next_chunk(chunk, nearer - step, time.perf_counter() - begun)
    return None


def describe(
    recording: "Recording",
    player: "Player",
    wrong: "Mismatch | None",
    verified: bool,
    finished: bool,
) -> dict[str, Any]:
    """What came of a replay; ``same`` is None where nothing was recorded to compare with.

    The manifest's hash is of where it was written last: of a run that was killed, some ticks before
    its logs end; else after the orders that followed the last tick.
    """
    sim, log = player.sim, recording.hashes
    found = sim.hash()
    at_end = log.at_step(player.step)
    known = None if at_end is None else at_end.state_hash
    manifest = recording.manifest
    if finished and player.step == manifest["ticks"] and manifest["state_hash"] is not None:
        known = int(manifest["state_hash"], 16)
    same = None if known is None else known == found
    return {
        "run": str(recording.folder),
        "config_id": recording.manifest["config"]["id"],
        "seed": recording.manifest["seed"],
        "towns": sim.towns,
        "agents": sim.agents,
        "tick": sim.tick,
        "ticks": player.step,
        "orders": sum(order.step < player.step for order in recording.orders),
        "hashes": int((log.steps <= player.step).sum()) if verified else 0,
        "state_hash": hash_text(found),
        "recorded_hash": None if known is None else hash_text(known),
        "same": False if wrong is not None else same,
        "first_different_tick": None if wrong is None else wrong.recorded.tick,
        "columns": [] if wrong is None else wrong.columns,
        "told": recording.told,
    }


def tell(recording: "Recording", result: dict[str, Any], console: Console) -> None:
    """Say it in words."""
    towns = f"{result['towns']:,} towns of " if result["towns"] > 1 else ""
    console.print(
        f"[bold]{escape(result['config_id'])}[/bold]  {towns}{result['agents']:,} agents, seed "
        f"{result['seed']}: {result['ticks']:,} ticks and {result['orders']:,} orders again, to "
        f"tick {result['tick']:,}, state {result['state_hash']}; {result['wall_s']:.2f} s in all, "
        f"{short_number(result['ticks'] / max(result['wall_s'], 1e-9))} ticks/s"
    )
    compared = f"; {result['hashes']:,} hashes compared" if result["hashes"] else ""
    if result["first_different_tick"] is not None:
        columns = ", ".join(result["columns"][:8])
        more = f" and {len(result['columns']) - 8} more" if len(result["columns"]) > 8 else ""
        console.print(
            f"[red]Different[/red] from tick {result['first_different_tick']:,} on, in {columns}"
            f"{more}. With another recording of this run, 'townlet diff A B' finds out why."
        )
    elif result["same"] is False:
        console.print(f"[red]Different:[/red] {result['recorded_hash']} was recorded{compared}.")
    elif result["same"]:
        console.print(f"[green]The same[/green] as was recorded{compared}.")
    else:
        console.print("No hash was recorded at that tick; --verify compares those before it.")
