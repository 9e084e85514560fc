"""Memory: which value was changed from outside, and when, so that a run came to its hash."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from townlet.diff.cells import Cell, bits_of, state_of
from townlet.diff.hash_logs import LogDifference
from townlet.diff.inversion import solve, value_of
from townlet.diff.probes import END, ORDERS
from townlet.diff.sides import MEMORY, Desync, Side
from townlet.diff.stages import probed
from townlet.diff.suspects import Culprit, Rerun, Suspect, rows_of
from townlet.replay.hash_log import HashRecord


class MemorySearch:
    """A search for a changed value: one run is as its recording says, the other was changed.

    Args:
        found: where it is told.
        patience_s: seconds that may be spent on trying which changed value explains a hash.
    """

    def __init__(self, found: Desync, patience_s: float) -> None:
        self.found, self.patience_s = found, patience_s

    def run(self, clean: Side, other: Side, logs: LogDifference, flipped: bool) -> None:
        """Look.

        Args:
            clean: the run that reproduces its log.
            other: the one that was changed.
            logs: what their logs differ in.
            flipped: the clean one is B.
        """
        found = self.found
        assert logs.same is not None
        assert logs.a is not None
        assert logs.b is not None
        record = logs.a if flipped else logs.b
        columns = other.log.columns
        found.verdict = MEMORY
        self.found.say(
            f"{clean.name} reproduces its log"
            + (f", {other.name} does not" if other.recording is not None else "")
            + f": the memory or the machine of {other.name} was at fault, or something changed a "
            "value from outside."
        )
        if logs.a.step != logs.same.step + 1:
            self.found.say(
                f"The logs have a hash every {logs.a.step - logs.same.step} ticks, so it happened "
                f"after tick {found.same_tick} and not after tick {found.tick}."
            )
        cells = self._solved(clean, columns, record)
        found.cells = [turned(cell) if flipped else cell for cell, _ in cells.values()]
        known = {at: mask for at, (_, mask) in cells.items()}
        self._find_culprit(clean, record, logs, known, flipped)

    def _solved(
        self, clean: Side, columns: list[str], record: HashRecord
    ) -> dict[tuple[str, int], tuple[Cell, int]]:
        """Single values that differ when the tick has ended, and their bits that do.

        By column and place; A is clean.
        """
        assert clean.recording is not None
        assert clean.played is not None
        player = clean.played.back()
        player.run_to(record.step)
        sums = player.sim.hashing.sums().sum(axis=1, dtype=np.uint64)
        state = state_of(player.sim)
        theirs = dict(zip(columns, record.columns.tolist(), strict=True))
        found: dict[tuple[str, int], tuple[Cell, int]] = {}
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
                flat, mask = town * each + at, int(bits_of(part)[at]) ^ bits
                found[name, flat] = state.cell(name, flat, old, new), mask
        return found

    def _find_culprit(
        self,
        clean: Side,
        record: HashRecord,
        logs: LogDifference,
        known: dict[tuple[str, int], int],
        flipped: bool,
    ) -> None:
        """Try which changed value, changed when, explains the hash of the other run."""
        found = self.found
        if record.step != logs.same.step + 1:  # type: ignore[union-attr]
            return
        player, probes = probed(clean, record.step - 1)
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
        self.found.say(
            "No single changed bit explains it; the values named are those that differ when the "
            "tick has ended."
        )

    def _tell_culprit(self, culprit: Culprit, flipped: bool) -> None:
        found = self.found
        cell = turned(culprit.cell) if flipped else culprit.cell
        found.cells = [cell, *(c for c in found.cells if _where(c) != _where(cell))]
        found.system, when = _when(culprit, int(found.tick or 0))
        number = culprit.mask.bit_count()
        bits = f"bit {culprit.mask.bit_length() - 1}" if number == 1 else f"{number} bits"
        self.found.say(
            f"{bits} of {cell.place} changed: {cell.a!r} in A, {cell.b!r} in B. No system did it; "
            f"it happened {when}. With it the tick comes to the hash that was recorded."
        )


def _known(rerun: Rerun, known: dict[tuple[str, int], int]) -> list[Suspect]:
    """Each bit of what differs in the end, wherever a system touches it; then all of them at once.

    A single bit explains more: what differs in the end explains itself there.
    """
    places = {at: rerun.touching(at[0]) for at in known}
    bits = [s for at in known for s in rerun.of_cell(*at, places[at])]
    return bits + [Suspect(*at, mask, p) for at, mask in known.items() for p in places[at]]


def _neighbours(rerun: Rerun, known: dict[tuple[str, int], int]) -> list[Suspect]:
    """Each bit of all else that is known of those agents or objects, before the tick."""
    owners = dict.fromkeys(rows_of(rerun.sim, *at) for at in known)
    return [s for owner in owners for s in rerun.of_entity(*owner)]


def _likely(columns: tuple[str, ...], rerun: Rerun) -> list[str]:
    """Columns that differ in the end, then all others."""
    every = rerun.sim.hashing.names()
    return [*(c for c in columns if c in every), *(c for c in every if c not in columns)]


def turned(cell: Cell) -> Cell:
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
