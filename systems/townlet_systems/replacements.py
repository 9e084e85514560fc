"""Replacements: who comes in this tick - replacements on their way, and whom operators sent for."""

from townlet.ecs import I32, I64, Bool, Phase, Read, Write, kernel, system
from townlet_components.clock import Clock
from townlet_components.identity import Arrivals, Newcomers
from townlet_components.lifecycle import Replacements
from townlet_components.rows import Rows

#: No replacement is on its way.
NEVER = 2_000_000_000


@kernel
def call_in(
    at: I32, next: I32, due: Bool, pending: I32, count: I32, slot: I32, row_of: I32, tick: I64
) -> None:
    """List who comes in this tick, in slot order.

    Args:
        at: tick of each slot's replacement, -1 none, by row.
        next: earliest of them, (town,).
        due: slots that somebody was sent for, by row.
        pending: how many of them, (town,).
        count, slot: the result, (town,) and a stretch of slots per town.
        row_of: row of each slot.
        tick: (1,).
    """
    towns = count.shape[0]
    capacity = row_of.shape[0] // towns
    for t in range(towns):
        count[t] = 0
        if pending[t] == 0 and next[t] > tick[0]:
            continue
        pending[t] = 0
        next[t] = NEVER
        first, n = t * capacity, 0
        for s in range(capacity):
            r = row_of[first + s]
            if due[r] or 0 <= at[r] <= tick[0]:
                due[r], at[r] = False, -1
                slot[first + n] = s
                n += 1
            elif at[r] >= 0:
                next[t] = min(next[t], at[r])
        count[t] = n


@system(phase=Phase.ARRIVE)
def call_replacements(
    replacements: Write[Replacements],
    arrivals: Write[Arrivals],
    newcomers: Write[Newcomers],
    rows: Read[Rows],
    clock: Read[Clock],
) -> None:
    """Replacements that are due come, and those whom operators sent for."""
    call_in(
        replacements.at,
        replacements.next,
        arrivals.due,
        arrivals.pending,
        newcomers.count,
        newcomers.slot,
        rows.row_of,
        clock.tick,
    )
