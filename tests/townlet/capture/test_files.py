"""Files are whole and on the disk, or not there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from townlet.capture.files import capture_folder, verify
from townlet.durable import write_durably
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
