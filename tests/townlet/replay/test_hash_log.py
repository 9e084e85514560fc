"""Hashes come back record by record, from blocks and from lines."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from townlet.errors import UserError
from townlet.replay import hash_log
from townlet.replay.blocks import BlockWriter, read_blocks
from townlet.replay.hash_log import (
    HashRecord,
    HashWriter,
    read_hashes,
    record_of,
    write_lines,
)

NAMES = [f"A.c{k}" for k in range(11)]


def records(count: int, towns: int = 2, every: int = 3) -> list[HashRecord]:
    """Some columns rest, some change."""
    luck = np.random.default_rng(1)
    columns = luck.integers(0, 2**64, len(NAMES), np.uint64)
    found = []
    for k in range(count):
        columns = columns.copy()
        changed = luck.random(len(NAMES)) < 0.3
        columns[changed] = luck.integers(0, 2**64, int(changed.sum()), np.uint64)
        hashes = luck.integers(0, 2**64, towns, np.uint64)
        found.append(HashRecord(every * k, 100 + every * k, hashes, columns))
    return found


def written(path: Path, given: list[HashRecord], towns: int = 2) -> Path:
    writer = HashWriter(path, NAMES, towns)
    for record in given:
        writer.add(record)
    writer.close()
    assert writer.count == len(given)
    return path


def same(a: HashRecord, b: HashRecord) -> bool:
    towns, columns = (a.towns, b.towns), (a.columns, b.columns)
    return (a.step, a.tick) == (b.step, b.tick) and all(
        np.array_equal(*pair) for pair in (towns, columns)
    )


@pytest.mark.parametrize("size", [1, 300, 1 << 16])
def test_records_come_back_whatever_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(hash_log, "BLOCK_BYTES", size)
    given = records(40)
    path = written(tmp_path / "hashes.log", given)
    assert len(read_blocks(path).contents) == {1: 41, 300: 11, 1 << 16: 2}[size]
    log = read_hashes(path)
    assert (log.columns, log.told, len(log)) == (NAMES, None, 40)
    for k in (39, 0, 17, 1, 38):
        assert same(log.record(k), given[k])
    assert log.steps.tolist() == [3 * k for k in range(40)]
    found = log.at_step(9)
    assert found is not None
    assert same(found, given[3])
    assert log.at_step(10) is None
    assert log.at_step(9999) is None


def test_what_rests_takes_no_room(tmp_path: Path) -> None:
    given = records(1)[0]
    still = [HashRecord(k, k, given.towns, given.columns) for k in range(100)]
    written(tmp_path / "hashes.log", still)
    assert (tmp_path / "hashes.log").stat().st_size < 100 * (16 + 16 + 2) + 600


def test_a_record_does_not_wait_longer_than_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = HashWriter(tmp_path / "hashes.log", NAMES, 2)
    one, two = records(2)
    writer.add(one)
    assert len(read_hashes(tmp_path / "hashes.log")) == 0
    now = time.monotonic() + 2
    monkeypatch.setattr(time, "monotonic", lambda: now)
    writer.add(two)
    assert len(read_hashes(tmp_path / "hashes.log")) == 2
    writer.close()


def test_a_torn_end_is_cut_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_log, "BLOCK_BYTES", 1)
    path = written(tmp_path / "hashes.log", records(5))
    path.write_bytes(path.read_bytes()[:-7])
    log = read_hashes(path)
    assert len(log) == 4
    assert "the last block is torn" in str(log.told)


def test_lines_say_the_same(tmp_path: Path) -> None:
    given = records(9, towns=1)
    write_lines(read_hashes(written(tmp_path / "hashes.log", given, towns=1)), tmp_path / "h.jsonl")
    log = read_hashes(tmp_path / "h.jsonl")
    assert (log.columns, len(log), log.told) == (NAMES, 9, None)
    assert all(same(log.record(k), given[k]) for k in range(9))
    lines = (tmp_path / "h.jsonl").read_text().splitlines()
    assert json.loads(lines[1])["state_hash"] == f"{int(given[0].towns[0]):016x}"
    assert len(json.loads(lines[1])["columns"]) == len(NAMES)
    assert len(json.loads(lines[2])["columns"]) < len(NAMES)
    (tmp_path / "h.jsonl").write_text("\n".join(lines)[:-5])
    log = read_hashes(tmp_path / "h.jsonl")
    assert len(log) == 8
    assert "the last line is torn" in str(log.told)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "this is no log of hashes"),
        ("{}\n", "this is no log of hashes"),
        ("[\n", "h.jsonl:1: the line cannot be read"),
        ('{"kind": "townlet hashes", "version": 9}\n', "version 9; this program reads version 1"),
        (
            '{"kind": "townlet hashes", "version": 1, "columns": ["A.b"], "towns": 1}\n{"step":\n',
            "h.jsonl:2: the line cannot be read",
        ),
        (
            '{"kind": "townlet hashes", "version": 1, "columns": [], "towns": 2}\n'
            '{"step": 0, "tick": 0, "towns": ["1"], "columns": {}}\n',
            "1 towns instead of 2",
        ),
    ],
)
def test_what_is_no_log_is_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "h.jsonl").write_text(text)
    with pytest.raises(UserError, match=sentence.replace(".", r"\.")):
        read_hashes(tmp_path / "h.jsonl")


def test_a_block_file_that_is_no_log_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    writer = BlockWriter(path)
    with pytest.raises(UserError, match="the file is empty"):
        read_hashes(path)
    writer.write(b"hello")
    with pytest.raises(UserError, match="cannot be read as a log"):
        read_hashes(path)
    writer.close()


def test_a_record_is_made_of_sums() -> None:
    sums = np.array([[1, 2], [2**64 - 1, 5]], np.uint64)
    record = record_of(4, 40, sums)
    assert record.columns.tolist() == [3, 4]
    one, two = record_of(4, 40, sums[:, :1]), record_of(4, 40, sums[:, 1:])
    assert record.towns.tolist() == [*one.towns.tolist(), *two.towns.tolist()]
    assert one.state_hash == int(one.towns[0])
    assert record.state_hash not in record.towns.tolist()
