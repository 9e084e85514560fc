"""What a step tells of every slot, against a loop over the slots that says it word by word."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt
import pytest
from gymnasium.vector import AutoresetMode

from townlet.env.passes import Settling, Told

SLOTS, MOST = 203, 7


class Town:
    """Random arrays after a tick; ``rows`` have left in it, and some of their rows live again."""

    def __init__(self, luck: np.random.Generator, leavers: int) -> None:
        self.live = luck.random(SLOTS) < 0.7
        self.waits = luck.random(SLOTS) < 0.2
        self.total = luck.normal(size=SLOTS).astype(np.float32)
        self.tick = luck.integers(0, 2 * MOST, SLOTS).astype(np.int32)
        self.rows = np.sort(luck.choice(SLOTS, leavers, replace=False))
        self.tick[self.rows] = 0
        self.last = (
            luck.normal(size=leavers).astype(np.float32),
            luck.integers(1, 9, leavers).astype(np.int32),
            luck.integers(1, 5, leavers).astype(np.int8),
        )

    def slow(self, mode: AutoresetMode, most: int | None) -> list[tuple[object, ...]]:
        """By slot: what is told, and the episode tick and who waits afterwards."""
        gone = {int(row): k for k, row in enumerate(self.rows)}
        found: list[tuple[object, ...]] = []
        for k in range(SLOTS):
            live, waits, tick = bool(self.live[k]), bool(self.waits[k]), int(self.tick[k])
            cut = most is not None and tick >= most and live and not waits
            reward, length, cause = float(self.total[k]), tick, 0
            ended = False
            if k in gone:
                reward, length, cause = (each[gone[k]].item() for each in self.last)
                ended = not waits
            if mode is AutoresetMode.DISABLED:
                ended = not live
                reward = 0.0 if ended and k not in gone else reward
            rests = mode is AutoresetMode.NEXT_STEP and (cut or ended)
            told = reward, length, cut, ended, k in gone, cause
            found.append((*told, 0 if cut else tick, rests))
        return found


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("most", [MOST, None])
@pytest.mark.parametrize("mode", AutoresetMode)
def test_a_step_is_settled_as_slot_by_slot(
    mode: AutoresetMode, most: int | None, threads: int
) -> None:
    if threads > numba.config.NUMBA_NUM_THREADS:  # type: ignore[attr-defined]
        pytest.skip("one thread here")
    luck = np.random.default_rng(5)
    town = Town(luck, 0)
    settling = Settling(mode, most, (town.live, town.total, town.waits, town.tick), threads)
    before: list[tuple[Told, list[bytes]]] = []
    for leavers in (0, 9, 1, 0, SLOTS):
        new = Town(luck, leavers)
        if mode is AutoresetMode.DISABLED:
            new.live[new.rows] = False  # nobody comes
        for name in ("live", "total", "waits", "tick"):
            array: npt.NDArray[np.generic] = getattr(town, name)
            array[:] = getattr(new, name)
        expected = new.slow(mode, most)
        told = settling(new.rows, new.last)
        arrays = (*told, town.tick, town.waits)
        assert list(zip(*(a.tolist() for a in arrays), strict=True)) == expected
        before.append((told, [a.tobytes() for a in told]))
    for told, values in before:  # later steps leave them alone
        assert [a.tobytes() for a in told] == values


def test_an_episode_may_be_longer_than_any_tick() -> None:
    arrays = Town(np.random.default_rng(1), 0)
    slots = (arrays.live, arrays.total, arrays.waits, arrays.tick)
    told = Settling(AutoresetMode.SAME_STEP, 10**20, slots, 1)(arrays.rows, arrays.last)
    assert not told.truncated.any()
