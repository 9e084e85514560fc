"""Blocks are whole or cut off; damage in the middle is no torn end."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from townlet.errors import UserError
from townlet.replay.blocks import HEAD_BYTES, BlockWriter, read_blocks

CONTENTS = [b"", b"one", b"two" * 100, b"TWB1" * 9]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.log"
    writer = BlockWriter(path)
    for content in CONTENTS:
        writer.write(content)
    writer.sync()
    writer.close()
    writer.close()
    return path


def test_blocks_are_what_was_written(file: Path) -> None:
    blocks = read_blocks(file)
    assert (blocks.contents, blocks.cut, blocks.told) == (CONTENTS, 0, None)
    assert file.stat().st_size == sum(HEAD_BYTES + len(content) for content in CONTENTS)


def test_a_file_that_is_there_is_not_written_over(file: Path) -> None:
    with pytest.raises(FileExistsError):
        BlockWriter(file)


def test_wherever_it_is_torn_the_whole_blocks_stay(file: Path) -> None:
    data = file.read_bytes()
    ends = [0]
    for content in CONTENTS:
        ends.append(ends[-1] + HEAD_BYTES + len(content))
    for size in range(len(data)):
        file.write_bytes(data[:size])
        blocks = read_blocks(file)
        whole = sum(end <= size for end in ends) - 1
        assert blocks.contents == CONTENTS[:whole]
        assert blocks.cut == size - ends[whole]
        assert (blocks.told is None) == (blocks.cut == 0)
        if blocks.told:
            assert f"the last block is torn; {blocks.cut} bytes of it were cut off" in blocks.told


def test_a_flipped_byte_cuts_the_last_block_and_refuses_any_other(file: Path) -> None:
    data = file.read_bytes()
    last = len(data) - HEAD_BYTES - len(CONTENTS[-1])
    for at in range(len(data)):
        broken = bytearray(data)
        broken[at] ^= 0x10
        file.write_bytes(broken)
        if at >= last:
            blocks = read_blocks(file)
            assert (blocks.contents, blocks.cut) == (CONTENTS[:-1], len(data) - last)
        else:
            with pytest.raises(UserError, match=r"x\.log: block \d, at byte \d+, is damaged"):
                read_blocks(file)


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        read_blocks(tmp_path / "none")
    with pytest.raises(UserError, match="it cannot be read"):
        read_blocks(tmp_path)


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = BlockWriter(tmp_path / "x.log")

    def full(handle: int, data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match=r"No space left on device: .*x\.log"):
            writer.write(b"x")
    writer.close()
