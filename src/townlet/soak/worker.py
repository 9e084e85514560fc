"""The worker: runs the town of a soak, watches it, and keeps what a resumed run needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from townlet.errors import UserError
from townlet.invariants import INVARIANTS, Finding, broken
from townlet.report.summary import hash_text
from townlet.simulation import Simulation
from townlet.snapshot import SUFFIX, Background, load, save
from townlet.snapshot.errors import DamagedSnapshotError, NotWrittenError
from townlet.soak.fault import Calendar
from townlet.soak.faults import faults_of
from townlet.soak.hasher import Hasher
from townlet.soak.journal import Entry, Journal
from townlet.soak.origin import first_broken
from townlet.soak.plan import SoakPlan
from townlet.soak.record import (
    AFTER,
    CHECKED,
    DAY,
    FAULTED,
    FIRST,
    HASHED,
    SAVED,
    WRITING,
    Part,
    Record,
    Took,
    Watch,
)
from townlet.soak.shelf import Shelf
from townlet.soak.steadiness import unsteadiness
from townlet.soak.striking import tick_with_faults
from townlet.soak.verdict import tick_times

if TYPE_CHECKING:
    from townlet.cli.drive import Stop

JOURNAL, RECORD, SNAPSHOTS = "journal.jsonl", "record", "snapshots"
#: Why a soak ends: all ticks are done, the time is up, something was found, somebody stopped it.
TICKS, MINUTES, VIOLATION, INTERRUPTED = ENDS = ("ticks", "minutes", "violation", "interrupted")
#: Invariants that cost as much as many ticks.
_COSTLY = "masks_are_true"
_HOUR = 60
#: Ticks for which a snapshot is put off at most, for one that has less to do.
_PATIENCE = 10
#: Ticks that a hash takes beside them: fixed, so that a soak saves in the same ticks anywhere.
_HASHING = 3


class Listener(Protocol):
    """Hears how a soak goes on; each method returns at once."""

    def reached(self, tick: int) -> None:
        """A tick is done; called now and then."""

    def saving(self, tick: int) -> None:
        """A snapshot is about to be written."""


@dataclass
class _Saving:
    """A snapshot that is being written.

    Attributes:
        tick: of the state.
        tick_ns: nanoseconds of the last tick before it.
        took: how long the soak waited for it.
        begun: when it was copied, of :func:`time.monotonic`.
        part: what was measured until then.
        done: its bytes, when it is on the disk; None: it is with the writer in the next tick.
    """

    tick: int
    tick_ns: int
    took: Took
    begun: float
    part: Part
    done: Future[int] | None = None


class Worker:
    """A soak in this process: fresh, or going on from the newest whole snapshot.

    Args:
        folder: the soak's folder, with its plan in it.
        plan: the plan.
        listener: hears how it goes on.
        progress: hears of the warm-up, see :class:`townlet.Simulation`.
    """

    def __init__(
        self,
        folder: Path,
        plan: SoakPlan,
        listener: Listener,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> None:
        self.folder, self.plan, self._listener = folder, plan, listener
        self.journal = Journal(folder / JOURNAL)
        self.record = Record(folder / RECORD)
        self.shelf = Shelf(folder / SNAPSHOTS, plan.keep)
        self.sim = self._go_on(progress)
        gone = self.journal.rewind(self.sim.tick)
        self.record.rewind(self.sim.tick)
        self._expected = {e["tick"]: e["hash"] for e in gone if e["kind"] == "hash"}
        self._violated = bool(self.journal.of("violation"))
        self.journal.add("start", self.sim.tick)
        self.calendar = Calendar(faults_of(plan.faults), plan.seed, plan.fault_period)
        self._next_fault = self.calendar.next(self.sim.tick + 1)
        self._checks, self._saved_at = 0, (self.sim.tick, time.monotonic())
        self._next, self._put_off = FIRST, 0
        self._background = Background(self.sim)
        self._saving: _Saving | None = None
        self._hasher = Hasher(self.sim) if Hasher.is_for(self.sim) else None
        self.sim.hash()  # loads what the first entry of the hash log needs

    def _go_on(self, progress: Callable[[int, int, str], None] | None) -> Simulation:
        """The newest snapshot that is whole, or a town before its first tick."""
        options: dict[str, Any] = {"threads": self.plan.threads, "progress": progress}
        for path in self.shelf.newest_first():
            try:
                return load(path, **options)
            except DamagedSnapshotError as refused:  # for another reason it may be good elsewhere
                self.journal.add("refused", 0, sentence=str(refused))
                self.shelf.put_aside(path)
        plan = self.plan
        return Simulation.from_config(
            plan.model(), towns=plan.towns, seed=plan.seed, agents=plan.agents, **options
        )

    # -- running -----------------------------------------------------------------------------

    def run(self, stop: Stop, deadline: float | None = None) -> str:
        """Run to the last tick, or until something is found, somebody stops it, or time is up.

        What has been measured is then in the soak's folder, with a snapshot.

        Args:
            stop: looked at after every tick.
            deadline: of :func:`time.monotonic`; None: none.

        Returns:
            Why it has ended, one of ``ENDS``.
        """
        told, why = 0.0, TICKS
        while self.sim.tick < self.plan.ticks:
            late = deadline is not None and time.monotonic() > deadline
            if self.violated or stop.asked or late:
                why = VIOLATION if self.violated else INTERRUPTED if stop.asked else MINUTES
                break
            self._tick()
            now = time.monotonic()
            if now - told > 0.02:
                told = now
                self._listener.reached(self.sim.tick)
        why = VIOLATION if self.violated else why
        self._finish(why)
        return why

    @property
    def violated(self) -> bool:
        """Whether an invariant has been found broken."""
        return self._violated

    def _tick(self) -> None:
        watch, beside, self._next = Watch(), self._next, 0
        beside |= WRITING if self._saving is not None or self._hashing else 0
        self._hand_over()
        if self._saving is not None and self._saving.done is not None and self._saving.done.done():
            self._collect()
        self._hear()
        flags, found = self._run_tick()
        flags |= DAY if self.sim.clock[1:] == (0, 0) else 0
        flags |= beside
        self.record.add(watch.took(), flags)
        tick = self.sim.tick
        if tick % _HOUR == _HOUR // 2:  # full hours have hashes and midnights
            self.record.sample(self.sim)
            self._next = AFTER
        if found or tick % self.plan.check_every == 0:
            self._check(found)
            self._next = AFTER
        since = tick % self.plan.hash_every
        if since == 0:
            self._timed(HASHED, self._hash)
        # These ticks have enough to do: a hash may still be on its way, after a look all is slow.
        if self._due(since <= _HASHING or flags & DAY or (self._next | beside) & AFTER):
            self._timed(SAVED, self.save)

    def _run_tick(self) -> tuple[int, dict[str, list[Finding]]]:
        """One tick, with its faults if there are any."""
        if self._next_fault is None or self.sim.tick + 1 < self._next_fault:
            self.sim.run(1)
            return 0, {}
        struck, found = tick_with_faults(self.sim, self.calendar)
        self._next_fault = self.calendar.next(self.sim.tick + 1)
        for name, what in struck:
            self.journal.add("fault", self.sim.tick, name=name, what=what)
        return FAULTED, found

    def _timed(self, flag: int, work: Callable[[], None]) -> None:
        """Do what counts as part of the tick before it."""
        watch, part = Watch(), self.record.now
        work()
        if self.record.now is part:
            self.record.mark(flag, watch.took())

    @property
    def _hashing(self) -> bool:
        """Whether a hash is being made beside the ticks."""
        return self._hasher is not None and self._hasher.busy

    def _hash(self) -> None:
        """Have the state hashed; at once where it is known what has to come out."""
        tick = self.sim.tick
        self._hear()
        if self._hasher is None or self._hashing or tick in self._expected:
            self._note(tick, self.sim.hash())
        else:
            self._hasher.ask(tick)

    def _hear(self, wait: bool = False) -> None:
        """Take in a hash that was made beside the ticks, if it is there."""
        made = None if self._hasher is None else self._hasher.heard(wait)
        if made is not None:
            self._note(*made)

    def _note(self, tick: int, value: int) -> None:
        """Enter a hash, and hold it against the one there was before the town went back."""
        found = hash_text(value)
        self.journal.add("hash", tick, hash=found)
        if self._expected.get(tick, found) != found:
            sentence = (
                f"gone on from a snapshot, the state hash is {found}; before it was "
                f"{self._expected[tick]}"
            )
            self._violate("a_resumed_run_is_the_same", [Finding(sentence, "town", (0,), 1)])

    # -- checking ----------------------------------------------------------------------------

    def _check(self, found: dict[str, list[Finding]]) -> None:
        self._checks += 1
        names = [
            name
            for name in INVARIANTS
            if name != _COSTLY or self._checks % self.plan.mask_every == 0
        ]
        self._timed(CHECKED, lambda: found.update(broken(self.sim, names)))
        for name, findings in found.items():
            self._violate(name, findings)

    def _violate(self, name: str, findings: list[Finding]) -> None:
        """Write down what is broken, with a snapshot of this tick."""
        self._violated = True
        path = self.folder / f"violation-{self.sim.tick:09d}{SUFFIX}"
        self._tell(name, path.name, findings)
        if not path.exists():
            save(self.sim, path)

    def _tell(self, name: str, snapshot: str, findings: list[Finding]) -> None:
        """Enter what is broken, before its snapshot takes what room the disk may have left.

        Raises:
            NotWrittenError: there is no room for that either; the sentence says what it is about.
        """
        for finding in findings:
            entry = {"invariant": name, "snapshot": snapshot, **asdict(finding)}
            try:
                self.journal.add("violation", self.sim.tick, **entry)
            except OSError as error:
                raise NotWrittenError(
                    f"tick {self.sim.tick}, {name}: {finding.sentence}; this could not be written "
                    f"into {self.folder / JOURNAL} ({error.strerror})"
                ) from None

    def fail(self, error: Exception) -> None:
        """Write down an exception of the engine, with a snapshot of where it stood."""
        with suppress(UserError, OSError):  # what has happened here is told
            self._collect()
        self._violated = True
        sentence = f"{type(error).__name__}: {error}"
        path = self.folder / f"failure-{self.sim.tick:09d}{SUFFIX}"
        self._tell("no_exception", path.name, [Finding(sentence, "town", (), 0)])
        save(self.sim, path, complete=False)
        self._end(VIOLATION)
        self._close()

    # -- keeping -----------------------------------------------------------------------------

    def _due(self, busy: object) -> bool:
        """Whether to save now; while the town is ``busy`` it is put off, but not for long."""
        tick, when = self._saved_at
        ticks = self.sim.tick - tick
        late = ticks >= self.plan.save_every or time.monotonic() - when >= self.plan.save_seconds
        self._put_off = self._put_off + 1 if late and busy else 0
        return late and (not busy or self._put_off > _PATIENCE)

    def save(self) -> None:
        """Let what has been measured and a snapshot be written into the folder.

        One that is being written is waited for; what that takes is part of what this one takes.
        """
        tick, watch = self.sim.tick, Watch()
        self._collect()
        self._hear(wait=True)
        self._listener.saving(tick)
        last = self.record.now.ns[-1] if self.record.now.ns else 0
        part = self.record.take(self.sim)
        self._background.copy()
        self._saved_at = (tick, time.monotonic())
        self._saving = _Saving(tick, last, watch.took(), self._saved_at[1], part)

    def _hand_over(self) -> None:
        """Give the writer what was copied, before the town goes on."""
        saving = self._saving
        if saving is not None and saving.done is None:
            saving.done = self._background.write(
                self.shelf.path(saving.tick),
                before=lambda pace: self.record.put(saving.part, pace),
                after=self.shelf.prune,
            )

    def _collect(self) -> None:
        """Wait for a snapshot that is being written, and put it into the journal.

        Raises:
            SnapshotError: it could not be written; the older ones are as they were.
            OSError: what was measured could not be.
        """
        self._hand_over()
        if self._saving is None or self._saving.done is None:
            return
        self._background.wait()
        saving, done, self._saving = self._saving, self._saving.done, None
        size, (ns, cpu) = done.result(), saving.took
        written = int(1e9 * (time.monotonic() - saving.begun))
        self.journal.add(
            "save", saving.tick, ns=ns, cpu_ns=cpu, tick_ns=saving.tick_ns, bytes=size,
            written_ns=written,
        )  # fmt: skip

    def _finish(self, why: str) -> None:
        """Everything measured is put down; the last snapshot is where a resumed run goes on."""
        self._collect()
        self._hear(wait=True)
        before = self.shelf.newest_first()
        if self.record.now.ns:
            self.save()
            self._collect()
        self._end(why, self._machine())
        if why == VIOLATION:
            self._find_origin(before)
        self._close()

    def _close(self) -> None:
        self._background.close()
        if self._hasher is not None:
            self._hasher.close()
        self.journal.close()

    def _find_origin(self, snapshots: list[Path]) -> None:
        """Say in which tick it began, with a snapshot of that one."""
        names = {entry["invariant"] for entry in self.journal.of("violation")}
        until = self.sim.tick
        tick = first_broken(self.sim, snapshots, self.calendar, names, until)
        if tick is not None:
            path = self.folder / f"violation-{tick:09d}{SUFFIX}"
            if tick < until:
                save(self.sim, path)
            self.journal.add("origin", until, first=tick, snapshot=path.name)

    def _machine(self) -> float | None:
        """How even the machine is in work as long as a tick of the quietest hour."""
        hours = tick_times(self.journal, self.record.all(), self.plan.start_minute)["hours"]
        shortest = min((hour["p50"] for hour in hours.values()), default=None)
        return None if shortest is None else unsteadiness(1e6 * shortest)

    def _end(self, why: str, machine: float | None = None) -> None:
        entry: Entry = {
            "machine_p99_over_p50": machine,
            "hash": hash_text(self.sim.hash()),
            "why": why,
            "dropped": dict(self.sim.dropped()),
        }
        self.journal.add("end", self.sim.tick, **entry)
