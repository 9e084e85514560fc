"""Reload an affordance manifest while a run goes on, and say what became of it."""

from rich.console import Console
from rich.markup import escape

from townlet.errors import UserError
from townlet.report.subject import Subject


class Reloads:
    """Looks after the manifest a config names.

    Args:
        subject: The simulation that runs.
        file: ``affordances.affordances_file``; None: the built-in manifest, which is not watched.
        console: Hears of each change once.
    """

    def __init__(self, subject: Subject, file: str | None, console: Console) -> None:
        self._subject, self._file, self._console = subject, file, console
        self.count = 0

    def look(self) -> None:
        """Apply the file if it has changed; a bad one is refused and the town goes on."""
        if self._file is None:
            return
        try:
            changed = self._subject.reload()
        except UserError as error:
            self._console.print(f"[yellow]not reloaded:[/yellow] {escape(str(error))}")
            return
        if changed:
            self.count += 1
            self._console.print(f"reloaded {escape(self._file)} at tick {self._subject.tick:,}")

    def summary(self) -> dict[str, int]:
        """Return ``reloads`` for the summary; nothing where no file is watched."""
        return {} if self._file is None else {"reloads": self.count}
