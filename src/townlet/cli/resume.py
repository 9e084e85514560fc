"""Go on from a snapshot where a command would have built a town."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from townlet.cli.console import people
from townlet.cli.drive import ctrl_c_aborts
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.simulation import Simulation

SUFFIX = ".safetensors"


def is_snapshot(path: Path) -> bool:
    """Whether a path is meant as a snapshot: by its ending, or by how the file begins."""
    if path.suffix == SUFFIX:
        return True
    from townlet.snapshot.tensors import is_sealed  # noqa: PLC0415  (keeps `--help` quick)

    return is_sealed(path)


def resume(
    path: Path,
    given: Mapping[str, object],
    threads: int | None,
    policy: str | None,
    progress: Callable[[int, int, str], None],
) -> "Simulation":
    """Load a snapshot; ``progress`` hears of the warm-up.

    Args:
        path: The file.
        given: Options that the snapshot decides, by name; those given are refused.
        threads, policy: As on the command line.
        progress: See `townlet.cli.progress.warm_up`.

    Raises:
        UserError: The file is refused, or an option is given that it decides.
    """
    for option, value in given.items():
        if value is not None:
            raise UserError(f"{option} {value}: the snapshot {path} decides that; leave it out.")
    from townlet.snapshot import load  # noqa: PLC0415  (keeps `--help` quick)

    with ctrl_c_aborts(people().print) as between:

        def warming(done: int, total: int, name: str) -> None:
            between()
            progress(done, total, name)

        return load(path, threads=threads, policy=policy, progress=warming)
