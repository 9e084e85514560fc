"""The order log: what a run was told between ticks, in the order it was told."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.replay.blocks import BlockWriter, read_blocks

#: Name of the entry that holds actions of one tick.
ACTIONS = "step"


@dataclass(frozen=True)
class Order:
    """One entry.

    Attributes:
        step: ticks run since the recording began, when it was given.
        name: of the order; ``"step"``: actions of the next tick.
        arguments: by name; plain data, texts as bytes, arrays.
        refused: the sentence it was refused with; None: it was carried out.
    """

    step: int
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None

    @property
    def text(self) -> str:
        """How a person would write it."""
        shown = (f"{key}={_short(value)}" for key, value in self.arguments.items())
        return f"{self.name}({', '.join(shown)})" + (" (refused)" if self.refused else "")


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of {value.shape}"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return repr(value)


def same_order(a: Order, b: Order) -> bool:
    """Whether two entries say the same."""
    return encode(a) == encode(b)


def encode(entry: Order) -> bytes:
    """An entry as bytes: a line of JSON, then the arrays, compressed."""
    arrays: list[npt.NDArray[Any]] = []
    head = {
        "step": entry.step,
        "name": entry.name,
        "arguments": _plain(dict(entry.arguments), arrays),
        "refused": entry.refused,
        "arrays": [[array.dtype.str, list(array.shape)] for array in arrays],
    }
    data = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    line = json.dumps(head, separators=(",", ":"), allow_nan=True).encode()
    return line + b"\n" + (zlib.compress(data, 1) if data else b"")


def decode(content: bytes) -> Order:
    """The entry that :func:`encode` has made bytes of."""
    line, _, packed = content.partition(b"\n")
    head = json.loads(line)
    data = zlib.decompress(packed) if packed else b""
    arrays: list[npt.NDArray[Any]] = []
    at = 0
    for text, shape in head["arrays"]:
        dtype = np.dtype(text)
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(data, dtype, count, at).reshape(shape))
        at += count * dtype.itemsize
    arguments = _rich(head["arguments"], arrays)
    return Order(head["step"], head["name"], arguments, head["refused"])


def _plain(value: Any, arrays: list[npt.NDArray[Any]]) -> Any:
    """What JSON can hold; arrays go to ``arrays``."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"$array": len(arrays) - 1}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry, arrays) for key, entry in value.items()}
    if isinstance(value, tuple):
        return {"$tuple": [_plain(entry, arrays) for entry in value]}
    if isinstance(value, list):
        return [_plain(entry, arrays) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


def _rich(value: Any, arrays: list[npt.NDArray[Any]]) -> Any:
    """What :func:`_plain` was given."""
    if isinstance(value, list):
        return [_rich(entry, arrays) for entry in value]
    if not isinstance(value, dict):
        return value
    if "$array" in value:
        return arrays[value["$array"]]
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$tuple" in value:
        return tuple(_rich(entry, arrays) for entry in value["$tuple"])
    return {key: _rich(entry, arrays) for key, entry in value.items()}


class OrderWriter:
    """Writes orders down as they come; a process that is killed loses none.

    Args:
        path: the file; it must not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._blocks = BlockWriter(path)
        self.sync, self.close = self._blocks.sync, self._blocks.close
        self.count = 0

    def add(self, entry: Order) -> None:
        """Append an entry."""
        self._blocks.write(encode(entry))
        self.count += 1


def read_orders(path: Path) -> tuple[list[Order], str | None]:
    """All entries of a log, and a sentence about what was torn at its end.

    Raises:
        UserError: it cannot be read or is damaged.
    """
    blocks = read_blocks(path)
    try:
        return [decode(content) for content in blocks.contents], blocks.told
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise UserError(f"{path}: an entry cannot be read ({error})") from None
