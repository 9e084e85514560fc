"""The witness: what has to be noted within a tick, before it is gone when the tick ends."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs import Phase, Store
from townlet.ecs.runtime import Step
from townlet.policy import policy_systems
from townlet_components.activity import Activity
from townlet_components.identity import Departures
from townlet_components.intent import Intent

#: The systems right before a policy's, and the one that makes primitives of options.
_BEFORE_POLICY, _CONTROLLERS = "follow_scripts", "pursue_options"


class Witness:
    """Notes what agents chose and why they left, by row; it changes nothing.

    Args:
        policy: name of the town's policy.

    Attributes:
        option: options after the policy has decided, int8 (rows,).
        primitive: primitives as the options' controllers emit them, int16 (rows,).
        decided: whose option the policy chose in this tick, bool (rows,). Going on with what is
            running is no choice.
        cause: why it leaves in this tick; number of ``townlet_components.lifecycle.CAUSES``, int8
            (rows,).
    """

    option: npt.NDArray[np.int8]
    primitive: npt.NDArray[np.int16]
    decided: npt.NDArray[np.bool_]
    cause: npt.NDArray[np.int8]

    def __init__(self, policy: str) -> None:
        self._last = policy_systems(policy)[-1].name

    def steps(self) -> tuple[Step, ...]:
        """Where in a tick it looks."""
        look, decide = Phase.DECIDE, _softly(self._note_choices)
        return (
            Step("note_plans", _softly(self._note_plans), look, after=_BEFORE_POLICY),
            Step("note_choices", decide, look, after=self._last),
            Step("note_primitives", _softly(self._note_primitives), Phase.ACT, after=_CONTROLLERS),
            Step("note_causes", _softly(self._note_causes), Phase.OBSERVE, first=True),
        )

    def bind(self, store: Store) -> None:
        """Take the arrays of the store that the steps run in."""
        self._intent, self._running = store.read(Intent), store.read(Activity).affordance
        self._reason = store.read(Departures).reason
        intent = self._intent
        self.option, self.primitive = intent.option.copy(), intent.primitive.copy()
        self.cause, self._wake = self._reason.copy(), intent.wake.copy()
        self._was = self.option.copy()
        self.decided = np.zeros(len(self.option), np.bool_)

    def _note_plans(self) -> None:
        """Before the policy decides."""
        np.copyto(self._wake, self._intent.wake)
        np.copyto(self._was, self._intent.option)

    def _note_choices(self) -> None:
        """Whoever chooses commits itself, so that it wakes later."""
        np.copyto(self.option, self._intent.option)
        np.greater(self._intent.wake, self._wake, out=self.decided)
        goes_on = (self._running >= 0) & (self.option == self._was)
        np.greater(self.decided, goes_on, out=self.decided)

    def _note_primitives(self) -> None:
        """Before guardrails turn some into wait."""
        np.copyto(self.primitive, self._intent.primitive)

    def _note_causes(self) -> None:
        """Before the rows of those who leave are empty."""
        np.copyto(self.cause, self._reason)


def _softly(method: Callable[[], None]) -> Callable[[], None]:
    """A method that can be called without keeping its object."""
    # esper's worlds are global and would keep whatever a step holds for ever.
    note: Any = weakref.WeakMethod(method)

    def run() -> None:
        call = note()
        if call is not None:
            call()

    return run
