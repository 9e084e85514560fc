"""Writing captures: whole files, a manifest of nothing else, and memory that has bounds."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.townlet.capture.towns import SIZE, hard_town

from townlet.capture import Recorder, load
from townlet.capture.columns import Column, row_bytes
from townlet.capture.manifest import MANIFEST, files_in, read_manifest
from townlet.capture.writer import Writer

COLUMNS = {
    "steps": [Column("tick", "int64"), Column("seen", "float32", (2, 3))],
    "finals": [Column("tick", "int64")],
}
HEAD: dict[str, Any] = dict.fromkeys(
    ("interrupted", "created", "townlet", "actions", "towns", "agents", "slots"), 0
) | dict.fromkeys(("observation", "reward_terms", "causes", "state_hash"), 0)
HEAD |= {"config": {}, "policy": {}, "level": "option", "seed": 0, "ticks": 0, "format": "npz"}
HEAD["columns"] = {table: [vars(column) for column in COLUMNS[table]] for table in COLUMNS}


def writer(folder: Path, chunk_bytes: int = 1) -> Writer:
    return Writer(folder, "npz", COLUMNS, HEAD, 4, chunk_bytes)


def fill(made: Writer, tick: int, rows: int = 4) -> None:
    steps = made.take("steps", rows)
    steps["tick"][:] = tick
    steps["seen"][:] = tick / 2


def test_a_file_holds_whole_ticks_as_many_as_fit(tmp_path: Path) -> None:
    made = writer(tmp_path, chunk_bytes=3 * 4 * row_bytes(COLUMNS["steps"]))
    for tick in range(8):
        fill(made, tick)
    made.flush()
    assert [entry.ticks for entry in made.files] == [(0, 2), (3, 5), (6, 7)]
    assert [entry.rows for entry in made.files] == [(0, 12), (12, 24), (24, 32)]


def test_a_tick_that_is_larger_than_a_chunk_is_a_file(tmp_path: Path) -> None:
    made = writer(tmp_path)
    for tick in range(3):
        fill(made, tick, rows=3)
    assert made.rows == {"steps": 9, "finals": 0}
    assert len(made.files) == 2
    made.flush()
    assert np.load(tmp_path / "steps-00002.npz")["seen"].tolist() == [[[1.0] * 3] * 2] * 3


def test_rows_wait_until_the_next_of_their_table(tmp_path: Path) -> None:
    made = writer(tmp_path)
    fill(made, 1)
    steps = made.take("steps", 4)
    for tick in range(3):
        made.take("finals", 4)["tick"][:] = tick
    steps["tick"][:] = 7
    steps["seen"][:] = 8
    made.flush()
    assert np.load(tmp_path / "steps-00001.npz")["tick"].tolist() == [7] * 4
    finals = [entry for entry in made.files if entry.table == "finals"]
    assert [entry.ticks for entry in finals] == [(0, 0), (1, 1), (2, 2)]


def test_the_manifest_keeps_up_with_the_files(tmp_path: Path) -> None:
    made = writer(tmp_path)
    for tick in range(3):
        fill(made, tick)
    on_disk = read_manifest(tmp_path)
    assert on_disk["complete"] is False
    assert files_in(on_disk) == made.files
    assert on_disk["rows"] == 8
    frame = pl.DataFrame({"agent": ["ada"], "timesteps": [3]})
    finished = made.finish(frame, {"complete": True, "ticks": 3})
    assert finished == read_manifest(tmp_path)
    assert {entry.table for entry in files_in(finished)} == {"steps", "metrics"}
    assert load(tmp_path).arrays()["tick"].tolist() == [0] * 4 + [1] * 4 + [2] * 4


@pytest.mark.parametrize("left", [0, 1, 3, 6])
def test_a_full_disk_leaves_what_is_whole(
    left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes some files; what the manifest names afterwards can be loaded."""
    recorder = Recorder(hard_town(), tmp_path, chunk_bytes=300_000, **SIZE)
    real, count = os.fsync, 0

    def fsync(handle: int) -> None:
        nonlocal count
        count += 1
        if count > 2 * left:  # a file, and the folder it is in
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left on device") as caught:
        recorder.run(200)
    assert caught.value.filename.startswith(str(tmp_path))
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]
    if not (tmp_path / MANIFEST).exists():
        assert left < 2
        return
    capture = load(tmp_path)
    assert not capture.complete
    steps = capture.arrays()
    assert len(steps["tick"]) == capture.manifest["rows"] > 0
    assert (steps["tick"] > 0).all()
