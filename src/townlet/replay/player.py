"""The player: a recorded run once more, from any of its snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from townlet.errors import UserError
from townlet.replay.hash_log import HashRecord, record_of
from townlet.replay.order_log import ACTIONS, Order
from townlet.replay.recording import Recording
from townlet.snapshot import load

if TYPE_CHECKING:
    from townlet.simulation import Simulation

Build = Callable[..., "Simulation"]
"""Makes a simulation of a snapshot's path; takes what :func:`townlet.snapshot.load` takes."""


class ReplayError(UserError):
    """A replay does not go as the recording says."""

    exit_code = 1


class Player:
    """Runs a recording once more.

    Args:
        recording: the recording.
        step: where to begin; the nearest snapshot before it is taken, and the rest is run.
        build: makes the simulation of a snapshot; None: :func:`townlet.snapshot.load`.
        options: for ``build``, such as ``threads``.

    Attributes:
        sim: the simulation.
        step: ticks of the recording that it has behind it.

    Raises:
        UserError: no snapshot can be used.
    """

    def __init__(
        self, recording: Recording, step: int = 0, build: Build | None = None, **options: Any
    ) -> None:
        self.recording = recording
        saved = next(recording.saved_before(step), None)
        if saved is None:
            raise UserError(f"{recording.folder}: there is no whole snapshot to begin with")
        self.sim = (build or load)(saved.path, **options)
        self.step = saved.step
        self._orders: dict[int, list[Order]] = {}
        for order in recording.orders:
            self._orders.setdefault(order.step, []).append(order)
        self.run_to(step)

    def run_to(self, step: int, ready: Callable[[], None] | None = None) -> Simulation:
        """Run until ``step`` ticks of the recording are behind; what was ordered then, is not yet.

        Args:
            step: where to go.
            ready: called when the orders of a moment have been given, before its tick runs.

        Raises:
            ReplayError: an order is refused that was not, or the other way round.
        """
        for stop in self._stops(step):
            given = self._apply()
            if ready is not None:
                ready()
            if given is not None:
                actions, level, waits = (given.arguments[k] for k in ("actions", "level", "waits"))
                self.sim.step(actions, level, waits)
            else:
                self.sim.run(stop - self.step)
            self.step = stop
        return self.sim

    def finish(self) -> Simulation:
        """Run to the end, and give the orders that came after the last tick."""
        self.run_to(self.recording.last)
        self._apply()
        return self.sim

    def _stops(self, step: int) -> Iterator[int]:
        """Steps to run to: before each that has orders, and behind the actions of a tick."""
        for at in sorted(at for at in self._orders if self.step <= at < step):
            if at > self.step:
                yield at
            yield at + 1
        if self.step < step:
            yield step

    def _apply(self) -> Order | None:
        """Give the orders of this moment; returns the actions of the next tick."""
        given = None
        for order in self._orders.get(self.step, ()):
            if order.name == ACTIONS:
                given = order
            else:
                apply_order(self.sim, order)
        return given

    def record(self) -> HashRecord:
        """What the state comes to now."""
        return record_of(self.step, self.sim.tick, self.sim.hashing.sums())

    def mismatch(self, until: int) -> Mismatch | None:
        """Run on and compare with the hash log; the first record that differs, None: none does."""
        log = self.recording.hashes
        low, high = np.searchsorted(log.steps, (self.step, until + 1))
        for index in range(int(low), int(high)):
            self.run_to(int(log.steps[index]))
            found = self.record()
            if not np.array_equal(found.towns, log.towns[index]):
                return Mismatch(log.record(index), found, log.columns)
        self.run_to(until)
        return None


class Mismatch:
    """A record that a replay has not come to.

    Attributes:
        recorded, replayed: what the log says, and what the replay has come to.
        columns: names of the columns that differ.
        towns: numbers of the towns that differ.
    """

    def __init__(self, recorded: HashRecord, replayed: HashRecord, names: list[str]) -> None:
        self.recorded, self.replayed = recorded, replayed
        self.columns = [
            name
            for name, old, new in zip(names, recorded.columns, replayed.columns, strict=True)
            if old != new
        ]
        self.towns = np.flatnonzero(recorded.towns != replayed.towns).tolist()


def apply_order(sim: Simulation, order: Order) -> None:
    """Give an order once more.

    Raises:
        ReplayError: it is refused and was not, or the other way round.
    """
    names: dict[str, Callable[..., Any]] = {
        "spawn": sim.desk.spawn,
        "kill": sim.desk.kill,
        "close": sim.desk.close,
        "possess": sim.desk.possess,
        "guard": sim.desk.guard,
        "request": sim.exits.request,
        "approve": sim.exits.approve,
        "defer": sim.exits.defer,
        "set_price": sim.prices.set_price,
        "trigger": sim.trigger,
        "cancel": sim.cancel,
        "reload": sim.reload_texts,
        "restart": sim.restart,
        "launch": lambda names: sim.launch(*names),
    }
    where = f"tick {sim.tick}: {order.text}"
    if order.name not in names:
        raise ReplayError(f"{where}: this program knows no such order")
    try:
        names[order.name](**order.arguments)
    except UserError as error:
        if order.refused is None:
            raise ReplayError(f"{where} was carried out, and is refused now: {error}") from None
    else:
        if order.refused is not None:
            raise ReplayError(f"{where} was not carried out, and is now: {order.refused}")


def replay(
    run: str | Path | Recording,
    until: int | None = None,
    *,
    verify: bool = False,
    build: Build | None = None,
    **options: Any,
) -> Simulation:
    """Reproduce a recorded run.

    Args:
        run: a recording, or its folder.
        until: the tick to go to; None: the last one.
        verify: compare with every record of the hash log on the way.
        build: see :class:`Player`.
        options: for ``build``, such as ``threads``.

    Returns:
        The simulation as it was then.

    Raises:
        UserError: the recording cannot be read, or never came to that tick.
        ReplayError: with ``verify``, the first difference; a sentence.
    """
    recording = run if isinstance(run, Recording) else Recording(run)
    step = recording.last if until is None else recording.step_of(until)
    player = Player(recording, build=build, **options)
    found = player.mismatch(step) if verify else None
    if found is None:
        return player.finish() if until is None else player.run_to(step)
    raise ReplayError(
        f"{recording.folder}: the replay differs at tick {found.replayed.tick}: state "
        f"{found.replayed.state_hash:016x} instead of {found.recorded.state_hash:016x}, in "
        f"{', '.join(found.columns)}"
    )
