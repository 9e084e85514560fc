"""Contents: a snapshot in memory, as it is in the file - header, columns, books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.snapshot.books import BOOKS
from townlet.snapshot.header import Header
from townlet.snapshot.tensors import DTYPES, Blank, of

Array = npt.NDArray[Any]
#: Where arrays of sections lie in the file: ``sections/NAME/KEY``.
SECTIONS = "sections/"


@dataclass
class Contents:
    """A snapshot.

    Attributes:
        header: what it says about itself.
        arrays: ``"Component.column"`` to values in slot order, town by town; and what is
            remembered outside the columns, ``sections/NAME/KEY``. They may be read-only.
    """

    header: Header
    arrays: dict[str, Array] = field(default_factory=dict)

    def columns(self) -> dict[str, Array]:
        """The arrays that are columns."""
        return {name: a for name, a in self.arrays.items() if not name.startswith(SECTIONS)}

    def section(self, name: str) -> dict[str, Any]:
        """What a service has kept: plain data and arrays by key; empty when it has kept nothing."""
        first = f"{SECTIONS}{name}/"
        arrays = {
            key.removeprefix(first): a for key, a in self.arrays.items() if key.startswith(first)
        }
        return {**self.header.sections.get(name, {}), **arrays}


def split_sections(
    sections: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, dict[str, Any]], dict[str, Blank]]:
    """Part sections into plain data for the header and arrays for the file.

    Raises:
        UserError: an array of an element type that no file can hold, or what is neither an array
            nor plain data.
    """
    plain: dict[str, dict[str, Any]] = {}
    arrays: dict[str, Blank] = {}
    for name, entries in sections.items():
        if name not in BOOKS:
            _refuse_what_json_cannot_hold(name, entries)
        for key, value in entries.items():
            if isinstance(value, np.ndarray) and value.dtype not in DTYPES.values():
                raise UserError(
                    f"section {name}, {key}: its elements are {value.dtype}; a snapshot holds "
                    "numbers of 8 to 64 bits and booleans"
                )
        plain[name] = {k: v for k, v in entries.items() if not isinstance(v, np.ndarray)}
        arrays |= {
            f"{SECTIONS}{name}/{key}": of(value)
            for key, value in entries.items()
            if isinstance(value, np.ndarray)
        }
    return plain, arrays


def _refuse_what_json_cannot_hold(name: str, entries: Mapping[str, Any]) -> None:
    """See that a service's section comes back as it was; Townlet's own do."""
    if not isinstance(entries, Mapping):
        raise UserError(f"section {name} is {type(entries).__name__}; it has to be a mapping")
    for key, value in entries.items():
        what = type(value).__name__
        try:
            fits = isinstance(key, str) and (isinstance(value, np.ndarray) or _is_plain(value))
        except RecursionError:
            fits, what = False, f"{what} within itself"
        if not fits:
            raise UserError(
                f"section {name}, {key}: JSON cannot hold it ({what}); a section keeps, by texts, "
                "arrays, texts, numbers, booleans, None, and lists and mappings of these"
            )


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bool | int | float)
