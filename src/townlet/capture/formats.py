"""Formats: arrays to the bytes of a Parquet or NPZ file, and back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from townlet.capture.columns import Arrays, Column
from townlet.errors import UserError
from townlet.suggest import nearest

FORMATS = ("parquet", "npz")


def checked_format(name: str) -> str:
    """The format, if there is one of this name.

    Raises:
        UserError: there is none.
    """
    if name not in FORMATS:
        raise UserError(f"unknown format {name!r}{nearest(name, FORMATS)}")
    return name


def encode(arrays: Arrays, form: str) -> bytes:
    """Pack arrays in memory: the same arrays give the same bytes.

    Args:
        arrays: of equal length.
        form: one of ``FORMATS``.
    """
    buffer = io.BytesIO()
    if form == "npz":
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()
    import polars as pl  # noqa: PLC0415  (slow to import)

    frame = pl.DataFrame(arrays)
    frame.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    return buffer.getvalue()


def decode(path: Path, form: str, columns: Sequence[Column], rows: int) -> Arrays:
    """Read some columns of a file.

    Args:
        path: the file.
        form: one of ``FORMATS``.
        columns: the wanted ones, as they have to be.
        rows: how many rows it has to have.

    Raises:
        UserError: the file is none of this format, or holds something else.
    """
    try:
        found = _unpack(path, form, [column.name for column in columns])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, _polars_error()) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        what = " ".join(str(error).split())
        raise UserError(f"{path}: the file cannot be read as {form} ({what})") from None
    for column in columns:
        array, form_ = found[column.name], (rows, *column.shape)
        if array.shape != form_ or array.dtype != np.dtype(column.dtype):
            raise UserError(
                f"{path}: column {column.name!r} is {array.dtype} {array.shape}; the manifest says "
                f"{column.dtype} {form_}"
            )
    return found


def _unpack(path: Path, form: str, names: list[str]) -> Arrays:
    """Columns of a file, as they are."""
    if form == "npz":
        with path.open("rb") as file, np.load(file, allow_pickle=False) as packed:
            return {name: packed[name] for name in names}
    import polars as pl  # noqa: PLC0415

    frame = pl.read_parquet(path, columns=names, use_statistics=False)
    return {name: frame[name].to_numpy() for name in names}


def _polars_error() -> type[Exception]:
    """What polars raises when a file is none of its."""
    import polars as pl  # noqa: PLC0415

    return pl.exceptions.PolarsError
