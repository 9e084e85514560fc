"""Desync: where and why two recorded runs part (docs/replay.md)."""

from __future__ import annotations

from townlet.diff.cells import ColumnDifference, differences, state_of
from townlet.diff.hash_logs import LogDifference, compare_logs
from townlet.diff.memory import MemorySearch
from townlet.diff.probes import END, ORDERS
from townlet.diff.rewind import Rewind
from townlet.diff.sides import (
    BEGINNING,
    BEHAVIOUR,
    IDENTITY,
    ORDERED,
    SAME,
    START,
    UNKNOWN,
    Desync,
    Side,
    at_path,
    without,
)
from townlet.diff.stages import Stages, first_place, probed
from townlet.replay.order_log import Order
from townlet.replay.player import Player, ReplayError

#: Seconds that may be spent on trying which changed value explains a hash.
PATIENCE_S = 60.0


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

    def run(self) -> Desync:
        a, b = self.sides
        for side in self.sides:
            torn = [side.log.told] if side.recording is None else side.recording.told
            for sentence in filter(None, torn):
                self.found.say(f"{sentence}.")
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
            memory = MemorySearch(found, self.patience_s)
            memory.run(clean[0], other, logs, flipped=clean[0] is b)
        else:
            self._tell_nothing_reproduces(runs)
        return found

    # -- what they are ------------------------------------------------------------------------

    def _tell_identities(self) -> None:
        """What is different about the runs themselves."""
        a, b = (side.recording for side in self.sides)
        if a is None or b is None:
            return
        for what, path in IDENTITY:
            ours, theirs = (at_path(run.manifest, path) for run in (a, b))
            if ours != theirs:
                self.found.say(f"Their {what} differs: {ours} in A, {theirs} in B.")
                self.begun_alike &= path not in BEGINNING

    def _begun_differently(self, logs: LogDifference) -> None:
        """The first records of all differ."""
        found = self.found
        found.verdict = START
        self.found.say("They differ from the first record on.")
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
        only: tuple[list[Order], list[Order]] = (without(ours, theirs), without(theirs, ours))
        self.found.orders = tuple(  # type: ignore[assignment]
            [f"tick {run.tick_of(o.step)}: {o.text}" for o in orders]
            for run, orders in zip((a, b), only, strict=True)
        )
        for name, shown in zip("AB", self.found.orders, strict=True):
            if shown:
                self.found.say(
                    f"Only {name} was given {len(shown)} orders, the first at {shown[0]}."
                )

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
                self.found.say(
                    f"{side.name} cannot be run again as it was: its replay differs already at "
                    f"tick {here.tick}, where both logs are the same. Another program, other files "
                    "that the config names, or hooks that remember something may be why."
                )
                return False
            wrong = player.mismatch(logs.a.step)
        except ReplayError as error:
            self.found.say(f"{side.name} cannot be run again: {error}.")
            return False
        if wrong is not None:
            self.found.say(
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
        sources = [at_path(side.recording.manifest, ("config", "source")) for side in (a, b)]  # type: ignore[union-attr]
        return self.begun_alike and not any(self.found.orders) and sources[0] == sources[1]

    def _tell_nothing_reproduces(self, runs: list[Side]) -> None:
        found = self.found
        found.verdict = UNKNOWN
        what = "Neither run reproduces its log" if runs else "There are only logs of hashes"
        self.found.say(
            f"{what}, so that the columns are all that can be named: {_list(found.columns)}."
        )

    # -- both can: which system ---------------------------------------------------------------

    def _by_system(self, logs: LogDifference) -> None:
        """Both go their ways again: find the tick, then the system after which they differ."""
        found = self.found
        assert logs.same is not None
        step = self._first_step(logs)
        runs = [side.recording for side in self.sides]
        assert runs[0] is not None
        found.same_tick, found.tick = runs[0].tick_of(step - 1), runs[0].tick_of(step)
        looks = [Stages(*probed(side, step - 1)) for side in self.sides]
        sums = [look.run() for look in looks]
        place = first_place(*sums)
        if place is None:  # both are the same staged: the way of running it is to blame
            found.verdict = UNKNOWN
            self.found.say("Run system by system, both come to the same state.")
            return
        found.system = place
        found.verdict = ORDERED if place == ORDERS or any(found.orders) else BEHAVIOUR
        if not self.begun_alike:
            found.verdict = START
        first, second = (look.state_at(place) for look in looks)
        self._name(differences(first, second))
        if place == ORDERS:
            self.found.say(f"They were told different things before tick {found.tick}.")
        elif place == END:
            self.found.say(f"They differ when tick {found.tick} ends, after all of its systems.")
        else:
            self.found.say(
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

    def _name(self, columns: list[ColumnDifference]) -> None:
        self.found.cells = [cell for column in columns for cell in column.cells]
        self.found.columns = tuple(column.column for column in columns)


def _list(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")
