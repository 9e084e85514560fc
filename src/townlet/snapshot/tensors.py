"""Arrays in a safetensors file, sealed: every byte of it is covered by a digest it carries.

The format (https://huggingface.co/docs/safetensors) is eight bytes for the length of the header, a
JSON header that says what lies where, and the arrays, one after the other. It is written here
rather than by its library so that a column is digested while the one before is on its way to the
disk, and nothing is copied that already lies as it should. Any reader of the format can read it.

Each array has a SHA-256 in the header, and the header has one of itself, with that place left
blank. A reader checks the second before it believes anything, then the rest.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from townlet.durable import discard, sync_folder
from townlet.snapshot.errors import DamagedSnapshotError, NotWrittenError, SnapshotError

Array = npt.NDArray[Any]
Maker = Callable[[], Array]
"""Gives a contiguous array, its own or a copy; asked once, when its turn has come."""

DTYPES = {
    "BOOL": np.dtype(np.bool_), "U8": np.dtype(np.uint8), "I8": np.dtype(np.int8),
    "U16": np.dtype(np.uint16), "I16": np.dtype(np.int16), "F16": np.dtype(np.float16),
    "U32": np.dtype(np.uint32), "I32": np.dtype(np.int32), "F32": np.dtype(np.float32),
    "U64": np.dtype(np.uint64), "I64": np.dtype(np.int64), "F64": np.dtype(np.float64),
}  # fmt: skip
_NAMES = {dtype: name for name, dtype in DTYPES.items()}
#: The header's longest; it holds a config and a line per column.
MOST_HEADER = 100_000_000
_SEAL, _BLANK = "seal", "0" * 64
_ALIGNMENT = 64
_PIECE = 1 << 24  # bytes given to the disk at once
_SMALL = 1 << 16  # bytes that are digested sooner than another thread could begin to
_MORSEL = 1 << 21  # bytes digested and written between two looks at the pace
_HANDFUL = 8  # small arrays that are digested and written between two such looks
_BUFFER = 1 << 20  # bytes of small arrays that are given to the disk together
#: How the header of such a file begins, and of no YAML and no log.
_BEGINNING = b'{"__metadata__":'
#: Drafts that threads of this process are writing now.
under_way: set[Path] = set()


@dataclass(frozen=True)
class Blank:
    """An array still to be made: what a header has to know of it beforehand."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    make: Maker

    @property
    def nbytes(self) -> int:
        """Its bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


def of(array: Array) -> Blank:
    """An array that is there already."""
    # Not `ascontiguousarray`, which makes a row of a single number.
    return Blank(array.shape, array.dtype, lambda: np.asarray(array, order="C"))


_json = json.JSONEncoder(separators=(",", ":")).encode


def aligned(nbytes: int) -> Array:
    """So many bytes, uint8 (nbytes,), that begin where any element type may; not touched yet."""
    raw = np.empty(nbytes + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + nbytes]


# -- writing ----------------------------------------------------------------------------------


def write_tensors(
    path: Path,
    arrays: Mapping[str, Blank],
    meta: Mapping[str, Any],
    pace: Callable[[], None] | None = None,
) -> None:
    """Write a file beside ``path``, see it onto the disk, and put it in its place in one step.

    Args:
        path: the file; an older one is replaced when the new one is safe.
        arrays: by name.
        meta: plain data that JSON can hold.
        pace: called after every bit of work, for a writer that is not to be in the way; None: as
            fast as two threads can.

    Raises:
        NotWrittenError: it cannot be; an older file stays, and no half of a new one is left.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    under_way.add(draft)
    try:
        with draft.open("wb", buffering=_BUFFER) as file:
            _fill(file, arrays, meta, pace)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise NotWrittenError(f"{path}: it cannot be written ({error.strerror}).") from error
    finally:
        discard(draft)
        under_way.discard(draft)


def _fill(
    file: BinaryIO,
    arrays: Mapping[str, Blank],
    meta: Mapping[str, Any],
    pace: Callable[[], None] | None,
) -> None:
    # Wide elements first, so that each array begins where its element type may.
    names = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    text, entries = _encoded(meta, pace), _entries(names, arrays, pace)
    rest = pace or (lambda: None)
    blank = _header(text, dict.fromkeys(names, _BLANK), entries)
    file.seek(len(blank))
    rest()
    if pace is None:
        found = _side_by_side(file, names, arrays)
    else:
        found = _in_turn(file, names, arrays, pace)
    unsealed = _header(text, {name: found[name] for name in names}, entries)
    rest()
    sealed = unsealed.replace(_seal(_BLANK), _seal(_digest(unsealed)), 1)
    assert len(sealed) == len(blank)
    file.seek(0)
    file.write(sealed)
    rest()


def _side_by_side(file: BinaryIO, names: list[str], arrays: Mapping[str, Blank]) -> dict[str, str]:
    """Write arrays while those before are digested; their digests by name."""
    found: dict[str, str] = {}
    digests: dict[str, Future[str]] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name in names:
            raw = _made(name, arrays[name])
            if len(raw) < _SMALL:
                found[name] = _digest(raw)
            else:
                digests[name] = pool.submit(_digest, raw)
            for start in range(0, len(raw), _PIECE):
                file.write(raw[start : start + _PIECE])
        return found | {name: digest.result() for name, digest in digests.items()}


def _in_turn(
    file: BinaryIO, names: list[str], arrays: Mapping[str, Blank], pace: Callable[[], None]
) -> dict[str, str]:
    """The same in small pieces, one after the other."""
    found: dict[str, str] = {}
    for number, name in enumerate(names):
        raw = _made(name, arrays[name])
        if len(raw) < _SMALL:
            found[name] = _digest(raw)
            file.write(raw)
            if number % _HANDFUL == 0:
                pace()
            continue
        digest = hashlib.sha256()
        for start in range(0, len(raw), _MORSEL):
            digest.update(raw[start : start + _MORSEL])
            file.write(raw[start : start + _MORSEL])
            pace()
        found[name] = digest.hexdigest()
    return found


def _made(name: str, blank: Blank) -> memoryview:
    """The bytes of an array whose turn has come."""
    data = blank.make()
    if data.shape != blank.shape or data.dtype != blank.dtype:
        raise AssertionError(f"{name} is not what the header says of it")
    return _bytes_of(data)


def _encoded(meta: Mapping[str, Any], pace: Callable[[], None] | None) -> str:
    """Plain data as JSON within JSON, made entry by entry."""
    parts = []
    for key, value in meta.items():
        parts.append(f"{_json(key)}:{_json(value)}")
        if pace is not None:
            pace()
    return _json("{" + ",".join(parts) + "}")


def _entries(names: list[str], arrays: Mapping[str, Blank], pace: Callable[[], None] | None) -> str:
    """What lies where, as the rest of a JSON object that has begun."""
    at, parts = 0, [""]
    for number, name in enumerate(names):
        blank = arrays[name]
        end = at + blank.nbytes
        lengths = ",".join(map(str, blank.shape))
        parts.append(  # as JSON writes it: there are hundreds, and they are no plain data yet
            f'{_json(name)}:{{"dtype":"{_NAMES[blank.dtype]}","shape":[{lengths}],'
            f'"data_offsets":[{at},{end}]}}'
        )
        at = end
        if pace is not None and number % _HANDFUL == 0:
            pace()
    return ",".join(parts)


def _seal(digest: str) -> bytes:
    return f'"{_SEAL}":"{digest}"'.encode()


def _header(meta: str, digests: Mapping[str, str], entries: str) -> bytes:
    """Length and header, not sealed yet; as long as another that differs in digests alone.

    Args:
        meta: plain data, see :func:`_encoded`.
        digests: of each array.
        entries: what lies where, see :func:`_entries`.
    """
    own = f'"townlet":{meta},"digests":{_json(_json(digests))},"{_SEAL}":"{_BLANK}"'
    text = f'{{"__metadata__":{{{own}}}{entries}}}'.encode()
    text += b" " * (-(len(text) + 8) % _ALIGNMENT)
    if len(text) > MOST_HEADER:
        raise SnapshotError(
            f"the header would have {len(text)} bytes; {MOST_HEADER} is the most a reader accepts"
        )
    return len(text).to_bytes(8, "little") + text


def _bytes_of(array: Array) -> memoryview:
    """The bytes of a contiguous array, without a copy."""
    return array.reshape(-1).view(np.uint8).data


def _digest(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()


# -- reading ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sealed:
    """A file that has been read and is what was written.

    Attributes:
        meta: what :func:`write_tensors` was given.
        arrays: read-only, by name, in the order of the file; empty when only the header was read.
        layout: shape, element type and digest of each array.
        seal: digest of the header and so of the whole file, 64 hex digits.
        nbytes: of the file.
    """

    meta: dict[str, Any]
    arrays: dict[str, Array]
    layout: dict[str, tuple[tuple[int, ...], np.dtype[Any], str]]
    seal: str
    nbytes: int


def read_tensors(path: Path, header_only: bool = False) -> Sealed:
    """Read a file and check every byte of it.

    Args:
        path: the file.
        header_only: leave the arrays alone; the header is checked, and that the file is as long
            as it says.

    Raises:
        DamagedSnapshotError: a byte is not what was written, or the file is no snapshot.
        SnapshotError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = _read_head(path, file, size)
            content, seal = _checked_head(path, head)
            layout = _layout(path, content, size - len(head))
            arrays = {} if header_only else _read_arrays(path, file, content, size - len(head))
    except FileNotFoundError:
        raise SnapshotError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise SnapshotError(f"{path}: this is a folder; name a snapshot file") from None
    except OSError as error:
        raise SnapshotError(f"{path}: it cannot be read ({error.strerror})") from None
    except MemoryError:
        raise SnapshotError(f"{path}: there is not enough memory to read it") from None
    meta = json.loads(content["__metadata__"]["townlet"])
    return Sealed(meta, arrays, layout, seal, size)


def is_sealed(path: Path) -> bool:
    """Whether a file begins as those of :func:`write_tensors` do, whatever it is called."""
    try:
        if not path.is_file():  # what comes out of a pipe can be read once only
            return False
        with path.open("rb") as file:
            return file.read(8 + len(_BEGINNING))[8:] == _BEGINNING
    except OSError:
        return False


def _damaged(path: Path, why: str) -> DamagedSnapshotError:
    return DamagedSnapshotError(f"{path}: the file is damaged or no snapshot: {why}")


def _read_head(path: Path, file: BinaryIO, size: int) -> bytes:
    """Length and header, if they can be."""
    first = file.read(8)
    if len(first) < 8:
        raise _damaged(path, f"it has {size} bytes, fewer than a header")
    length = int.from_bytes(first, "little")
    if length > min(MOST_HEADER, size - 8):
        raise _damaged(path, f"its header would have {length} bytes, and the file has {size}")
    head = first + file.read(length)
    if len(head) != 8 + length:
        raise _damaged(path, "it ends within its header")
    return head


def _checked_head(path: Path, head: bytes) -> tuple[dict[str, Any], str]:
    """The header as plain data, and its digest, which it agrees with."""
    # The seal is found by its key, without parsing what may be anything. Within texts quotes are
    # escaped, so there is one such place.
    before, mark, rest = head.partition(f'"{_SEAL}":"'.encode())
    seal = rest[:64]
    blank = before + mark + _BLANK.encode() + rest[64:]
    if not mark or hashlib.sha256(blank).hexdigest().encode() != seal:
        raise _damaged(path, "its header is not what was written")
    try:
        content = json.loads(head[8:])
        meta = content["__metadata__"]
        content["__metadata__"]["digests"] = json.loads(meta["digests"])
        json.loads(meta["townlet"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(path, "its header cannot be read") from None
    return content, seal.decode()


def _layout(
    path: Path, content: Mapping[str, Any], room: int
) -> dict[str, tuple[tuple[int, ...], np.dtype[Any], str]]:
    """Shape, element type and digest of each array; they fill the file to its last byte."""
    digests, at, found = content["__metadata__"]["digests"], 0, {}
    try:
        for name, entry in content.items():
            if name == "__metadata__":
                continue
            dtype, shape = DTYPES[entry["dtype"]], tuple(int(n) for n in entry["shape"])
            start, end = entry["data_offsets"]
            if start != at or end != at + math.prod(shape) * dtype.itemsize:
                raise _damaged(path, f"{name} does not lie where it should")
            found[name], at = (shape, dtype, str(digests[name])), end
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(path, "its header cannot be read") from None
    if at != room:
        raise _damaged(path, f"it has {room} bytes of arrays instead of {at}")
    return found


def _read_arrays(
    path: Path, file: BinaryIO, content: Mapping[str, Any], room: int
) -> dict[str, Array]:
    """All arrays, on one piece of memory, each compared with its digest."""
    data = aligned(room)
    digests = content["__metadata__"]["digests"]
    arrays: dict[str, Array] = {}
    bad: list[str | None] = []
    later: list[Future[str | None]] = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, entry in content.items():
            if name == "__metadata__":
                continue
            low, high = entry["data_offsets"]
            part = data[low:high]
            for at in range(0, len(part), _PIECE):
                piece = part[at : at + _PIECE]
                if file.readinto(piece) != len(piece):  # type: ignore[attr-defined]
                    raise _damaged(path, f"it ends within {name}")
            view = part.view(DTYPES[entry["dtype"]]).reshape(entry["shape"])
            view.flags.writeable = False
            arrays[name] = view
            if len(part) < _SMALL:
                bad.append(_compared(name, part, digests[name]))
            else:
                later.append(pool.submit(_compared, name, part, digests[name]))
    bad += [future.result() for future in later]
    wrong = next((name for name in bad if name is not None), None)
    if wrong is not None:
        raise _damaged(path, f"{wrong} is not what was written")
    return arrays


def _compared(name: str, part: Array, digest: str) -> str | None:
    return None if _digest(part.data) == digest else name
