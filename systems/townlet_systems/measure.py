"""Measuring: hourly means and the KPIs of a finished day. Derived: no system reads it."""

from townlet.ecs import F32, F64, I8, I16, I32, I64, Bool, Phase, Read, Write, kernel, system
from townlet_components.citymap import PlacePlan
from townlet_components.clock import Clock
from townlet_components.events import EventTotals
from townlet_components.identity import Departures, Identity, Vacancies
from townlet_components.lifecycle import ExitCounts
from townlet_components.metrics import Metrics
from townlet_components.needs import Needs
from townlet_components.personality import Personality
from townlet_components.queueing import QueueStats
from townlet_components.rows import Rows
from townlet_components.ties import TieCounts, TieRules, Ties
from townlet_components.town_state import PricePlan, Prices
from townlet_components.wallet import Treasury, Wallet
from townlet_components.work import Employment
from townlet_systems.bonds import bonds_of
from townlet_systems.day_kpis import (
    MILLIONTHS,
    diary_of,
    folk_of,
    market_of,
    sums_of,
    write_kpis,
)


@kernel
def sample_needs(
    level: F32,
    alive: Bool,
    town: I32,
    need_sum: I64,
    samples: I64,
    hour_mean: F64,
    hour_sum: I64,
    hour_count: I64,
    minute: I64,
) -> None:
    """Every full hour add each living agent's levels, in millionths, to its town's sums."""
    if minute[0] % 60 != 0:
        return
    for t in range(samples.shape[0]):
        hour_count[t] = 0
        for n in range(level.shape[1]):
            hour_sum[t, n] = 0
    for r in range(level.shape[0]):
        if alive[r]:
            hour_count[town[r]] += 1
            for n in range(level.shape[1]):
                hour_sum[town[r], n] += int(level[r, n] * MILLIONTHS)
    for t in range(samples.shape[0]):
        samples[t] += hour_count[t]
        for n in range(level.shape[1]):
            need_sum[t, n] += hour_sum[t, n]
            hour_mean[t, n] = hour_sum[t, n] / max(hour_count[t], 1) / MILLIONTHS


@kernel
def note_departed(
    left_shifts: I32, left_punctual: I32, shifts: I16, punctual: I16, reason: I8, town: I32,
    any_left: I32,
) -> None:  # fmt: skip
    """Keep the day's shifts of those who leave in this tick: their rows are about to be freed."""
    if any_left[0] == 0:
        return
    for r in range(reason.shape[0]):
        if reason[r] != 0:
            left_shifts[town[r]] += shifts[r]
            left_punctual[town[r]] += punctual[r]


@kernel
def begin_day(
    need_sum: I64, samples: I64, left_shifts: I32, left_punctual: I32, begun: I64, count: I64,
    start: I64, content: I16, neglected: I16, shifts: I16, punctual: I16, histogram: I32,
    longest: I32, minute: I64, tick: I64,
) -> None:  # fmt: skip
    """At midnight, when the day's KPIs are written, start counting anew.

    Args:
        need_sum, samples, left_shifts, left_punctual, begun, count, start: of ``Metrics``.
        content, neglected, shifts, punctual: counters of the day by row.
        histogram, longest: waits by district.
        minute, tick: (1,).
    """
    if minute[0] != 0:
        return
    begun[0] = tick[0]
    for t in range(start.shape[0]):
        samples[t] = 0
        left_shifts[t] = 0
        left_punctual[t] = 0
        for n in range(need_sum.shape[1]):
            need_sum[t, n] = 0
        for c in range(start.shape[1]):
            start[t, c] = count[t, c]
    for d in range(histogram.shape[0]):
        longest[d] = 0
        for b in range(histogram.shape[1]):
            histogram[d, b] = 0
    for r in range(content.shape[0]):
        content[r] = 0
        neglected[r] = 0
        shifts[r] = 0
        punctual[r] = 0


@system(phase=Phase.REPORT)
def measure_town(
    metrics: Write[Metrics],
    needs: Write[Needs],
    employment: Write[Employment],
    stats: Write[QueueStats],
    identity: Read[Identity],
    personality: Read[Personality],
    rows: Read[Rows],
    departures: Read[Departures],
    vacancies: Read[Vacancies],
    ties: Read[Ties],
    tie_counts: Read[TieCounts],
    tie_rules: Read[TieRules],
    exits: Read[ExitCounts],
    totals: Read[EventTotals],
    prices: Read[Prices],
    price_plan: Read[PricePlan],
    places: Read[PlacePlan],
    wallet: Read[Wallet],
    treasury: Read[Treasury],
    clock: Read[Clock],
) -> None:
    """Full hours are sampled; at midnight the day's KPIs are written and counting starts anew."""
    sample_needs(
        needs.level, identity.alive, rows.town, metrics.need_sum, metrics.need_samples,
        metrics.hour_mean, metrics.hour_sum, metrics.hour_count, clock.minute,
    )  # fmt: skip
    note_departed(
        metrics.left_shifts, metrics.left_punctual, employment.shifts, employment.punctual,
        departures.reason, rows.town, vacancies.any,
    )  # fmt: skip
    write_kpis(
        metrics.kpi, folk_of(rows, identity, needs, employment, wallet),
        bonds_of(ties, tie_rules, personality), sums_of(totals, tie_counts, exits, departures),
        market_of(prices, price_plan, places), diary_of(metrics), stats.histogram, stats.longest,
        treasury.money, clock.minute, clock.tick,
    )  # fmt: skip
    begin_day(
        metrics.need_sum, metrics.need_samples, metrics.left_shifts, metrics.left_punctual,
        metrics.begun, metrics.count, metrics.start, needs.content, needs.neglected,
        employment.shifts, employment.punctual, stats.histogram, stats.longest, clock.minute,
        clock.tick,
    )  # fmt: skip


@system(phase=Phase.REPORT, after=["measure_town", "grade_agents"])
def measure_today(
    metrics: Write[Metrics],
    needs: Write[Needs],
    employment: Write[Employment],
    stats: Write[QueueStats],
    identity: Read[Identity],
    personality: Read[Personality],
    rows: Read[Rows],
    departures: Read[Departures],
    ties: Read[Ties],
    tie_counts: Read[TieCounts],
    tie_rules: Read[TieRules],
    exits: Read[ExitCounts],
    totals: Read[EventTotals],
    prices: Read[Prices],
    price_plan: Read[PricePlan],
    places: Read[PlacePlan],
    wallet: Read[Wallet],
    treasury: Read[Treasury],
    clock: Read[Clock],
) -> None:
    """The KPIs of the running day so far, when somebody asks; counting goes on."""
    # Declared as in measure_town, down to what may be written: the same machine code serves both.
    write_kpis(
        metrics.today, folk_of(rows, identity, needs, employment, wallet),
        bonds_of(ties, tie_rules, personality), sums_of(totals, tie_counts, exits, departures),
        market_of(prices, price_plan, places), diary_of(metrics), stats.histogram, stats.longest,
        treasury.money, metrics.asked, clock.tick,
    )  # fmt: skip
