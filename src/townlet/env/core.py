"""What both faces of an environment share: towns with a learner in them, tick by tick.

Everything here is an array by slot, ``town * capacity + slot``; nothing loops over agents.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode

from townlet.config import SimulationConfig, load_config
from townlet.counts import whole_seed
from townlet.ecs import Phase
from townlet.ecs.runtime import Step
from townlet.env.passes import Settling, Told
from townlet.env.turnover import Turnover
from townlet.errors import UserError
from townlet.learner import Learner, Maps, Precision, Variant
from townlet.orders import LEVELS
from townlet.setup.cast import population_of
from townlet.simulation import Simulation
from townlet.suggest import nearest
from townlet_components.episode import Episode
from townlet_components.identity import Departures, Identity
from townlet_components.masks import Masks
from townlet_components.rewards import RewardMemory, RewardRules, Rewards

Parts = tuple[str, ...]
#: An array, or arrays by part.
Observations: TypeAlias = Any
#: Parts an observation has.
PARTS = ("map", "features")
_MASK = "mask"


class EnvCore:
    """A batch of towns, stepped with actions; makes observations, rewards and masks.

    Args:
        config: a path or a loaded config; None: Townlet's defaults.
        towns: towns in the batch; town k of a reset with seed S is town S + k.
        agents: agents per town instead of ``world.agents``; a town has as many slots.
        mode: who comes after whom, and when; see :class:`townlet.env.turnover.Turnover`.
        max_cycles: episode tick an agent's episode is cut at; None: none is.
        level: ``"option"`` or ``"primitive"``; None: ``policy_runtime.action_level``.
        observations, precision, maps: see :class:`townlet.learner.Learner`; the variant is
            ``features.systems.observations`` unless given.
        parts: ``"map"``, ``"features"`` or both.
        buffers: 1: observations and masks are the engine's own buffers, overwritten by the next
            step; k: copies in turn, so that they last for k steps; 0: new arrays every step.
        seed: of the first reset that names none; None: the config's.
        options: what :meth:`Simulation.from_config` takes besides: ``overrides``, ``threads``,
            ``policy`` and others.

    Attributes:
        sim: the simulation.
        level: what actions are.
        slots: of all towns.
        actions: how many there are to choose from.
        told: what is to be told of the last tick; new arrays in every step.
        left: whose agent has left in the last tick, bool (slots,).
        waits: who waits in the next step, as NEXT_STEP has it, bool (slots,).
        mask: open actions of the tick to come, int8 (slots, actions); the engine's, or a copy
            that lasts as long as observations do.
        fresh: observations are new arrays every step.
        live: somebody lives in the slot, bool (slots,); a view.
        generation: owners the slot has had before, int32 (slots,); a view.
        turnover: who comes after whom.

    Raises:
        UserError: the config or an argument is wrong; a sentence.
    """

    def __init__(
        self,
        config: str | Path | SimulationConfig | None = None,
        towns: int = 1,
        *,
        agents: int | None = None,
        mode: AutoresetMode = AutoresetMode.NEXT_STEP,
        max_cycles: int | None = None,
        level: str | None = None,
        observations: Variant | None = None,
        precision: Precision = "float32",
        maps: Maps = "float",
        parts: Parts | str = PARTS,
        buffers: int = 1,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        model = learning_config(config, agents)
        self.level = checked_level(level or model.policy_runtime.action_level)
        self.max_cycles = None if max_cycles is None else checked_cycles(max_cycles)
        self.parts = _checked_parts(parts)
        variant = observations or model.features.systems.observations
        learner = Learner(True, variant, precision, maps)
        self.sim = Simulation.from_config(
            model, towns, seed, agents, learner=learner, steps=(self._step(),), **options
        )
        store, self.slots = self.sim.store, towns * self.sim.capacity
        self.turnover = Turnover(self.sim, mode)
        self._rewards = store.read(Rewards).total
        limited = bool(np.isfinite(store.read(RewardRules).episode_clip).any())
        self._earned = store.write(RewardMemory).episode if limited else None
        self._reason = store.read(Departures).reason
        self._episode = store.read(Episode).tick
        self.live = store.read(Identity).alive
        self.generation = store.read(Identity).generation
        masks: npt.NDArray[np.bool_] = getattr(store.read(Masks), self.level)
        self._mask: npt.NDArray[np.int8] = masks.view(np.int8)
        self.actions = masks.shape[1]
        self.left, self.waits, self._nobody = np.zeros((3, self.slots), np.bool_)
        self._leavers: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._keep_last()
        tick, threads = store.write(Episode).tick, self.sim.threading.threads
        arrays = (self.live, self._rewards, self.waits, tick)
        self._settle = Settling(mode, self.max_cycles, arrays, threads)
        self.told: Told
        view = self.sim.observation()
        self.buffer = {part: getattr(view, part) for part in self.parts}
        self._copies = _copies(self.buffer | {_MASK: self._mask}, buffers)
        self.fresh = buffers == 0
        self._shown: dict[str, npt.NDArray[Any]] = {}
        self._turn = 0

    def _step(self) -> Step:
        """What is noted within a tick, when all has been scored."""
        # esper's worlds are global and would keep whatever a step holds for ever.
        note: Callable[[], Callable[[], None] | None] = weakref.WeakMethod(self._note)

        def run() -> None:
            call = note()
            if call is not None:
                call()

        return Step("note_turnover", run, Phase.OBSERVE, first=True)

    def _note(self) -> None:
        """Who leaves, and what is to be told of them: their rows are empty when the tick ends."""
        if len(self._leavers):
            self.left[self._leavers] = False
            self._leavers = self._leavers[:0]
        if self.turnover.somebody_left:
            self._leavers = np.flatnonzero((self._reason != 0) & ~self.live)
            self.left[self._leavers] = True
            self._keep_last()
            self.turnover.within(self.left)

    def _keep_last(self) -> None:
        rows = self._leavers
        self._last = (self._rewards[rows], self._episode[rows], self._reason[rows])

    # -- time --------------------------------------------------------------------------------

    def reset(self, seed: int | None = None) -> None:
        """Start over: everybody arrives, and has not decided anything.

        Args:
            seed: of town 0; None: the first time the one given at the start, later on the one after
                those in use, so that no town is played twice.

        Raises:
            UserError: a seed that is no whole number from 0.
        """
        seed = None if seed is None else whole_seed(seed)
        if self.sim.tick > 0 or (seed is not None and seed != self.sim.seed):
            self.sim.restart(self.sim.seed + self.sim.towns if seed is None else seed)
        self.step(None, ~self._nobody)

    def refuse_unborn(self) -> None:
        """Before the first reset nobody has arrived: there is nobody whose action it could be.

        Raises:
            ResetNeeded: it is so.
        """
        if self.sim.tick == 0:
            raise ResetNeeded("call reset() first: nobody lives in the towns yet")

    def step(
        self, actions: npt.NDArray[np.int32] | None, waits: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """Run a tick.

        Args:
            actions: int (slots,); see :meth:`Simulation.step`.
            waits: who waits whatever its action, and has no reward for it, bool (slots,).

        Raises:
            UserError: a wrong shape or an action out of range.
        """
        waits = self._nobody if waits is None else waits
        self.sim.step(actions, self.level, waits)
        if waits is not self.waits:
            np.copyto(self.waits, waits)
        waiting = np.flatnonzero(waits) if np.count_nonzero(waits) else np.zeros(0, np.int64)
        if self._earned is not None:  # who waits gets nothing, and nothing counts toward the limit
            self._earned[waiting] -= self._rewards[waiting]
        self.turnover.after()
        self.told = self._settle(self._leavers, self._last)
        self.told.reward[waiting] = 0
        self.sim.masks(self.level)
        self._turn += 1
        self._shown = {}

    def replace(self, slots: npt.NDArray[np.bool_]) -> None:
        """Let newcomers enter some slots now, between two ticks; who lives there leaves quietly."""
        self.turnover.replace(slots)
        self.sim.masks(self.level)
        self._shown = {}

    # -- looking -----------------------------------------------------------------------------

    def observations(self) -> Observations:
        """Observations of the last tick; by part where there are two, else the array."""
        shown = self._show()
        return packed({part: shown[part] for part in self.parts})

    @property
    def mask(self) -> npt.NDArray[np.int8]:
        """Open actions of the tick to come, int8 (slots, actions)."""
        mask: npt.NDArray[np.int8] = self._show()[_MASK]
        return mask

    def _show(self) -> dict[str, npt.NDArray[Any]]:
        """The generation of observations and masks that learners get now."""
        if not self._shown:
            buffer = self.buffer | {_MASK: self._mask}
            if self.fresh:
                self._shown = {name: array.copy() for name, array in buffer.items()}
            elif self._copies:
                self._shown = self._copies[self._turn % len(self._copies)]
                for name, array in self._shown.items():
                    np.copyto(array, buffer[name])
            else:
                self._shown = buffer
        return self._shown


def packed(parts: dict[str, npt.NDArray[Any]]) -> Observations:
    """A single part alone, or all of them by name."""
    return next(iter(parts.values())) if len(parts) == 1 else dict(parts)


def learning_config(
    config: str | Path | SimulationConfig | None, agents: int | None
) -> SimulationConfig:
    """The config of a town for learners: a slot per agent, and nobody keeps one waiting (SPEC §9).

    Raises:
        UserError: the config cannot be used.
    """
    if config is None:
        config = SimulationConfig()
    model = config if isinstance(config, SimulationConfig) else load_config(Path(config))
    keys = {
        "world.agents": (count := population_of(model, agents)),
        "world.capacity": count,
        "lifecycle.respawn_delay_ticks": 0,
    }
    return model.with_overrides(keys)


def checked_level(level: str) -> str:
    """The level, if there is one of this name."""
    if level not in LEVELS:
        raise UserError(f"unknown action level {level!r}{nearest(level, LEVELS)}")
    return level


def checked_cycles(max_cycles: int) -> int:
    """The length of an episode, if it is one.

    Raises:
        UserError: it is no whole number from 1.
    """
    if not isinstance(max_cycles, (int, np.integer)) or max_cycles < 1:
        raise UserError(f"max_cycles is {max_cycles!r}; it must be a whole number, at least 1")
    return int(max_cycles)


def _checked_parts(parts: Parts | str) -> Parts:
    asked = (parts,) if isinstance(parts, str) else tuple(parts)
    for part in asked:
        if part not in PARTS:
            raise UserError(f"unknown part of an observation {part!r}{nearest(part, PARTS)}")
    if not asked:
        raise UserError("parts is empty; an observation has 'map', 'features' or both")
    return tuple(part for part in PARTS if part in asked)


def _copies(buffer: dict[str, npt.NDArray[Any]], count: int) -> list[dict[str, npt.NDArray[Any]]]:
    if not isinstance(count, (int, np.integer)) or not 0 <= count <= 64:
        raise UserError(f"buffers is {count!r}; it must be a whole number between 0 and 64")
    return [
        {part: np.zeros(array.shape, array.dtype) for part, array in buffer.items()}
        for _ in range(count if count > 1 else 0)
    ]
