"""Files are whole and on the disk, or not there."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from townlet.capture.files import capture_folder, verify, write_durably
from townlet.errors import UserError


def test_a_file_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "data"
    digest = write_durably(path, b"some bytes")
    assert path.read_bytes() == b"some bytes"
    assert digest == hashlib.sha256(b"some bytes").hexdigest()
    verify(path, 10, digest)
    with pytest.raises(UserError, match="damaged: it has 10 bytes and was 11 long"):
        verify(path, 11, digest)
    with pytest.raises(UserError, match="damaged: its checksum is not that of the manifest"):
        verify(path, 10, "0" * 64)
    with pytest.raises(UserError, match="missing"):
        verify(tmp_path / "other", 10, digest)


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


def test_a_folder_has_to_be_empty(tmp_path: Path) -> None:
    with capture_folder(tmp_path / "new"):
        assert (tmp_path / "new").is_dir()
    with capture_folder(tmp_path / "new"):
        pass
    (tmp_path / "new" / "summary.json").write_text('{"state_hash": "0"}')
    with (
        pytest.raises(UserError, match="the folder is not empty"),
        capture_folder(tmp_path / "new"),
    ):
        pass
    with (
        pytest.raises(UserError, match="this is a file; name a folder"),
        capture_folder(tmp_path / "new" / "summary.json"),
    ):
        pass


def test_two_captures_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        capture_folder(tmp_path / "new"),
        pytest.raises(UserError, match="another run is going to write here"),
        capture_folder(tmp_path / "new"),
    ):
        pass
