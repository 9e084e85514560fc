"""The summary of a run: the object `townlet run --json` prints and `summary.json` holds."""

from typing import TYPE_CHECKING, Any

from townlet.report.subject import Outcome, Subject

if TYPE_CHECKING:
    import polars as pl


def summarise(subject: Subject, outcome: Outcome) -> dict[str, Any]:
    """Return the summary of SPEC §15, key for key, in its order.

    Rates leave out start-up and the first tick; they are None when there was no second one.
    """
    rate = outcome.ticks_per_s
    _, kpis = last_day(subject)
    return {
        "config_id": subject.config.config_id,
        "seed": subject.seed,
        "towns": subject.towns,
        "agents": subject.agents,
        "ticks": outcome.ticks,
        "wall_s": round(outcome.wall_s, 6),
        "first_tick_s": round(outcome.first_tick_s, 6),
        "ticks_per_s": _rounded(rate),
        "agent_ticks_per_s": _rounded(rate and rate * subject.agents * subject.towns),
        "state_hash": hash_text(subject.hash()),
        "dropped": dict(subject.dropped()),
        "kpis": kpis,
        "systems": {
            row["system"]: {
                "ns_per_tick": round(row["ns_per_tick"], 1),
                "ns_per_agent": round(row["ns_per_agent"], 4),
            }
            for row in subject.timings().iter_rows(named=True)
        },
    }


def last_day(subject: Subject) -> tuple[str, dict[str, float | None]]:
    """Return the last finished day's KPIs, each the mean over towns, with that day's name.

    A run that has finished no day yet reports the day it is in.
    """
    finished = subject.kpis()
    if finished.height:
        day = int(finished["day"].to_numpy().max())
        return f"day {day}", _mean_over_towns(finished.filter(finished["day"] == day))
    return f"day {subject.clock[0]}, not over yet", _mean_over_towns(subject.kpis_today())


def hash_text(value: int) -> str:
    """Write a hash as people compare it: 16 hex digits."""
    return f"{value & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def _mean_over_towns(rows: "pl.DataFrame") -> dict[str, float | None]:
    """Average each KPI over the rows that have a value; one that none has is None."""
    means = rows.drop("town", "day", "tick", strict=False).fill_nan(None).mean()
    return {name: means[name][0] for name in (means.columns if means.height else ())}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
