"""Files are whole and on the disk, or not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from townlet.durable import write_durably
from townlet.report.folder import write_file


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_durably(path, b"new")
    assert caught.value.filename == str(path)
    assert [file.name for file in tmp_path.iterdir()] == ["data"]
    assert path.read_bytes() == b"old"


def test_data_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.fsync, []

    def fsync(handle: int) -> None:
        seen.append((tmp_path / "data").exists())
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_durably(tmp_path / "data", b"x")
    assert seen == [False, True], "the file, then the folder with its name"


def test_a_file_below_a_file_is_named(tmp_path: Path) -> None:
    """Nothing that is done about the draft hides what went wrong."""
    (tmp_path / "letter").write_text("dear")
    path = tmp_path / "letter" / "x"
    for write in (
        lambda: write_durably(path, b"1"),
        lambda: write_file(path, lambda draft: draft.write_bytes(b"1")),
    ):
        with pytest.raises(OSError, match="Not a directory") as caught:
            write()
        assert caught.value.filename == str(path)
