"""Rewind: go back to a moment of a replay, without building anything again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from townlet.ecs.schema import Kind

if TYPE_CHECKING:
    from townlet.replay.player import Player


class Rewind:
    """Remembers a moment of a player: the end of a tick, before the orders that follow.

    Args:
        player: where it is now, is where :meth:`back` leads.
    """

    def __init__(self, player: Player) -> None:
        self.player, self._step, self._tick = player, player.step, player.sim.tick
        store = player.sim.store
        # Rules and the map stay, unless they are read again or the town begins anew.
        changing = any(o.name in ("reload", "restart") for o in player.recording.orders)
        self._kept = [
            (array, array.copy())
            for spec in store.specs()
            if changing or spec.kind is not Kind.STATIC
            for array in (store.column(f"{spec.name}.{col.name}") for col in spec.columns)
        ]

    def back(self) -> Player:
        """Go back; returns the player."""
        for array, copy in self._kept:
            np.copyto(array, copy)
        self.player.sim.tick, self.player.step = self._tick, self._step
        return self.player
