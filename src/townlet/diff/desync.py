"""Desync: where and why two recorded runs part (docs/replay.md)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from townlet.diff.cells import Cell, ColumnDifference, State, differences, state_of
from townlet.diff.hash_logs import LogDifference, compare_logs
from townlet.diff.inversion import solve, value_of
from townlet.diff.probes import END, ORDERS, Probes
from townlet.diff.rewind import Rewind
from townlet.diff.suspects import Culprit, Rerun, Suspect, rows_of
from townlet.errors import UserError
from townlet.replay.hash_log import HashLog, HashRecord
from townlet.replay.order_log import Order, same_order
from townlet.replay.player import Build, Player, ReplayError
from townlet.replay.recording import Recording

#: Seconds that may be spent on trying which changed value explains a hash.
PATIENCE_S = 60.0
#: What a report can say.
SAME, START, ORDERED, BEHAVIOUR, MEMORY, UNKNOWN = (
    "same", "start", "orders", "behaviour", "memory", "unknown",
)  # fmt: skip


@dataclass
class Side:
    """One of the two runs.

    Attributes:
        name: how it is called.
        log: its hashes.
        recording: all of it; None: there is only the log.
        build: makes its simulations; see :class:`townlet.replay.Player`.
        reproduces: whether a replay came to the log's hashes; None: nobody has tried.
        played: the replay, and the way back to the last tick that is the same.
    """

    name: str
    log: HashLog
    recording: Recording | None = None
    build: Build | None = None
    reproduces: bool | None = None
    played: Rewind | None = None


@dataclass
class Desync:
    """Where two runs part.

    Attributes:
        verdict: ``"same"``; ``"start"``: they began differently; ``"orders"``: they were told
            different things; ``"behaviour"``: a system does something else, again and again;
            ``"memory"``: one of them was changed from outside, and cannot be run again;
            ``"unknown"``.
        compared: records both logs have.
        same_tick: last tick after which they are known to be the same.
        tick: first tick after which they differ; exact when it is ``same_tick + 1``.
        system: after which they differ; in brackets where no system is to blame.
        columns: that differ after ``tick``.
        cells: values that differ, the cause first.
        towns: that differ.
        orders: of each, those that the other was not given.
        sentences: all that a person should know.
    """

    verdict: str = UNKNOWN
    compared: int = 0
    same_tick: int | None = None
    tick: int | None = None
    system: str | None = None
    columns: tuple[str, ...] = ()
    cells: list[Cell] = field(default_factory=list)
    towns: tuple[int, ...] = ()
    orders: tuple[list[str], list[str]] = ((), ())  # type: ignore[assignment]
    sentences: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return vars(self) | {"cells": [cell.as_dict() for cell in self.cells]}


def find_desync(a: Side, b: Side, patience_s: float = PATIENCE_S) -> Desync:
    """Find where two runs part, and why.

    Args:
        a, b: the runs; what there is of their recordings is used.
        patience_s: seconds that may be spent on trying which changed value explains a hash.

    Raises:
        UserError: they cannot be compared, or a recording cannot be used.
    """
    return _Search(a, b, patience_s).run()


class _Search:
    """A search: what has been found so far is in ``found``."""

    def __init__(self, a: Side, b: Side, patience_s: float) -> None:
        self.sides, self.patience_s = (a, b), patience_s
        self.found = Desync()
        self.begun_alike = True

    def say(self, sentence: str) -> None:
        self.found.sentences.append(sentence)

    def run(self) -> Desync:
        a, b = self.sides
        self._tell_identities()
        logs, found = compare_logs(a.log, b.log), self.found
        found.compared = logs.compared
        if logs.same is not None:
            found.same_tick = logs.same.tick
        if logs.a is None or logs.b is None:
            found.verdict = SAME
            return found
        found.tick, found.columns, found.towns = logs.a.tick, logs.columns, logs.towns
        if logs.same is None:
            self._begun_differently(logs)
            return found
        self._tell_orders(logs.same.step, logs.a.step)
        runs = [side for side in self.sides if side.recording is not None]
        for side in runs:
            side.reproduces = self._reproduces(side, logs)
        clean = [side for side in runs if side.reproduces]
        if len(clean) == 2:
            self._by_system(logs)
        elif clean:
            other = b if clean[0] is a else a
            self._by_memory(clean[0], other, logs)
        else:
            self._tell_nothing_reproduces(runs)
        return found

    # -- what they are ------------------------------------------------------------------------

    def _tell_identities(self) -> None:
        """What is different about the runs themselves."""
        a, b = (side.recording for side in self.sides)
        if a is None or b is None:
            return
        for what, path in _IDENTITY:
            ours, theirs = (_at(run.manifest, path) for run in (a, b))
            if ours != theirs:
                self.say(f"Their {what} differs: {ours} in A, {theirs} in B.")
                self.begun_alike &= path not in _BEGINNING

    def _begun_differently(self, logs: LogDifference) -> None:
        """The first records of all differ."""
        found = self.found
        found.verdict = START
        self.say("They differ from the first record on.")
        a, b = (side.recording for side in self.sides)
        if a is None or b is None or logs.a is None or logs.a.step != 0:
            return
        players = [
            Player(side.recording, build=side.build) for side in self.sides if side.recording
        ]
        first, second = (state_of(player.sim) for player in players)
        self._name(differences(first, second))

    def _tell_orders(self, low: int, high: int) -> None:
        """Orders of one that the other was not given, up to a step."""
        a, b = (side.recording for side in self.sides)
        if a is None or b is None:
            return
        ours, theirs = ([o for o in run.orders if o.step < high] for run in (a, b))
        only: tuple[list[Order], list[Order]] = (_without(ours, theirs), _without(theirs, ours))
        self.found.orders = tuple(  # type: ignore[assignment]
            [f"tick {run.tick_of(o.step)}: {o.text}" for o in orders]
            for run, orders in zip((a, b), only, strict=True)
        )
        for name, shown in zip("AB", self.found.orders, strict=True):
            if shown:
                self.say(f"Only {name} was given {len(shown)} orders, the first at {shown[0]}.")

    # -- who can be run again -----------------------------------------------------------------

    def _reproduces(self, side: Side, logs: LogDifference) -> bool:
        """Whether a replay comes to the log's hashes, up to the first that differs."""
        assert side.recording is not None
        assert logs.same is not None
        assert logs.a is not None
        run = side.recording
        try:
            player = self._player(side, logs.same.step)
            here = run.hashes.at_step(logs.same.step)
            if here is not None and (player.record().towns != here.towns).any():
                self.say(
                    f"{side.name} cannot be run again as it was: its replay differs already at "
                    f"tick {here.tick}, where both logs are the same. Another program, other files "
                    "that the config names, or hooks that remember something may be why."
                )
                return False
            wrong = player.mismatch(logs.a.step)
        except ReplayError as error:
            self.say(f"{side.name} cannot be run again: {error}.")
            return False
        if wrong is not None:
            self.say(
                f"{side.name} does not reproduce its own log from tick {wrong.recorded.tick} on."
            )
        return wrong is None

    def _player(self, side: Side, step: int) -> Player:
        """A replay at the last step that is the same, the one of the other side if it can be."""
        a, b = self.sides
        assert side.recording is not None
        if side is b and a.played is not None and self._told_alike():
            player = a.played.back()
            player.recording = side.recording
            side.played = a.played
            return player
        player = Player(side.recording, step, side.build)
        side.played = Rewind(player)
        return player

    def _told_alike(self) -> bool:
        """Whether a replay of one is a replay of the other: nothing they were told differs."""
        a, b = self.sides
        if a.recording is None or b.recording is None or a.build or b.build:
            return False
        sources = [_at(side.recording.manifest, ("config", "source")) for side in (a, b)]  # type: ignore[union-attr]
        return self.begun_alike and not any(self.found.orders) and sources[0] == sources[1]

    def _tell_nothing_reproduces(self, runs: list[Side]) -> None:
        found = self.found
        found.verdict = UNKNOWN
        what = "Neither run reproduces its log" if runs else "There are only logs of hashes"
        self.say(f"{what}, so that the columns are all that can be named: {_list(found.columns)}.")

    # -- both can: which system ---------------------------------------------------------------

    def _by_system(self, logs: LogDifference) -> None:
        """Both go their ways again: find the tick, then the system after which they differ."""
        found = self.found
        assert logs.same is not None
        step = self._first_step(logs)
        runs = [side.recording for side in self.sides]
        assert runs[0] is not None
        found.same_tick, found.tick = runs[0].tick_of(step - 1), runs[0].tick_of(step)
        looks = [_Stages(*_probed(side, step - 1)) for side in self.sides]
        sums = [look.run() for look in looks]
        place = _first_place(*sums)
        if place is None:  # both are the same staged: the way of running it is to blame
            found.verdict = UNKNOWN
            self.say("Run system by system, both come to the same state.")
            return
        found.system = place
        found.verdict = ORDERED if place == ORDERS or any(found.orders) else BEHAVIOUR
        if not self.begun_alike:
            found.verdict = START
        first, second = (look.state_at(place) for look in looks)
        self._name(differences(first, second))
        if place == ORDERS:
            self.say(f"They were told different things before tick {found.tick}.")
        elif place == END:
            self.say(f"They differ when tick {found.tick} ends, after all of its systems.")
        else:
            self.say(
                f"They differ in tick {found.tick} after the system {place}; before it they are "
                "the same."
            )

    def _first_step(self, logs: LogDifference) -> int:
        """The first step after which replays differ."""
        assert logs.same is not None
        assert logs.a is not None
        if logs.a.step == logs.same.step + 1:
            return logs.a.step
        players = [side.played.back() for side in self.sides if side.played is not None]
        for step in range(logs.same.step + 1, logs.a.step + 1):
            for player in players:
                player.run_to(step)
            first, second = (player.record() for player in players)
            if (first.towns != second.towns).any():
                self.found.columns = tuple(
                    name
                    for name, x, y in zip(
                        self.sides[0].log.columns, first.columns, second.columns, strict=False
                    )
                    if x != y
                )
                return step
        return logs.a.step

    # -- one cannot: which value --------------------------------------------------------------

    def _by_memory(self, clean: Side, other: Side, logs: LogDifference) -> None:
        """One run is as its recording says; the other was changed: find the value."""
        found = self.found
        assert logs.same is not None
        assert logs.a is not None
        assert logs.b is not None
        flipped = clean is self.sides[1]
        record = logs.a if flipped else logs.b
        columns = other.log.columns
        found.verdict = MEMORY
        self.say(
            f"{clean.name} reproduces its log"
            + (f", {other.name} does not" if other.recording is not None else "")
            + f": the memory or the machine of {other.name} was at fault, or something changed a "
            "value from outside."
        )
        if logs.a.step != logs.same.step + 1:
            self.say(
                f"The logs have a hash every {logs.a.step - logs.same.step} ticks, so it happened "
                f"after tick {found.same_tick} and not after tick {found.tick}."
            )
        cells = self._solved(clean, columns, record)
        found.cells = [_turned(cell) if flipped else cell for cell in cells.values()]
        self._find_culprit(clean, record, logs, list(cells), flipped)

    def _solved(
        self, clean: Side, columns: list[str], record: HashRecord
    ) -> dict[tuple[str, int], Cell]:
        """Single values that differ when the tick has ended, by column and place; A is clean."""
        assert clean.recording is not None
        assert clean.played is not None
        player = clean.played.back()
        player.run_to(record.step)
        sums = player.sim.hashing.sums().sum(axis=1, dtype=np.uint64)
        state = state_of(player.sim)
        theirs = dict(zip(columns, record.columns.tolist(), strict=True))
        found: dict[tuple[str, int], Cell] = {}
        if len(self.found.towns) != 1:
            return found
        town = self.found.towns[0]
        for name, ours in zip(player.sim.hashing.names(), sums.tolist(), strict=True):
            if name not in theirs or theirs[name] == ours:
                continue
            values = state.columns[name]
            each = values.size // player.sim.towns
            part = values.reshape(-1)[town * each : (town + 1) * each]
            answers = solve(name, part, theirs[name] - ours)
            if len(answers) == 1:
                at, bits = answers[0]
                old, new = part[at].item(), value_of(bits, values.dtype)
                flat = town * each + at
                found[name, flat] = state.cell(name, flat, old, new)
        return found

    def _find_culprit(
        self,
        clean: Side,
        record: HashRecord,
        logs: LogDifference,
        known: list[tuple[str, int]],
        flipped: bool,
    ) -> None:
        """Try which changed value, changed when, explains the hash of the other run."""
        found = self.found
        if record.step != logs.same.step + 1:  # type: ignore[union-attr]
            return
        player, probes = _probed(clean, record.step - 1)
        rerun, until = Rerun(player, probes), time.monotonic() + self.patience_s
        for tries in (
            lambda: _known(rerun, known),
            lambda: _neighbours(rerun, known),
            lambda: rerun.of_columns(_likely(found.columns, rerun), found.towns[0]),
        ):
            suspect = rerun.try_all(tries(), record.towns, until)
            if suspect is not None:
                self._tell_culprit(rerun.culprit(suspect, record.towns), flipped)
                return
        self.say(
            "No single changed bit explains it; the values named are those that differ when the "
            "tick has ended."
        )

    def _tell_culprit(self, culprit: Culprit, flipped: bool) -> None:
        found = self.found
        cell = _turned(culprit.cell) if flipped else culprit.cell
        found.cells = [cell, *(c for c in found.cells if _where(c) != _where(cell))]
        found.system, when = _when(culprit, int(found.tick or 0))
        turned = culprit.mask.bit_count()
        bits = f"bit {culprit.mask.bit_length() - 1}" if turned == 1 else f"{turned} bits"
        self.say(
            f"{bits} of {cell.place} changed: {cell.a!r} in A, {cell.b!r} in B. No system did it; "
            f"it happened {when}. With it the tick comes to the hash that was recorded."
        )

    def _name(self, columns: list[ColumnDifference]) -> None:
        self.found.cells = [cell for column in columns for cell in column.cells]
        self.found.columns = tuple(column.column for column in columns)


# -- parts ------------------------------------------------------------------------------------

_IDENTITY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("config", ("config", "hash")),
    ("seed", ("seed",)),
    ("number of towns", ("towns",)),
    ("number of agents", ("agents",)),
    ("policy", ("policy",)),
    ("version", ("program", "townlet")),
    ("program", ("program", "sources")),
    ("processor", ("machine", "processor")),
    ("formula of hashes", ("hash",)),
)


#: What makes two runs different from the start.
_BEGINNING = tuple(path for _, path in _IDENTITY[:5])


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _without(orders: list[Order], others: list[Order]) -> list[Order]:
    """Orders that are not among others, each of which counts once."""
    rest = list(others)
    found = []
    for order in orders:
        match = next((o for o in rest if o.step == order.step and same_order(o, order)), None)
        if match is None:
            found.append(order)
        else:
            rest.remove(match)
    return found


def _probed(side: Side, step: int) -> tuple[Player, Probes]:
    """A player before a tick, of a simulation that can be looked at system by system."""
    assert side.recording is not None
    assert side.played is not None
    probes = Probes(side.played.player.sim.schedule.systems)
    steps = probes.steps()
    return Player(side.recording, step, side.build, threads=1, steps=steps), probes


class _Stages:
    """A tick, place by place."""

    def __init__(self, player: Player, probes: Probes) -> None:
        self._rewind, self._probes, self._sim = Rewind(player), probes, player.sim

    def _through(self, look: Callable[[str], None]) -> None:
        """Run the tick; ``look`` hears of each place."""
        player = self._rewind.back()
        self._probes.look = look
        player.run_to(player.step + 1, lambda: look(ORDERS))
        self._probes.look = None
        look(END)

    def run(self) -> list[tuple[str, Any]]:
        """Places and the sums of all columns there."""
        sums: list[tuple[str, Any]] = []
        hashing = self._sim.hashing
        self._through(lambda place: sums.append((place, hashing.sums())))
        return sums

    def state_at(self, wanted: str) -> State:
        """The columns at a place."""
        found: list[State] = []

        def look(place: str) -> None:
            if place == wanted:
                found.append(state_of(self._sim))

        self._through(look)
        return found[0]


def _first_place(a: list[tuple[str, Any]], b: list[tuple[str, Any]]) -> str | None:
    """The first place at which sums differ."""
    for (place, ours), (other, theirs) in zip(a, b, strict=False):
        if place != other or ours.shape != theirs.shape or (ours != theirs).any():
            return place
    return None


def _known(rerun: Rerun, known: list[tuple[str, int]]) -> list[Suspect]:
    """Each bit of values that differ in the end, wherever a system touches them."""
    return [s for at in known for s in rerun.of_cell(*at, rerun.touching(at[0]))]


def _neighbours(rerun: Rerun, known: list[tuple[str, int]]) -> list[Suspect]:
    """Each bit of all else that is known of those agents or objects, before the tick."""
    owners = dict.fromkeys(rows_of(rerun.sim, *at) for at in known)
    return [s for owner in owners for s in rerun.of_entity(*owner)]


def _likely(columns: tuple[str, ...], rerun: Rerun) -> list[str]:
    """Columns that differ in the end, then all others."""
    every = rerun.sim.hashing.names()
    return [*(c for c in columns if c in every), *(c for c in every if c not in columns)]


def _turned(cell: Cell) -> Cell:
    """The same with A and B the other way round."""
    values = vars(cell) | {"a": cell.b, "b": cell.a}
    return Cell(**values)


def _where(cell: Cell) -> tuple[Any, ...]:
    return cell.column, cell.town, cell.id, cell.labels


def _when(culprit: Culprit, tick: int) -> tuple[str, str]:
    """Between which systems a value changed, in brackets and as part of a sentence."""
    after, before = culprit.after, culprit.before
    if before in (END, ""):
        before = ""
    if after == ORDERS and not before:
        return "(none)", (
            f"between the ends of ticks {tick - 1} and {tick}, and would come to the same anywhere "
            "in between"
        )
    if after == ORDERS:
        return f"(none: before {before})", (
            f"between the end of tick {tick - 1} and the system {before} of tick {tick}"
        )
    if after == END or not before:
        last = "the last system" if after == END else f"the system {after}"
        return f"(none: after {last.removeprefix('the system ')})", f"after {last} of tick {tick}"
    return f"(none: between {after} and {before})", (
        f"between the systems {after} and {before} of tick {tick}"
    )


def _list(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def side_of(path: Path, name: str) -> Side:
    """A run by the folder of its recording, or by its log of hashes.

    Raises:
        UserError: it is neither.
    """
    from townlet.replay.hash_log import read_hashes  # noqa: PLC0415
    from townlet.replay.recording import is_recording  # noqa: PLC0415

    if path.is_dir() or is_recording(path):
        run = Recording(path)
        return Side(name, run.hashes, run)
    if not path.exists():
        raise UserError(f"{path}: there is no such file or folder")
    return Side(name, read_hashes(path))
