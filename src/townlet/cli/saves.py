"""Snapshots of a run: as its config says, when it is stopped, and at its end."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from townlet.errors import UserError


class Saves:
    """Saves now and then while a run goes on.

    Args:
        subject: The simulation that runs.
        last: A file to write when the run ends or is stopped; None: none.
        console: Hears of what could not be written, once in a row, and of the last file.

    Raises:
        UserError: The config does not allow snapshots there, or there is no such folder.
    """

    def __init__(self, subject: Any, last: Path | None, console: Console) -> None:
        from townlet.snapshot import Autosave  # noqa: PLC0415  (keeps `--help` quick)
        from townlet.snapshot.guards import check_path  # noqa: PLC0415

        if last is not None:  # now, rather than when all has been run
            check_path(last, subject.config)
        self._subject, self._last, self._console = subject, last, console
        self._autosave = Autosave.of_config(subject)
        self._told = False

    def room(self) -> int | None:
        """Ticks until the next one; None when ticks do not decide."""
        return None if self._autosave is None else self._autosave.room()

    def look(self) -> None:
        """Begin to save if it is time; a full disk is told, and the run goes on."""
        if self._autosave is not None:
            self._autosave.look()
            self._tell()

    def _tell(self) -> None:
        problem = "" if self._autosave is None else self._autosave.problem
        if problem and not self._told:
            self._console.print(f"[yellow]not saved:[/yellow] {escape(problem)}")
        self._told = bool(problem)

    def stop(self) -> None:
        """Save because the run ends before its time."""
        if self._autosave is not None:
            path = self._autosave.save()
            self._tell()
            if path is not None:
                self._console.print(escape(f"Saved {path}; `townlet run {path}` goes on from it."))

    def finish(self) -> None:
        """Write the last file.

        Raises:
            NotWrittenError: It cannot be written.
        """
        if self._last is not None:
            path = self._subject.save(self._last)
            self._console.print(escape(f"Saved {path}; `townlet run {path}` goes on from it."))

    def summary(self) -> dict[str, Any]:
        """Return ``snapshots`` for the summary: files, and how many could not be written."""
        if self._autosave is None:
            return {}
        self._autosave.wait()
        self._tell()
        files = [str(path) for path in self._autosave.saved]
        return {"snapshots": {"files": files, "failed": self._autosave.failed}}


def refuse_nowhere(path: Path, option: str) -> None:
    """Say before a run, rather than after it, that a file cannot be written there.

    Raises:
        UserError: There is no such folder, or the path is one.
    """
    if not path.parent.is_dir():
        raise UserError(f"{option} {path}: there is no folder {path.parent}.")
    if path.is_dir():
        raise UserError(f"{option} {path}: this is a folder; name a file.")
