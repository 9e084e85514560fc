"""Vacating: when the tick ends, the rows of the departed become empty rows like any other."""

from townlet.ecs import F32, I8, I16, I32, U8, U32, Bool, Phase, Read, Write, kernel, system
from townlet_components.embedding import Embedding
from townlet_components.episode import Episode
from townlet_components.home import Home
from townlet_components.identity import Departures, Identity
from townlet_components.intent import Intent, Orders
from townlet_components.inventory import Inventory
from townlet_components.last_action import LastAction
from townlet_components.needs import Needs
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace
from townlet_components.rows import Rows


@kernel
def vacate(
    reason: I8,
    pending: I32,
    row_of: I32,
    district: I32,
    tile: I16,
    tries: I8,
    ghost_steps: U32,
    home: I32,
    level: F32,
    starving: I16,
    content: I16,
    spells: I16,
    carried: I16,
    profile: I8,
    trait: F32,
    option: I8,
    target: I32,
    plan: I16,
    wake: I32,
    primitive: I16,
    wish: I32,
    given_option: I16,
    given_primitive: I16,
    possessed: Bool,
    guard: U8,
    masked: I32,
    guarded: I32,
    cool_object: I32,
    cool_until: I32,
    done: I16,
    success: Bool,
    duration: I16,
    episode: I32,
    reset: Bool,
    embedding: I32,
    name: I32,
) -> None:
    """Reset every column of a departed agent's row but its generation; columns by row."""
    towns = pending.shape[0]
    capacity = row_of.shape[0] // towns
    for t in range(towns):
        if pending[t] == 0:
            continue
        pending[t] = 0
        for s in range(capacity):
            r = row_of[t * capacity + s]
            if reason[r] == 0:
                continue
            reason[r] = 0
            district[r], tile[r], tries[r], ghost_steps[r], home[r] = 0, 0, 0, 0, -1
            level[r], carried[r], trait[r] = 1, 0, 0
            starving[r], content[r], spells[r], profile[r] = 0, 0, 0, 0
            option[r], target[r], plan[r], wake[r], primitive[r], wish[r] = 0, -1, -1, 0, 0, -1
            given_option[r], given_primitive[r], possessed[r], guard[r] = -1, -1, False, 0
            masked[r], guarded[r], cool_object[r], cool_until[r] = 0, 0, -1, 0
            done[r], success[r], duration[r] = 0, False, 0
            episode[r], reset[r], embedding[r], name[r] = 0, True, -1, -1


@system(phase=Phase.REPORT, after=["measure_town"])
def vacate_rows(
    departures: Write[Departures],
    rows: Read[Rows],
    position: Write[Position],
    home: Write[Home],
    needs: Write[Needs],
    inventory: Write[Inventory],
    personality: Write[Personality],
    intent: Write[Intent],
    orders: Write[Orders],
    queue: Write[QueuePlace],
    last: Write[LastAction],
    episode: Write[Episode],
    embedding: Write[Embedding],
    identity: Write[Identity],
) -> None:
    """The rows of those who left become vacant."""
    vacate(
        departures.reason,
        departures.pending,
        rows.row_of,
        position.district,
        position.tile,
        position.tries,
        position.ghost_steps,
        home.place,
        needs.level,
        needs.starving,
        needs.content,
        needs.spells,
        inventory.count,
        personality.profile,
        personality.trait,
        intent.option,
        intent.target,
        intent.affordance,
        intent.wake,
        intent.primitive,
        intent.object,
        orders.option,
        orders.primitive,
        orders.possessed,
        orders.guard,
        orders.masked,
        orders.guarded,
        queue.cool_object,
        queue.cool_until,
        last.primitive,
        last.success,
        last.duration,
        episode.tick,
        episode.context_reset,
        embedding.slot,
        identity.name,
    )
