"""Passes: what an environment does with every slot in every step, compiled.

When a tick has ended, its arrays are no longer in the caches: what a pass costs is what it reads
and writes (docs/design/0011-observations.md has what a tick moves). So there is one, on all
threads, and it writes into the arrays that the learner gets, instead of into some that are copied.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode

from townlet.ecs import F32, I8, I32, I64, Bool, kernel
from townlet.ecs.launch import Launch, LaunchList

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
Last = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.int8]]
#: Modes as :func:`settle` is told of them.
MODES = {AutoresetMode.NEXT_STEP: 0, AutoresetMode.SAME_STEP: 1, AutoresetMode.DISABLED: 2}
#: Ticks nobody lives to see: no episode is cut.
ENDLESS = 1 << 31


# A loop per result: the compiler makes vectors of those with few arrays only.
@kernel(over="slot", whole=("rules",))
def settle(
    rules: I64, live: Bool, total: F32, waits: Bool, tick: I32,
    reward: F32, length: I32, truncated: Bool, terminated: Bool, left: Bool, cause: I8,
) -> None:  # fmt: skip
    """Say what a tick has brought and whose episode is cut, as if nobody had left in it.

    Args:
        rules: number of the mode (``MODES``), and the tick at which episodes are cut, (2,).
        live: who lives now; total: of ``Rewards``; by slot.
        waits: who had no action in this tick; then, who has none in the next (NEXT_STEP).
        tick: of ``Episode``; 0 where an episode was cut.
        reward, length: results: total (DISABLED: 0 where nobody lives) and tick.
        truncated: result: whose episode was cut.
        terminated: result: DISABLED: where nobody lives; else nobody.
        left, cause: results: nobody, and 0.
    """
    slots, mode, most = live.shape[0], rules[0], rules[1]
    for k in range(slots):
        truncated[k] = (tick[k] >= most) & live[k] & (not waits[k])
    for k in range(slots):
        length[k] = tick[k]
    for k in range(slots):
        if truncated[k]:
            tick[k] = 0
    for k in range(slots):
        waits[k] = (mode == 0) & truncated[k]
    for k in range(slots):
        reward[k] = total[k]
    for k in range(slots):
        terminated[k] = (mode == 2) & (not live[k])
    for k in range(slots):
        if terminated[k]:
            reward[k] = 0
    for k in range(slots):
        left[k] = False
    for k in range(slots):
        cause[k] = 0


class Told(NamedTuple):
    """What a step tells of every slot; new arrays in every step, (slots,).

    Attributes:
        reward: of the tick, float32.
        length: episode tick of who has acted in it, int32.
        truncated: whose episode was cut, bool.
        terminated: whose episode has ended otherwise, as the mode counts it, bool.
        left: who has left, bool.
        cause: why; number of ``townlet_components.lifecycle.CAUSES``, int8; 0: it has not.
    """

    reward: npt.NDArray[np.float32]
    length: npt.NDArray[np.int32]
    truncated: Flags
    terminated: Flags
    left: Flags
    cause: npt.NDArray[np.int8]


_DTYPES = (np.float32, np.int32, np.bool_, np.bool_, np.bool_, np.int8)


class Settling:
    """:func:`settle`, bound to the arrays it reads; compiled when it is made.

    Args:
        mode: the mode.
        max_cycles: tick at which episodes are cut; None: none is.
        slots: ``live``, ``total``, ``waits`` and ``tick``; none ever moves.
        threads: how many share the slots; those of the simulation, whose tick is the last to have
            said how many numba may use.
    """

    def __init__(
        self,
        mode: AutoresetMode,
        max_cycles: int | None,
        slots: tuple[Flags, npt.NDArray[np.float32], Flags, npt.NDArray[np.int32]],
        threads: int,
    ) -> None:
        self._mode, self._waits, self._slots = mode, slots[2], len(slots[0])
        most = ENDLESS if max_cycles is None else min(max_cycles, ENDLESS)
        rules = np.array([MODES[mode], most], np.int64)
        launch = Launch(
            settle,  # type: ignore[arg-type]
            (rules, *slots, *self._blank()),
            lambda array: None if array is rules else "slot",
        )
        launch.compile()
        # Address and length of each array follow the number of rows; the results are the last.
        self._addresses = launch.context[1:].reshape(-1, 2)[-len(_DTYPES) :, 0]
        self._run = LaunchList([launch], threads, threads > 1)

    def _blank(self) -> Told:
        return Told._make(np.empty(self._slots, dtype) for dtype in _DTYPES)

    def __call__(self, rows: Rows, last: Last) -> Told:
        """Settle a tick.

        Args:
            rows: who has left in it.
            last: their rewards, episode ticks and causes.
        """
        told = self._blank()
        # Where results go is all that differs from one step to the next, so it is all that is
        # written anew; the launch reads nothing of the last step's arrays, which may be gone.
        self._addresses[:] = [array.__array_interface__["data"][0] for array in told]
        if not len(rows):
            self._run()
            return told
        # Who has left while it waited has been replaced: nothing has ended.
        ended = ~self._waits[rows]
        self._run()
        told.reward[rows], told.length[rows], told.cause[rows] = last
        told.left[rows] = True
        if self._mode is not AutoresetMode.DISABLED:
            told.terminated[rows] = ended
        if self._mode is AutoresetMode.NEXT_STEP:
            self._waits[rows] = ended
        return told
