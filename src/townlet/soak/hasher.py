"""The hasher: state hashes of a small town, made from a copy beside its ticks."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from townlet.snapshot.copies import Copies
from townlet.state_hash import StateHash, total_of

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Bytes of what a snapshot holds up to which a state is copied to be hashed. More of it takes as
#: long to copy as all cores take to hash it.
SMALL = 1 << 24


class Hasher:
    """Hashes states in a thread of its own, one at a time; a tick waits for a copy.

    A town of a thousand lives through three ticks while its state is hashed.

    Args:
        sim: the simulation; see :meth:`is_for`.
    """

    def __init__(self, sim: Simulation) -> None:
        self._copies = Copies(sim.store)
        self._hashing = StateHash(self._copies, sim.blueprint, in_order=True)
        self._copies.fill()
        self._hashing.sums()  # what the first one would need for the first time
        self._asked: SimpleQueue[int | None] = SimpleQueue()
        self._made: SimpleQueue[tuple[int, int]] = SimpleQueue()
        self._waiting: int | None = None
        #: Whether one has been asked for and not been heard.
        self.busy = False
        self._thread = threading.Thread(target=self._work, name="townlet-hash", daemon=True)
        self._thread.start()

    @staticmethod
    def is_for(sim: Simulation) -> bool:
        """Whether it pays for a simulation."""
        return sim.store.nbytes(static=False) <= SMALL

    def ask(self, tick: int) -> None:
        """Have the state hashed as it is now, after a tick; the last one has been heard.

        The thread is woken when somebody wants to hear: that takes as long as the copy.
        """
        self._copies.fill()
        self.busy, self._waiting = True, tick

    def heard(self, wait: bool = False) -> tuple[int, int] | None:
        """The tick and the hash that were asked for.

        Args:
            wait: until it is made; otherwise None where it is not yet.
        """
        if not self.busy:
            return None
        if self._waiting is not None:
            self._asked.put(self._waiting)
            self._waiting = None
        try:
            found = self._made.get(wait)
        except Empty:
            return None
        self.busy = False
        return found

    def close(self) -> None:
        """Let the thread go; what is being hashed is not waited for."""
        self._asked.put(None)

    def _work(self) -> None:
        while (tick := self._asked.get()) is not None:
            self._made.put((tick, total_of(self._hashing.sums(), tick)))
