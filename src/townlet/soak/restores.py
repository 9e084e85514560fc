"""Restores: in mid-run a town is saved, read back and goes on from the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

from townlet.invariants import Finding
from townlet.snapshot import SnapshotError, read, restore_contents, write
from townlet.snapshot.take import take
from townlet.soak.fault import Fault, When

if TYPE_CHECKING:
    from townlet.simulation import Simulation


class Restores(Fault):
    """The town is saved, scrambled, and restored from the file; it must be the same."""

    name: ClassVar[str] = "restores"
    doc: ClassVar[str] = "saved, and restored from the file, in mid-run"

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def strike(self, sim: Simulation, when: When) -> str:
        """Save, run on for a tick, and go back."""
        before, tick = sim.hashes(), sim.tick
        with TemporaryDirectory(prefix="townlet-") as folder:
            path = write(take(sim), Path(folder) / "middle")
            sim.run(1)
            try:
                restore_contents(sim, read(path), path=path)
            except SnapshotError as refused:
                self._found.append(
                    Finding(f"its own snapshot was refused: {refused}", "town", (0,), 1)
                )
                return "saved, and refused"
            size = path.stat().st_size
        after = sim.hashes()
        if sim.tick != tick or after != before:
            wrong = [name for name, value in before[1].items() if after[1].get(name) != value]
            sentence = f"restored at tick {sim.tick}, it has another {', '.join(wrong) or 'tick'}"
            self._found.append(Finding(sentence, "town", (0,), 1))
        return f"saved and restored, {size:,} bytes"

    def after(self, sim: Simulation, when: When) -> Iterator[Finding]:
        """What was not the same."""
        found, self._found = self._found, []
        return iter(found)
