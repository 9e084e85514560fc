"""The hash log: what the state came to, tick by tick, and column by column.

A record has the hash of each town and of every column's sum over all towns. Most columns rest in
most ticks, so a record names those that changed since the one before; the first of each block names
all of them.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.replay.blocks import BlockWriter, read_blocks
from townlet.state_hash import combine, town_hashes

U64 = npt.NDArray[np.uint64]
#: A block is written when it has so many bytes, or is so old.
BLOCK_BYTES, BLOCK_S = 1 << 16, 1.0
_FIRST = "townlet hashes"
VERSION = 1


@dataclass(frozen=True)
class HashRecord:
    """What the state came to after a tick.

    Attributes:
        step: ticks run since the recording began.
        tick: the simulation's tick.
        towns: hash of each town, uint64 (towns,).
        columns: sum of each column over all towns, uint64 (columns,).
    """

    step: int
    tick: int
    towns: U64
    columns: U64

    @property
    def state_hash(self) -> int:
        """As :meth:`townlet.Simulation.hash`."""
        return combine(self.towns.tolist())


def record_of(step: int, tick: int, sums: U64) -> HashRecord:
    """A record of sums of columns and towns, uint64 (columns, towns)."""
    return HashRecord(step, tick, town_hashes(sums, tick), sums.sum(axis=1, dtype=np.uint64))


class HashWriter:
    """Writes records down.

    Args:
        path: the file; it must not be there yet.
        columns: names of the columns.
        towns: how many.
    """

    def __init__(self, path: Path, columns: list[str], towns: int) -> None:
        self._blocks = BlockWriter(path)
        head = {"kind": _FIRST, "version": VERSION, "columns": columns, "towns": towns}
        try:
            self._blocks.write(json.dumps(head, separators=(",", ":")).encode())
        except OSError:
            self._blocks.close()
            raise
        self._places: list[tuple[int, int]] = []
        self._towns: list[U64] = []
        self._changed: list[npt.NDArray[np.bool_]] = []
        self._values: list[U64] = []
        self._last: U64 | None = None
        self._bytes, self._since = 0, time.monotonic()
        self.count = 0

    def add(self, record: HashRecord) -> None:
        """Append a record; it is on its way when its block is full or a second old."""
        last = self._last
        changed = np.ones(len(record.columns), bool) if last is None else record.columns != last
        values = record.columns[changed]
        self._places.append((record.step, record.tick))
        self._towns.append(record.towns)
        self._changed.append(changed)
        self._values.append(values)
        self._last = record.columns
        self._bytes += 16 + record.towns.nbytes + len(changed) // 8 + values.nbytes
        self.count += 1
        if self._bytes >= BLOCK_BYTES or time.monotonic() - self._since >= BLOCK_S:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._places:
            parts = (
                np.array(len(self._places), np.uint64),
                np.array(self._places, np.uint64),
                np.array(self._towns, np.uint64),
                np.packbits(np.array(self._changed), axis=1),
                np.concatenate(self._values),
            )
            self._blocks.write(b"".join(part.tobytes() for part in parts))
        for waiting in (self._places, self._towns, self._changed, self._values):
            waiting.clear()
        self._last, self._bytes, self._since = None, 0, time.monotonic()

    def sync(self) -> None:
        """Write what waits, and see it onto the disk."""
        self.flush()
        self._blocks.sync()

    def close(self) -> None:
        """Write what waits and close the file."""
        try:
            self.flush()
        finally:
            self._blocks.close()


@dataclass(frozen=True)
class _Block:
    """A block of records, not taken apart yet but for its beginning."""

    first: int
    changed: npt.NDArray[np.bool_]
    values: U64


class HashLog:
    """Records of a run, in order.

    Attributes:
        columns: names of the columns.
        steps, ticks: of each record, int64 (records,).
        towns: hash of each town, uint64 (records, towns).
        told: a sentence about what was torn at its end, or None.
    """

    def __init__(
        self,
        columns: list[str],
        places: npt.NDArray[np.int64],
        towns: U64,
        blocks: list[_Block],
        told: str | None = None,
    ) -> None:
        self.columns, self.towns, self.told = columns, towns, told
        self.steps, self.ticks = places[:, 0], places[:, 1]
        self._blocks = blocks

    def __len__(self) -> int:
        return len(self.steps)

    def record(self, index: int) -> HashRecord:
        """Record number ``index``, 0 to len - 1."""
        place = int(np.searchsorted([b.first for b in self._blocks], index, side="right")) - 1
        block = self._blocks[place]
        changed = block.changed[: index - block.first + 1]
        columns = np.zeros(len(self.columns), np.uint64)
        at = 0
        for row in changed:
            count = int(row.sum())
            columns[row] = block.values[at : at + count]
            at += count
        return HashRecord(
            int(self.steps[index]), int(self.ticks[index]), self.towns[index], columns
        )

    def at_step(self, step: int) -> HashRecord | None:
        """The record of a step; None: there is none."""
        index = int(np.searchsorted(self.steps, step))
        found = index < len(self) and self.steps[index] == step
        return self.record(index) if found else None


def read_hashes(path: Path) -> HashLog:
    """Read a log: the binary file of a recording, or lines of JSON, told by how they begin.

    Raises:
        UserError: it cannot be read or is damaged.
    """
    if path.suffix == ".jsonl" or _is_text(path):
        return read_lines(path)
    blocks = read_blocks(path)
    if not blocks.contents:
        why = (
            "this is no log of hashes" if blocks.cut else "the file is empty; nothing was recorded"
        )
        raise UserError(f"{path}: {why}")
    try:
        head = _checked(path, json.loads(blocks.contents[0]))
        columns, towns = list(head["columns"]), int(head["towns"])
        parts = [_parse(content, len(columns), towns) for content in blocks.contents[1:]]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: it cannot be read as a log of hashes ({error})") from None
    firsts = np.cumsum([0, *(len(places) for places, *_ in parts)]).tolist()
    return HashLog(
        columns,
        np.concatenate([np.zeros((0, 2), np.int64), *(places for places, *_ in parts)]),
        np.concatenate([np.zeros((0, towns), np.uint64), *(hashes for _, hashes, *_ in parts)]),
        [
            _Block(first, changed, values)
            for first, (*_, changed, values) in zip(firsts, parts, strict=False)
        ],
        blocks.told,
    )


def _is_text(path: Path) -> bool:
    """Whether a file begins as lines of JSON do, whatever it is called."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError:
        return False  # who reads it says so


def _checked(path: Path, head: Any) -> dict[str, Any]:
    """The first block or line, if it is that of a log."""
    if not isinstance(head, dict) or head.get("kind") != _FIRST:
        raise UserError(f"{path}: this is no log of hashes")
    if head.get("version") != VERSION:
        raise UserError(
            f"{path}: the log has version {head.get('version')!r}; this program reads version "
            f"{VERSION}"
        )
    return head


def _parse(
    content: bytes, columns: int, towns: int
) -> tuple[npt.NDArray[np.int64], U64, npt.NDArray[np.bool_], U64]:
    """Places, hashes of towns, what changed, and values of a block."""
    count = int(np.frombuffer(content, np.uint64, 1)[0])
    at = 8
    places = np.frombuffer(content, np.int64, 2 * count, at).reshape(count, 2)
    at += places.nbytes
    hashes = np.frombuffer(content, np.uint64, towns * count, at).reshape(count, towns)
    at += hashes.nbytes
    wide = -(-columns // 8)
    packed = np.frombuffer(content, np.uint8, wide * count, at).reshape(count, wide)
    at += packed.nbytes
    changed = np.unpackbits(packed, axis=1, count=columns).astype(bool)
    values = np.frombuffer(content, np.uint64, int(changed.sum()), at)
    return places, hashes, changed, values


# -- lines of JSON ------------------------------------------------------------------------------


def write_lines(log: HashLog, path: Path) -> None:
    """Write a log as lines of JSON, for another machine to compare: a head, then a record a line.

    Raises:
        OSError: naming the file.
    """
    head = {"kind": _FIRST, "version": VERSION, "columns": log.columns, "towns": log.towns.shape[1]}
    try:
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps(head, separators=(",", ":")) + "\n")
            last: U64 | None = None
            for index in range(len(log)):
                record = log.record(index)
                changed = record.columns != last if last is not None else [True] * len(log.columns)
                line = {
                    "step": record.step,
                    "tick": record.tick,
                    "state_hash": f"{record.state_hash:016x}",
                    "towns": [f"{value:016x}" for value in record.towns.tolist()],
                    "columns": {
                        name: f"{value:016x}"
                        for name, value, new in zip(
                            log.columns, record.columns.tolist(), changed, strict=True
                        )
                        if new
                    },
                }
                file.write(json.dumps(line, separators=(",", ":")) + "\n")
                last = record.columns
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def read_lines(path: Path) -> HashLog:
    """Read what :func:`write_lines` has written; a torn last line is cut, and told.

    Raises:
        UserError: it cannot be read or is damaged.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: it cannot be read ({error})") from None
    torn, lines = lines[-1], lines[:-1]
    number = 1
    try:
        head = _checked(path, json.loads(lines[0]) if lines else None)
        names = {name: k for k, name in enumerate(head["columns"])}
        places, towns, rows = [], [], []
        columns = np.zeros(len(names), np.uint64)
        for line in lines[1:]:
            number += 1
            entry = json.loads(line)
            for name, value in entry["columns"].items():
                columns[names[name]] = int(value, 16)
            places.append((int(entry["step"]), int(entry["tick"])))
            towns.append(np.array([int(value, 16) for value in entry["towns"]], np.uint64))
            rows.append(columns.copy())
            if len(towns[-1]) != int(head["towns"]):
                raise ValueError(f"{len(towns[-1])} towns instead of {head['towns']}")
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise UserError(f"{path}:{number}: the line cannot be read ({error!r})") from None
    count, wide = len(rows), len(names)
    every = np.ones((1, wide), bool)
    blocks = [_Block(k, every, rows[k]) for k in range(count)]
    told = f"{path}: the last line is torn; {len(torn)} characters were cut off" if torn else None
    return HashLog(
        list(names),
        np.array(places, np.int64).reshape(count, 2),
        np.array(towns, np.uint64).reshape(count, int(head["towns"])),
        blocks,
        told,
    )
