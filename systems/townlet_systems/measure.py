"""Measuring: hourly means and the KPIs of a finished day. Derived: no system reads it."""

from townlet.ecs import F32, F64, I16, I32, I64, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.identity import Identity
from townlet_components.metrics import KPIS, Metrics
from townlet_components.needs import Needs
from townlet_components.queueing import QueueStats
from townlet_components.rows import Rows
from townlet_components.wallet import Treasury

_MILLIONTHS = 1_000_000
_FIRST_NEED = len(KPIS)
#: Share of the day's minutes with every need above 0.3 that makes an agent self-sufficient.
_CONTENT_SHARE = 0.95


@device
def percentile(histogram: I32, low: int, high: int, share: float) -> float:
    """Smallest wait that at least ``share`` of the grants of districts low..high did not exceed."""
    total = 0
    for d in range(low, high):
        for b in range(histogram.shape[1]):
            total += histogram[d, b]
    seen = 0
    for b in range(histogram.shape[1]):
        for d in range(low, high):
            seen += histogram[d, b]
        if total > 0 and seen >= share * total:
            return float(b)
    return 0.0


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
                hour_sum[town[r], n] += int(level[r, n] * _MILLIONTHS)
    for t in range(samples.shape[0]):
        samples[t] += hour_count[t]
        for n in range(level.shape[1]):
            need_sum[t, n] += hour_sum[t, n]
            hour_mean[t, n] = hour_sum[t, n] / max(hour_count[t], 1) / _MILLIONTHS


@kernel
def close_day(
    kpi: F64,
    need_sum: I64,
    samples: I64,
    content: I16,
    spells: I16,
    alive: Bool,
    town: I32,
    histogram: I32,
    longest: I32,
    treasury: I64,
    minute: I64,
    tick: I64,
) -> None:
    """At midnight write the day's KPIs and start counting anew.

    Args:
        kpi: result, (town, kpi); order as ``KPIS``, then mean needs.
        need_sum, samples: sums of the hourly samples.
        content, spells: counters by row.
        alive, town: by row.
        histogram, longest: waits by district.
        treasury: thousandths by town.
        minute, tick: (1,).
    """
    if minute[0] != 0:
        return
    towns = kpi.shape[0]
    districts = histogram.shape[0] // towns
    length = min(1440, tick[0])
    for t in range(towns):
        low, high = t * districts, (t + 1) * districts
        kpi[t, 0] = 0
        kpi[t, 1] = percentile(histogram, low, high, 0.5)
        kpi[t, 2] = percentile(histogram, low, high, 0.95)
        kpi[t, 3] = 0
        for d in range(low, high):
            kpi[t, 3] = max(kpi[t, 3], longest[d])
            longest[d] = 0
            for b in range(histogram.shape[1]):
                histogram[d, b] = 0
        kpi[t, 4] = 0
        kpi[t, 5] = 0
        kpi[t, 6] = treasury[t] / 1000.0
        for n in range(need_sum.shape[1]):
            kpi[t, _FIRST_NEED + n] = need_sum[t, n] / max(samples[t], 1) / _MILLIONTHS
            need_sum[t, n] = 0
        samples[t] = 0
    for r in range(alive.shape[0]):
        if alive[r]:
            kpi[town[r], 5] += 1
            kpi[town[r], 4] += spells[r]
            if content[r] >= _CONTENT_SHARE * length:
                kpi[town[r], 0] += 1
        content[r] = 0
        spells[r] = 0
    for t in range(towns):
        kpi[t, 0] /= max(kpi[t, 5], 1.0)


@system(phase=Phase.REPORT)
def measure_town(
    metrics: Write[Metrics],
    needs: Write[Needs],
    identity: Read[Identity],
    rows: Read[Rows],
    stats: Write[QueueStats],
    treasury: Read[Treasury],
    clock: Read[Clock],
) -> None:
    """Full hours are sampled; at midnight the day's KPIs are written."""
    sample_needs(
        needs.level,
        identity.alive,
        rows.town,
        metrics.need_sum,
        metrics.need_samples,
        metrics.hour_mean,
        metrics.hour_sum,
        metrics.hour_count,
        clock.minute,
    )
    close_day(
        metrics.kpi,
        metrics.need_sum,
        metrics.need_samples,
        needs.content,
        needs.spells,
        identity.alive,
        rows.town,
        stats.histogram,
        stats.longest,
        treasury.money,
        clock.minute,
        clock.tick,
    )
