"""Write a run's folder: summary.json, kpis.parquet, town.png, needs.png, kpis.png."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from townlet.report.folder import SUMMARY, write_file
from townlet.report.subject import Subject

if TYPE_CHECKING:
    import polars as pl

KPIS = "kpis.parquet"
PICTURES = ("town.png", "needs.png", "kpis.png")


def write_report(subject: Subject, summary: Mapping[str, Any], folder: Path) -> list[str]:
    """Write everything into a folder that `prepare_folder` accepted.

    Returns:
        One sentence for each thing that could not be drawn; empty when all is there.

    Raises:
        OSError: The disk is full or closed to us; files already in place are whole.
    """
    text = json.dumps(summary, indent=2, allow_nan=False) + "\n"
    write_file(folder / SUMMARY, lambda path: path.write_text(text, encoding="utf-8"))
    table = _parquet(subject.kpis())
    write_file(folder / KPIS, lambda path: path.write_bytes(table))
    for name in PICTURES:  # an older run's picture must not pass for this one's
        (folder / name).unlink(missing_ok=True)
    try:
        from townlet.report import kpi_picture, pictures  # noqa: PLC0415  (matplotlib is an extra)
    except ModuleNotFoundError as missing:
        return [
            f"No pictures: {missing.name} is not installed "
            "(pip install 'townlet[report]' adds them)."
        ]
    write_file(folder / "town.png", lambda path: pictures.draw_town(subject, path))
    write_file(folder / "needs.png", lambda path: pictures.draw_needs(subject, path))
    days = subject.kpis()
    if days.height:  # before the first midnight there is no day to draw
        write_file(folder / "kpis.png", lambda path: kpi_picture.draw_kpis(subject, days, path))
    return []


def _parquet(frame: "pl.DataFrame") -> bytes:
    """Pack a frame in memory, so that a full disk fails as a plain OSError."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
