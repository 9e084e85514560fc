"""The KPIs of a day (SPEC §11), for the day that ends and for the one that is running."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, F64, I16, I32, I64, Bool, device, kernel, rare
from townlet_components import events as kinds
from townlet_components import metrics as k
from townlet_components.citymap import PlacePlan
from townlet_components.events import EventTotals
from townlet_components.identity import Departures, Identity
from townlet_components.lifecycle import COLLAPSE, ExitCounts
from townlet_components.metrics import Metrics
from townlet_components.needs import Needs
from townlet_components.rows import Rows
from townlet_components.ties import FORMED, TieCounts
from townlet_components.town_state import PricePlan, Prices
from townlet_components.wallet import Wallet
from townlet_components.work import Employment
from townlet_systems.bonds import Bonds
from townlet_systems.pricing import price_index
from townlet_systems.strengths import strong_ties
from townlet_systems.wealth import gini, sort_wallets

MILLIONTHS = 1_000_000
#: Share of its minutes with every need above 0.3 that makes an agent self-sufficient.
CONTENT_SHARE = 0.95
#: The least strength above that of a tie that has formed.
_ABOVE_FORMED = np.nextafter(np.float32(FORMED), np.float32(1))
_DAY = 1440.0
_NOTHING = np.nan


class Folk(NamedTuple):
    """What is looked up for each agent, by row; ``row_of`` by slot."""

    row_of: I32
    alive: Bool
    arrived_at: I32
    content: I16
    level: F32
    shifts: I16
    punctual: I16
    money: I64


class Sums(NamedTuple):
    """What others count since the start: by district, then by town."""

    event: I32
    escalated: I32
    by_cause: I32
    arrived: I32
    left: I32


class Market(NamedTuple):
    """Prices of today and of the config, see :func:`townlet_systems.pricing.price_index`."""

    base: I32
    spike: I32
    factor: I32
    plan: I32
    plan_factor: I32
    place_kind: I16


class Diary(NamedTuple):
    """Columns of :class:`townlet_components.metrics.Metrics`."""

    need_sum: I64
    need_samples: I64
    left_shifts: I32
    left_punctual: I32
    begun: I64
    counted: I64
    start: I64
    wealth: I32
    bucket: I32
    waits: I32


def folk_of(
    rows: Rows, identity: Identity, needs: Needs, employment: Employment, wallet: Wallet
) -> Folk:
    """Bundle the columns."""
    return Folk(
        rows.row_of, identity.alive, identity.arrived_at, needs.content, needs.level,
        employment.shifts, employment.punctual, wallet.money,
    )  # fmt: skip


def sums_of(
    totals: EventTotals, ties: TieCounts, exits: ExitCounts, departures: Departures
) -> Sums:
    """Bundle the columns."""
    return Sums(totals.total, ties.escalated, exits.by_cause, exits.arrived, departures.count)


def market_of(prices: Prices, plan: PricePlan, places: PlacePlan) -> Market:
    """Bundle the columns."""
    return Market(prices.base, prices.spike, prices.factor, plan.base, plan.factor, places.kind)


def diary_of(metrics: Metrics) -> Diary:
    """Bundle the columns."""
    return Diary(
        metrics.need_sum, metrics.need_samples, metrics.left_shifts, metrics.left_punctual,
        metrics.begun, metrics.count, metrics.start, metrics.wealth, metrics.bucket,
        metrics.waits,
    )  # fmt: skip


@device
def percentile(waits: I32, share: float) -> float:
    """Smallest wait that at least ``share`` of the grants did not exceed; 0 without grants."""
    total = 0
    for b in range(waits.shape[1]):
        total += waits[0, b]
    seen = 0
    for b in range(waits.shape[1]):
        seen += waits[0, b]
        if total > 0 and seen >= share * total:
            return float(b)
    return 0.0


@rare
def queue_waits(kpi: F64, histogram: I32, longest: I32, waits: I32, t: int, districts: int) -> None:
    """Median, 95th percentile and longest of the waits granted in a town's districts."""
    for b in range(waits.shape[1]):
        waits[0, b] = 0
    most = 0
    for d in range(t * districts, (t + 1) * districts):
        most = max(most, longest[d])
        for b in range(waits.shape[1]):
            waits[0, b] += histogram[d, b]
    kpi[t, k.WAIT_P50] = percentile(waits, 0.5)
    kpi[t, k.WAIT_P95] = percentile(waits, 0.95)
    kpi[t, k.WAIT_MAX] = most


@device
def add_up(count: I64, sums: Sums, t: int, districts: int) -> None:
    """Write a town's counters of all time into ``count[t]``; order as ``COUNTERS``."""
    conflicts, avoidances, late = 0, 0, 0
    for d in range(t * districts, (t + 1) * districts):
        conflicts += sums.event[d, kinds.CONFLICT] + sums.event[d, kinds.BLOCKED]
        avoidances += sums.event[d, kinds.AVOIDANCE]
        late += sums.event[d, kinds.LATE_START]
    count[t, k.N_CONFLICTS] = conflicts
    count[t, k.N_AVOIDANCES] = avoidances
    count[t, k.N_LATE] = late
    count[t, k.N_ESCALATED] = sums.escalated[t]
    count[t, k.N_STARVED] = sums.by_cause[t, COLLAPSE]
    count[t, k.N_LEFT] = sums.left[t]
    count[t, k.N_ARRIVED] = sums.arrived[t]


@device
def share_of(part: int, whole: int) -> float:
    """``part / whole``; NaN, which reports leave out, where there was nothing."""
    return part / whole if whole > 0 else _NOTHING


@device
def has_tie(bonds: Bonds, row: int, t: int, now: int) -> bool:
    """Somebody means something to the agent: a tie stronger than 0.3."""
    for first in range(0, bonds.other.shape[1], 64):
        if strong_ties(bonds, row, t, now, _ABOVE_FORMED, first) != 0:
            return True
    return False


@rare
def census(kpi: F64, folk: Folk, bonds: Bonds, diary: Diary, t: int, now: int) -> None:
    """What is counted head by head; sums are integers, so rows may lie in any order."""
    capacity = folk.row_of.shape[0] // kpi.shape[0]
    length = now - diary.begun[0]
    living, content, tied, tenure = 0, 0, 0, 0
    shifts, punctual = int(diary.left_shifts[t]), int(diary.left_punctual[t])
    for s in range(t * capacity, (t + 1) * capacity):
        r = folk.row_of[s]
        if not folk.alive[r]:
            continue
        here = now - folk.arrived_at[r]
        minutes = min(length, here + 1)
        living += 1
        tenure += here
        shifts += folk.shifts[r]
        punctual += folk.punctual[r]
        if minutes > 0 and folk.content[r] >= CONTENT_SHARE * minutes:
            content += 1
        if has_tie(bonds, r, t, now):
            tied += 1
    kpi[t, k.SELF_SUFFICIENCY] = share_of(content, living)
    kpi[t, k.ATTENDANCE] = share_of(punctual, shifts)
    kpi[t, k.LATENESS] = share_of(diary.counted[t, k.N_LATE] - diary.start[t, k.N_LATE], shifts)
    kpi[t, k.TENURE] = share_of(tenure, living) / _DAY
    kpi[t, k.TIE_FORMATION] = share_of(tied, living)
    kpi[t, kpi.shape[1] - 1] = living


@rare
def mean_needs(kpi: F64, folk: Folk, diary: Diary, t: int) -> None:
    """Mean of the day's hourly samples; of this minute before the first full hour."""
    capacity = folk.row_of.shape[0] // kpi.shape[0]
    for n in range(folk.level.shape[1]):
        total, samples = diary.need_sum[t, n], diary.need_samples[t]
        if samples == 0:
            for s in range(t * capacity, (t + 1) * capacity):
                r = folk.row_of[s]
                if folk.alive[r]:
                    total += int(folk.level[r, n] * MILLIONTHS)
                    samples += 1
        kpi[t, k.FIRST_NEED + n] = share_of(total, samples) / MILLIONTHS


@kernel
def write_kpis(
    kpi: F64, folk: Folk, bonds: Bonds, sums: Sums, market: Market, diary: Diary, histogram: I32,
    longest: I32, treasury: I64, due: I64, tick: I64,
) -> None:  # fmt: skip
    """When ``due`` is 0 write the KPIs of the day that began at ``diary.begun``.

    Args:
        kpi: result, (town, kpi); order as :func:`townlet_components.metrics.kpi_names`.
        folk, bonds: the agents and their ties.
        sums: what others count.
        market: prices.
        diary: what is kept for the day; ``counted`` and the scratch are written.
        histogram, longest: waits granted since the day began, by district.
        treasury: thousandths, (town,).
        due: (1,): the minute of the day, or 0 when somebody asks.
        tick: (1,).
    """
    if due[0] != 0:
        return
    towns = kpi.shape[0]
    districts = histogram.shape[0] // towns
    capacity = folk.row_of.shape[0] // towns
    for t in range(towns):
        add_up(diary.counted, sums, t, districts)
        census(kpi, folk, bonds, diary, t, tick[0])
        mean_needs(kpi, folk, diary, t)
        conflicts = diary.counted[t, k.N_CONFLICTS] - diary.start[t, k.N_CONFLICTS]
        escalated = diary.counted[t, k.N_ESCALATED] - diary.start[t, k.N_ESCALATED]
        kpi[t, k.CONFLICTS] = conflicts
        kpi[t, k.ESCALATION] = share_of(escalated, conflicts)
        kpi[t, k.AVOIDANCES] = diary.counted[t, k.N_AVOIDANCES] - diary.start[t, k.N_AVOIDANCES]
        queue_waits(kpi, histogram, longest, diary.waits, t, districts)
        kpi[t, k.STARVATION_EXITS] = diary.counted[t, k.N_STARVED] - diary.start[t, k.N_STARVED]
        kpi[t, k.EXITS] = diary.counted[t, k.N_LEFT] - diary.start[t, k.N_LEFT]
        kpi[t, k.ARRIVALS] = diary.counted[t, k.N_ARRIVED] - diary.start[t, k.N_ARRIVED]
        count = sort_wallets(
            folk.money,
            folk.alive,
            folk.row_of,
            t * capacity,
            capacity,
            diary.wealth,
            diary.bucket[0],
        )
        kpi[t, k.GINI] = gini(diary.wealth, t * capacity, count)
        kpi[t, k.TREASURY_KPI] = treasury[t] / 1000.0
        kpi[t, k.PRICE_INDEX] = price_index(
            market.base, market.spike, market.factor, market.plan, market.plan_factor,
            market.place_kind, t,
        )  # fmt: skip
