"""Reload manifest and perturbations while a run goes on, and say what became of it."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from townlet.errors import UserError
from townlet.report.subject import Subject


class Reloads:
    """Looks after the files a config names.

    Args:
        subject: The simulation that runs.
        files: those that are watched, such as ``affordances.affordances_file``.
        console: Hears of each change once.
    """

    def __init__(self, subject: Subject, files: Sequence[str], console: Console) -> None:
        self._subject, self._files, self._console = subject, tuple(files), console
        self.count = 0

    def look(self) -> None:
        """Apply a file that has changed; a bad one is refused and the town goes on."""
        if not self._files:
            return
        try:
            changed = self._subject.reload()
        except UserError as error:
            self._console.print(f"[yellow]not reloaded:[/yellow] {escape(str(error))}")
            return
        if changed:
            self.count += 1
            names = escape(" or ".join(self._files))
            self._console.print(f"reloaded {names} at tick {self._subject.tick:,}")

    def summary(self) -> dict[str, int]:
        """Return ``reloads`` for the summary; nothing where no file is watched."""
        return {"reloads": self.count} if self._files else {}
