"""Recordings of a run: what the command line says about them, and who makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from townlet.cli.drive import Stop
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.simulation import Simulation

RECORD = "record"
"""Folder of a recording within the folder of a run."""

Record = Annotated[
    bool,
    typer.Option("--record", help="Write orders, hashes and snapshots into DIR/record."),
]
HashEvery = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Ticks between two recorded hashes.",
        show_default="1, 10 or 100, by the number of agents",
    ),
]
SnapshotEvery = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Ticks between two recorded snapshots; 0: first and last.",
        show_default="10000",
    ),
]


def check(
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
