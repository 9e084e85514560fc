"""The report of a soak: summary.json, report.html, and what was measured as Parquet."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from townlet.report.folder import SUMMARY, write_file
from townlet.soak.journal import Journal
from townlet.soak.page import write_page
from townlet.soak.plan import SoakPlan
from townlet.soak.record import Pages, Record
from townlet.soak.supervisor import KILLS_FILE
from townlet.soak.verdict import cpu_of, summarise
from townlet.soak.worker import JOURNAL, RECORD
from townlet_components.metrics import kpi_names

PAGE = "report.html"


def write_report(folder: Path, plan: SoakPlan) -> tuple[dict[str, Any], list[str]]:
    """Write everything that can be told of a soak whose processes have ended.

    Returns:
        The summary, and a sentence for each thing that could not be drawn.

    Raises:
        OSError: the disk is full or closed to us; files already in place are whole.
    """
    journal, kills = Journal(folder / JOURNAL), Journal(folder / KILLS_FILE)
    pages = Record(folder / RECORD).all()
    summary = summarise(plan, journal, pages, kills.entries)
    summary["kpis"] = _last_kpis(pages, plan)
    for name, frame in _frames(pages, journal, plan).items():
        table = _parquet(frame)
        write_file(folder / name, lambda path, t=table: path.write_bytes(t))  # type: ignore[misc]
    pictures, missing = _pictures(summary, pages, journal, plan)
    faults = [(f"{e['tick']:,}", e["name"], e["what"]) for e in journal.of("fault")]
    page = write_page(summary, faults, pictures)
    write_file(folder / PAGE, lambda path: path.write_text(page, encoding="utf-8"))
    text = json.dumps(summary, indent=2, allow_nan=False) + "\n"
    write_file(folder / SUMMARY, lambda path: path.write_text(text, encoding="utf-8"))
    return summary, missing


def _last_kpis(pages: Pages, plan: SoakPlan) -> dict[str, float | None]:
    """KPIs of the last finished day, each the mean over towns; None where no town has any."""
    if "kpi" not in pages:
        return {}
    last = pages["kpi"][-1]
    names = kpi_names(plan.needs)
    found: dict[str, float | None] = {}
    for k, name in enumerate(names):
        known = last[:, k][~np.isnan(last[:, k])]
        found[name] = float(known.mean()) if len(known) else None
    return found


def _frames(pages: Pages, journal: Journal, plan: SoakPlan) -> dict[str, pl.DataFrame]:
    """Tables by file name."""
    faults = journal.of("fault")
    frames = {
        "faults.parquet": pl.DataFrame(
            {key: [entry[key] for entry in faults] for key in ("tick", "name", "what")},
            schema={"tick": pl.Int64, "name": pl.String, "what": pl.String},
        )
    }
    if "ns" in pages:
        tick = np.arange(1, len(pages["ns"]) + 1)
        cpu = pl.Series(cpu_of(pages)).fill_nan(None).cast(pl.Int64)
        columns = {"tick": tick, "ns": pages["ns"], "cpu_ns": cpu, "flags": pages["flags"]}
        frames["ticks.parquet"] = pl.DataFrame(columns)
    if "sample_tick" in pages:
        frames["samples.parquet"] = pl.DataFrame(
            {
                "tick": pages["sample_tick"],
                "rss_bytes": pages["rss"],
                "living": pages["living"],
            }
        )
    if "kpi" in pages:
        names = kpi_names(plan.needs)
        days, towns, _ = pages["kpi"].shape
        frames["kpis.parquet"] = pl.DataFrame(
            {
                "town": np.tile(np.arange(towns), days),
                "day": np.repeat(pages["day"][:, 1], towns),
                "tick": np.repeat(pages["day"][:, 0], towns),
            }
            | {name: pages["kpi"][:, :, k].reshape(-1) for k, name in enumerate(names)}
        )
    return frames


def _pictures(
    summary: dict[str, Any], pages: Pages, journal: Journal, plan: SoakPlan
) -> tuple[dict[str, bytes], list[str]]:
    """Pictures by title; and what is missing, where they cannot be drawn."""
    try:
        from townlet.soak import pictures  # noqa: PLC0415  (matplotlib is an extra)
    except ModuleNotFoundError as missing:
        return {}, [
            f"No pictures: {missing.name} is not installed "
            "(pip install 'townlet[report]' adds them)."
        ]
    drawn = {}
    if summary["tick_ms"]["hours"]:
        drawn["How long ticks take, by hour of the day"] = pictures.draw_hours(summary["tick_ms"])
    if "sample_tick" in pages and (pages["rss"] >= 0).any():
        starts = [entry["tick"] for entry in journal.of("start")]
        drawn["Memory of the process"] = pictures.draw_memory(pages, starts)
        struck = [(entry["tick"], entry["name"]) for entry in journal.of("fault")]
        drawn["Who lives in town, and when faults struck"] = pictures.draw_people(pages, struck)
    if "mean" in pages:
        drawn["Mean needs"] = pictures.draw_needs(pages, list(plan.needs))
    return drawn, []


def _parquet(frame: pl.DataFrame) -> bytes:
    """Pack a frame in memory, so that a full disk fails as a plain OSError."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
