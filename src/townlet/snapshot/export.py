"""Export: the tables of a snapshot as Parquet or JSON, for people; nothing reads them back."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.report.folder import write_file
from townlet.snapshot.contents import SECTIONS, Contents
from townlet.suggest import nearest

if TYPE_CHECKING:
    import polars as pl

#: A row of more values than this becomes one list instead of a column each.
WIDE = 64
Format = Literal["parquet", "json"]


def tables_of(contents: Contents) -> list[str]:
    """Names of the tables a snapshot has columns of, in the order of its columns."""
    return list(dict.fromkeys(dims[0] for dims in contents.header.columns.values()))


def table_frame(contents: Contents, table: str) -> pl.DataFrame:
    """Every saved column of a table; inner dimensions become ``column.label``.

    Tables of towns begin with ``town`` and ``id``: the number within the town's table, which for
    agents is the slot.

    Raises:
        UserError: there is no such table.
    """
    import polars as pl  # noqa: PLC0415  (slow to import)

    known = tables_of(contents)
    if table not in known:
        raise UserError(f"the snapshot has no table {table!r}{nearest(table, known)}")
    header = contents.header
    columns: dict[str, Any] = {}
    for name, dims in header.columns.items():
        values = contents.arrays.get(name)
        if dims[0] == table and values is not None:
            if not columns:
                columns = _keys(contents, table, len(values))
            columns |= _flatten(contents, name, dims[1:], values)
    return pl.DataFrame(columns)


def _keys(contents: Contents, table: str, length: int) -> dict[str, npt.NDArray[np.int64]]:
    numbers = np.arange(length)
    if table not in contents.header.tables:
        return {"id": numbers}
    rows = max(length // contents.header.towns, 1)
    return {"town": numbers // rows, "id": numbers % rows}


def _flatten(
    contents: Contents, name: str, dims: list[str], values: npt.NDArray[Any]
) -> dict[str, Any]:
    if not dims:
        return {name: values}
    flat = values.reshape(len(values), -1)
    if flat.shape[1] > WIDE or len(dims) > 1:
        return {name: flat.tolist()}
    labels = contents.header.dimensions[dims[0]]
    names = labels if isinstance(labels, list) else [str(k) for k in range(labels)]
    return {f"{name}.{label}": flat[:, k] for k, label in enumerate(names)}


def plain_header(contents: Contents) -> dict[str, Any]:
    """The header as JSON can hold it, with the books; long lists of arrays included."""
    header = contents.header.as_dict()
    for name, array in contents.arrays.items():
        if name.startswith(SECTIONS):
            _, section, key = name.split("/", 2)
            header["sections"].setdefault(section, {})[key] = _plain(array)
    return header


def _plain(array: npt.NDArray[Any]) -> Any:
    """Lists; what JSON has no number for becomes null."""
    if array.dtype.kind == "f":
        finite = array.astype(object)
        finite[~np.isfinite(array)] = None
        return finite.tolist()
    return array.tolist()


def export(
    contents: Contents,
    folder: str | Path,
    form: Format = "parquet",
    tables: list[str] | None = None,
) -> list[Path]:
    """Write a file per table, and ``header.json``.

    Args:
        contents: the snapshot.
        folder: made when it is not there; files of the same names are replaced.
        form: ``"parquet"`` or ``"json"``: a list of rows.
        tables: which; None: all.

    Returns:
        The files.

    Raises:
        UserError: no such table, or the folder cannot be made.
        OSError: naming a file that cannot be written.
    """
    chosen = tables_of(contents) if tables is None else tables
    frames = {table: table_frame(contents, table) for table in chosen}
    into = Path(folder)
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{into}: the folder cannot be made ({error.strerror})") from None
    written = [into / "header.json"]
    text = json.dumps(plain_header(contents), indent=2, allow_nan=False)
    write_file(written[0], lambda draft: draft.write_text(text + "\n", encoding="utf-8"))
    for table, frame in frames.items():
        path, data = into / f"{table}.{form}", _packed(frame, form)
        write_file(path, lambda draft, data=data: draft.write_bytes(data))  # type: ignore[misc]
        written.append(path)
    return written


def _packed(frame: pl.DataFrame, form: Format) -> bytes:
    """A table as a file's bytes, made in memory, so that a full disk fails as a plain OSError."""
    buffer = io.BytesIO()
    if form == "parquet":
        frame.write_parquet(buffer)
    else:
        frame.write_json(buffer)
    return buffer.getvalue()
