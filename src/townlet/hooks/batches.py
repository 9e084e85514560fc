"""Batches: what hooks are called with. Arrays are read-only and as long as the batch.

The order is the same in every run: by town, then agent, then what else there is. ``town`` is a
town's place in this run's batch of towns; nothing should depend on it but which rows belong
together. Agents are slots, objects and places numbers within the town.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from townlet.ecs import F32, I8, I16, I32, Bool

B = TypeVar("B", bound="Batch")

#: Kinds of :attr:`Conflicts.kind`.
QUEUE_CONFLICT, WAITED_TOO_LONG = 0, 1
#: Utilities of :attr:`Outages.utility`.
UTILITIES = ("power", "water")
POWER, WATER = range(len(UTILITIES))


def mask_of(which: Any, count: int) -> Bool:
    """A mask (count,) from a mask, from indices, or from None for all.

    Raises:
        ValueError: a mask of another length, or an index out of range.
    """
    if which is None:
        return np.ones(count, bool)
    chosen = np.asarray(which)
    if chosen.dtype == bool:
        if chosen.shape not in ((), (count,)):
            raise ValueError(f"the mask has shape {chosen.shape}; the batch has {count} uses")
        return np.broadcast_to(chosen, (count,)).copy()
    mask = np.zeros(count, bool)
    if chosen.size:
        if chosen.dtype.kind not in "iu" or ((chosen < 0) | (chosen >= count)).any():
            raise ValueError(f"{which!r} are no indices of a batch of {count} uses")
        mask[chosen] = True
    return mask


@dataclass(frozen=True)
class Batch:
    """All of one kind that happened in a tick, in all towns.

    Attributes:
        town: int32 (n,).
    """

    town: I32

    def __post_init__(self) -> None:
        """Make the arrays read-only: hooks share them."""
        for name, value in vars(self).items():
            if not name.startswith("_"):
                value.flags.writeable = False

    def __len__(self) -> int:
        """How many."""
        return len(self.town)

    def part(self: B, mask: Bool) -> B:
        """Some of the batch, by a mask (n,); what is per town stays."""
        kept = {k: v if k == "dropped" else v[mask] for k, v in vars(self).items()}
        return replace(self, **kept)


@dataclass(frozen=True)
class Towns(Batch):
    """``on_tick``: every town, once."""


@dataclass(frozen=True)
class Starts(Batch):
    """``before``: uses about to start. Nothing is paid or taken yet.

    Attributes:
        agent: slot of the user, int32 (n,).
        object: int32 (n,); -1: what the agent carries.
        affordance: int16 (n,), index in ``world.affordances``.
        cancelled: hooks before this one have cancelled it, bool (n,).
    """

    agent: I32
    object: I32
    affordance: I16
    cancelled: Bool
    _wish: Bool

    @property
    def wish(self) -> Bool:
        """What this hook has cancelled so far, bool (n,)."""
        return self._wish

    def cancel(self, which: Any = None) -> None:
        """Let uses not start: nothing is paid, the object is free in the same tick.

        It takes effect when the hook has returned.

        Args:
            which: a mask (n,), or indices; None: all of them.

        Raises:
            ValueError: a mask of another length, or an index out of range.
        """
        self._wish[mask_of(which, len(self))] = True


@dataclass(frozen=True)
class Uses(Batch):
    """``after``: affordances that have finished; their effects are applied.

    Attributes:
        agent: int32 (n,).
        object: int32 (n,); -1: what the agent carries.
        affordance: int16 (n,).
        dropped: finishes of any affordance that found no room among the tick's events and
            are missing here, int32 (towns,).
    """

    agent: I32
    object: I32
    affordance: I16
    dropped: I32


@dataclass(frozen=True)
class Failures(Uses):
    """``fail``: affordances that did not start or broke off.

    Attributes:
        reason: int8 (n,), index in ``world.reasons``.
    """

    reason: I8


@dataclass(frozen=True)
class Spawns(Batch):
    """``on_spawn``: agents that entered, the first population in tick 1.

    Attributes:
        agent: int32 (n,).
        generation: int32 (n,), owners of the slot before.
    """

    agent: I32
    generation: I32


@dataclass(frozen=True)
class Exits(Batch):
    """``on_exit``: agents that left. What they were can still be read, and no longer changed.

    Attributes:
        agent: int32 (n,).
        cause: int8 (n,), index in ``world.causes``.
    """

    agent: I32
    cause: I8


@dataclass(frozen=True)
class Conflicts(Batch):
    """``on_conflict``: conflicts at objects.

    Attributes:
        agent: who caused it, int32 (n,): the holder who did not start, or who used it too long.
        other: who bore it, int32 (n,).
        object: int32 (n,).
        kind: QUEUE_CONFLICT or WAITED_TOO_LONG, int8 (n,).
        value: agents that waited, or ticks waited, int32 (n,).
        dropped: conflicts missing here for want of room, int32 (towns,).
    """

    agent: I32
    other: I32
    object: I32
    kind: I8
    value: I32
    dropped: I32


@dataclass(frozen=True)
class Needs(Batch):
    """``on_need_threshold``: needs that fell below their threshold, or became critical.

    Attributes:
        agent: int32 (n,).
        need: int8 (n,), index in ``world.needs``.
        level: float32 (n,).
        below: it fell below the level from which it is pursued, bool (n,).
        critical: it became critical, bool (n,).
    """

    agent: I32
    need: I8
    level: F32
    below: Bool
    critical: Bool


@dataclass(frozen=True)
class Prices(Batch):
    """``on_price_change``: a kind of price in a town, or the factor of one place, has changed.

    Attributes:
        place: int32 (n,); -1: the whole town.
        price: int8 (n,), index in ``world.prices``; -1: whatever the place sells.
        before, after: int32 (n,): a price in thousandths of money, spikes included, or, of one
            place, its factor in thousandths, 1000 for the town's price.
    """

    place: I32
    price: I8
    before: I32
    after: I32


@dataclass(frozen=True)
class Weathers(Batch):
    """``on_weather_change``.

    Attributes:
        before, after: int8 (n,), index in ``world.weathers``.
    """

    before: I8
    after: I8


@dataclass(frozen=True)
class Outages(Batch):
    """``on_outage``: power or water went out or came back.

    Attributes:
        utility: POWER or WATER, int8 (n,).
        out: it is out now, bool (n,).
    """

    utility: I8
    out: Bool
