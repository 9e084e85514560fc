"""Block files: written from the front to the back, and each block knows whether it is whole.

A block is 32 bytes and its content: a mark, the content's length, the block's number, and a digest
of those and the content. What a killed process leaves behind is blocks, and at most one torn one at
the end, which a reader cuts off and tells about. A block that is damaged in the middle is no torn
one: that file is refused.
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from townlet.errors import UserError

_MARK = b"TWB1"
_HEAD = struct.Struct("<4sIQ")
_DIGEST = 16
HEAD_BYTES = _HEAD.size + _DIGEST
#: No block is longer; a length above it is damage.
MOST_BYTES = 1 << 30


def _sealed(head: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(head + content, digest_size=_DIGEST).digest()


class BlockWriter:
    """Appends blocks to a file; each is with the operating system when :meth:`write` returns.

    A process that is killed loses none of them; a machine that loses its power may lose those
    since the last :meth:`sync`, and a reader then finds the file torn there.

    Args:
        path: the file; it must not be there yet.

    Raises:
        OSError: naming the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number = 0
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)

    def write(self, content: bytes) -> None:
        """Append a block.

        Raises:
            OSError: naming the file; of a disk that is full, a torn block may be left.
        """
        head = _HEAD.pack(_MARK, len(content), self._number)
        data = memoryview(head + _sealed(head, content) + content)
        try:
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error
        self._number += 1

    def sync(self) -> None:
        """See all blocks onto the disk."""
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


@dataclass(frozen=True)
class Blocks:
    """What a block file holds.

    Attributes:
        path: the file.
        contents: of its blocks, in order.
        cut: bytes behind the last whole block, which are left out.
    """

    path: Path
    contents: list[bytes]
    cut: int

    @property
    def told(self) -> str | None:
        """A sentence about what was cut; None: nothing was."""
        if not self.cut:
            return None
        return f"{self.path}: the last block is torn; {self.cut} bytes of it were cut off"


def read_blocks(path: Path) -> Blocks:
    """Read a file to its last whole block.

    Raises:
        UserError: there is none, it cannot be read, or a block in the middle is damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror})") from None
    contents: list[bytes] = []
    at = 0
    while (found := _block(data, at, len(contents))) is not None:
        contents.append(found)
        at += HEAD_BYTES + len(found)
    if _more(data, at, len(contents)):
        raise UserError(
            f"{path}: block {len(contents)}, at byte {at}, is damaged, and whole ones follow it; "
            "what it said is lost, so the file is of no use"
        )
    return Blocks(path, contents, len(data) - at)


def _block(data: bytes, at: int, number: int) -> bytes | None:
    """Content of the block at a place; None: there is no whole one of this number."""
    if len(data) - at < HEAD_BYTES:
        return None
    head = data[at : at + _HEAD.size]
    mark, length, found = _HEAD.unpack(head)
    start = at + HEAD_BYTES
    if mark != _MARK or found != number or length > MOST_BYTES or start + length > len(data):
        return None
    content = data[start : start + length]
    return content if _sealed(head, content) == data[at + _HEAD.size : start] else None


def _more(data: bytes, at: int, number: int) -> bool:
    """Whether a whole block of a later number lies behind a place."""
    while (at := data.find(_MARK, at + 1)) >= 0:
        if len(data) - at >= HEAD_BYTES:
            _, _, found = _HEAD.unpack(data[at : at + _HEAD.size])
            if found > number and _block(data, at, found) is not None:
                return True
    return False
