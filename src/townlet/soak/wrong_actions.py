"""Wrong actions: what is no action is refused with a sentence and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from townlet.errors import UserError
from townlet.invariants import Finding
from townlet.soak.fault import Fault, When

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def wrong_actions(slots: int, limit: int) -> dict[str, tuple[Any, str]]:
    """Actions that are none, by what is wrong with them, with the level they are given at.

    Args:
        slots: actions of a tick.
        limit: options there are.
    """
    idle = np.full(slots, -1, np.int32)
    beyond, below = idle.copy(), idle.copy()
    beyond[slots // 2], below[slots - 1] = limit, -2
    return {
        "NaN": (np.full(slots, np.nan), "option"),
        "floats": (np.zeros(slots, np.float32), "primitive"),
        "infinite": (np.full(slots, np.inf), "option"),
        "too large": (beyond, "option"),
        "huge": (np.full(slots, np.iinfo(np.int64).max), "primitive"),
        "negative": (below, "option"),
        "one too few": (idle[:-1], "option"),
        "in two dimensions": (idle[None], "option"),
        "truth values": (np.zeros(slots, np.bool_), "option"),
        "of no level": (idle, "thought"),
        "words": (np.full(slots, "wait"), "option"),
    }


class WrongActions(Fault):
    """NaN, out of range, wrong shape, wrong type, wrong level."""

    name: ClassVar[str] = "actions"
    doc: ClassVar[str] = "NaN, out-of-range and misshapen actions, which must change nothing"

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def strike(self, sim: Simulation, when: When) -> str:
        """Give every wrong action; each has to be refused."""
        before, tick = sim.hash(), sim.tick
        wrong = wrong_actions(sim.towns * sim.capacity, len(sim.blueprint.option_names))
        for what, (actions, level) in wrong.items():
            try:
                sim.step(actions, level=level)
            except UserError as refusal:
                if str(refusal).strip():
                    continue
                self._tell(f"actions that are {what} were refused without a word")
            except Exception as error:
                self._tell(f"actions that are {what} raised {type(error).__name__}: {error}")
            else:
                self._tell(f"actions that are {what} were taken")
        if (sim.tick, sim.hash()) != (tick, before):
            self._tell("actions that were refused have changed the town")
        return f"{len(wrong)} kinds of wrong actions given"

    def after(self, sim: Simulation, when: When) -> Iterator[Finding]:
        """What was not refused as it should."""
        found, self._found = self._found, []
        return iter(found)

    def _tell(self, sentence: str) -> None:
        self._found.append(Finding(sentence, "town", tuple(range(1)), 1))
