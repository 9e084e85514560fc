"""Background: a save takes the town's time for a copy only; another thread writes the file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from townlet.snapshot.copies import Copies
from townlet.snapshot.guards import check_path
from townlet.snapshot.pace import Pace
from townlet.snapshot.take import drawn_up
from townlet.snapshot.tensors import of, write_tensors
from townlet.state_hash import StateHash, combine, total_of

if TYPE_CHECKING:
    from townlet.simulation import Simulation
    from townlet.snapshot.header import Header
    from townlet.snapshot.tensors import Blank


class Background:
    """Saves a simulation beside its ticks, one save at a time.

    Making it takes as much memory again as a snapshot has, and keeps it, so that a save finds it
    there. A program that ends waits for a save that is under way.

    Args:
        sim: the simulation.
    """

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._copies = Copies(sim.store, sim.hashing.threads)
        self._blanks = {name: of(array) for name, array in self._copies.arrays.items()}
        self._hashing = StateHash(self._copies, sim.blueprint, in_order=True)
        self._writer = ThreadPoolExecutor(1, "townlet-save")
        self._pace = Pace()
        self._now: Future[int] | None = None
        # What the first save would need for the first time: a thread, compiled sums, digests.
        self._copies.fill()
        self._hashing.sums()
        drawn_up(sim)()
        self._writer.submit(int).result()

    def save(
        self,
        path: Path,
        before: Callable[[Pace], object] | None = None,
        after: Callable[[], object] | None = None,
    ) -> Future[int]:
        """Copy the state as it is now, and let it be written: :meth:`copy` and :meth:`write`.

        The file is that of :func:`townlet.snapshot.save`, byte for byte.

        Args:
            path: the file, in a folder that is there.
            before: called by the writer first, with its pace; what it raises ends the save.
            after: called by the writer when the file is safe.

        Returns:
            What is done when the file is safe: its bytes. It raises what
            :func:`townlet.snapshot.save` does, or what ``before`` and ``after`` have raised.
        """
        self.copy()
        return self.write(path, before, after)

    def copy(self) -> None:
        """Copy the columns as they are now; a save under way is waited for first."""
        self.wait()
        self._copies.fill()

    def write(
        self,
        path: Path,
        before: Callable[[Pace], object] | None = None,
        after: Callable[[], object] | None = None,
    ) -> Future[int]:
        """Let what was copied be written; call it before the simulation goes on. See :meth:`save`.

        So what a save takes of a small town's time can be part of two ticks.
        """
        draw, config, pace = drawn_up(self._sim), self._sim.config, Pace()
        self._pace = pace

        def write() -> int:
            pace.begin()
            check_path(path, config)
            pace()
            if before is not None:
                before(pace)
            self._write(path, *draw())
            size = path.stat().st_size
            if after is not None:
                after()
            return size

        self._now = self._writer.submit(write)
        return self._now

    def _write(self, path: Path, header: Header, books: dict[str, Blank]) -> None:
        sums, pace = self._hashing.sums(), self._pace
        header.state_hash = f"{total_of(sums, header.tick):016x}"
        for name, row in zip(self._hashing.names(), sums, strict=True):
            header.hashes[name] = f"{combine(row.tolist()):016x}"
            pace()
        write_tensors(path, {**self._blanks, **books}, header.as_dict(), pace)

    @property
    def busy(self) -> bool:
        """Whether a save is under way."""
        return self._now is not None and not self._now.done()

    def wait(self) -> None:
        """Wait for a save under way, whatever becomes of it."""
        if self._now is not None:
            self._pace.hurry()
            wait([self._now])
            self._now = None

    def close(self) -> None:
        """Wait for a save under way, and let the thread go."""
        self.wait()
        self._writer.shutdown()
