"""Gymnasium: a batch of towns as a vector environment, one sub-environment per slot."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from townlet.config import SimulationConfig
from townlet.counts import whole_seed
from townlet.env.core import EnvCore, Observations, learning_config, packed
from townlet.env.passes import Flags, Told
from townlet.env.pictures import RENDER_MODES, checked_mode, frame
from townlet.env.spaces import observation_space
from townlet.errors import UserError

Step = tuple[Observations, npt.NDArray[np.float32], Flags, Flags, dict[str, Any]]


class TownVectorEnv(VectorEnv[Any, Any, Any]):
    """Towns × slots agents, each a sub-environment; an episode is a citizen's (SPEC §15).

    It terminates when the citizen leaves town, and is truncated at ``max_cycles`` of its own
    episode tick; the citizen then stays and begins another. ``reset`` runs the tick in which
    everybody arrives. What happens to a slot whose episode has ended depends on
    ``autoreset_mode``:

    - ``NEXT_STEP`` (default): in the next step its action is ignored and its reward is 0: a
      newcomer arrives, or the citizen waits;
    - ``SAME_STEP``: the observation is the newcomer's, or still the citizen's, and the last one is
      in ``infos["final_obs"]``, what belongs to it in ``infos["final_info"]``;
    - ``DISABLED``: it stays as it is, empty or lived in, until ``reset(options={"reset_mask": m})``
      lets a newcomer in; a citizen who lives there leaves quietly.

    Observations are the engine's own buffers, without a copy: the next step overwrites them
    (``buffers=2`` keeps those of the step before, ``buffers=0`` makes new arrays; masks go along).
    Rewards, terminations and truncations are new. Infos are arrays: ``action_mask`` (int8, open
    actions of the next step), ``live`` (somebody lives in the slot), ``generation``,
    ``episode_tick`` and, for those who left, ``cause`` (number of
    ``townlet_components.lifecycle.CAUSES``). An action of -1 lets the town's policy decide.

    Args:
        config: a path or a loaded config; None: Townlet's defaults.
        towns: towns of the batch; None: as many as ``num_envs`` needs, or one. Town k of a reset
            with seed S is the town of seed S + k.
        num_envs: towns × agents, if given; for ``gymnasium.make_vec``, where 1 means "not given".
        max_cycles: see above; None: no episode is truncated.
        autoreset_mode: a mode or its name.
        render_mode: None, ``"human"``, ``"ansi"`` or ``"rgb_array"``.
        options: what :class:`townlet.env.core.EnvCore` takes besides: ``agents``, ``level``,
            ``observations``, ``precision``, ``maps``, ``parts``, ``buffers``, ``seed``,
            ``overrides``, ``threads`` and others.

    Raises:
        UserError: the config or an argument is wrong; a sentence.
    """

    def __init__(
        self,
        config: str | Path | SimulationConfig | None = None,
        towns: int | None = None,
        *,
        num_envs: int | None = None,
        max_cycles: int | None = 1440,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        self.autoreset_mode = _mode(autoreset_mode)
        self.render_mode = checked_mode(render_mode)
        self.metadata = {"autoreset_mode": self.autoreset_mode, "render_modes": list(RENDER_MODES)}
        model = learning_config(config, options.get("agents"))
        towns = _towns(towns, num_envs, model.world.capacity or 1)
        mode = self.autoreset_mode
        self.core = EnvCore(model, towns, mode=mode, max_cycles=max_cycles, **options)
        self.num_envs = self.core.slots
        self.single_observation_space = observation_space(self.core)
        self.single_action_space = spaces.Discrete(self.core.actions)
        self.core.turnover.at_once = self.core.waits
        self._every = np.ones(self.num_envs, bool)

    @cached_property
    def observation_space(self) -> spaces.Space[Any]:  # type: ignore[override]
        """Space of a batch; made when it is asked for, as its bounds are as large as a batch."""
        return batch_space(self.single_observation_space, self.num_envs)

    @cached_property
    def action_space(self) -> spaces.Space[Any]:  # type: ignore[override]
        """Space of a batch of actions."""
        return batch_space(self.single_action_space, self.num_envs)

    @property
    def sim(self) -> Any:
        """The simulation."""
        return self.core.sim

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, Any]]:
        """Start over, or let newcomers into some slots.

        Args:
            seed: of town 0; None: the next towns, see :meth:`EnvCore.reset`.
            options: ``reset_mask``, bool (num_envs,): only these slots; the seed does not count.

        Raises:
            UserError: a seed that is no whole number from 0.
            TypeError, ValueError: a mask of another type or shape, or of nobody.
            ResetNeeded: a mask before the first reset.
        """
        if options is not None and "reset_mask" in options:
            self.core.refuse_unborn()
            mask = self._checked_mask(options["reset_mask"])
            self.core.replace(mask)
            self.core.waits[mask] = False
            # What the step before has told is as it was, in the arrays that the learner has.
            return self.core.observations(), self._infos(self.core.told)
        seed = None if seed is None else whole_seed(seed)
        self.core.reset(seed)
        super().reset(seed=seed)
        return self.core.observations(), self._infos(self.core.told)

    def step(self, actions: npt.NDArray[np.int32]) -> Step:
        """One tick of all towns.

        Args:
            actions: int (num_envs,).

        Returns:
            Observations, rewards, terminations, truncations and infos, by slot.

        Raises:
            UserError: a wrong shape or an action out of range.
            ResetNeeded: nobody lives in the towns yet.
        """
        self.core.refuse_unborn()
        core = self.core
        core.step(actions, core.waits)
        told, infos = core.told, self._infos(core.told)
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            done = told.terminated | told.truncated
            if np.count_nonzero(done):
                self._finish(infos, done, told.truncated)
        return core.observations(), told.reward, told.terminated, told.truncated, infos

    def _infos(self, told: Told) -> dict[str, Any]:
        core, every = self.core, self._every
        return {
            "action_mask": core.mask, "_action_mask": every,
            "live": core.live, "_live": every,
            "generation": core.generation, "_generation": every,
            "episode_tick": told.length, "_episode_tick": every,
            "cause": told.cause, "_cause": told.left,
        }  # fmt: skip

    def _finish(self, infos: dict[str, Any], done: Flags, truncated: Flags) -> None:
        """Put what belongs to the episodes that have ended beside what belongs to the new ones."""
        turnover, core = self.core.turnover, self.core
        turnover.keep(np.flatnonzero(truncated))
        last = {part: turnover.final[part] for part in core.parts}
        if core.fresh:
            last = {part: array.copy() for part, array in last.items()}
        infos["final_obs"] = packed(last)
        infos["_final_obs"] = infos["_final_info"] = done
        infos["final_info"] = {
            "cause": infos["cause"], "_cause": infos["_cause"],
            "episode_tick": infos["episode_tick"], "_episode_tick": done,
        }  # fmt: skip

    def _checked_mask(self, mask: Any) -> Flags:
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            raise TypeError(f"options['reset_mask'] must be an array of bool, not {mask!r}")
        if mask.shape != (self.num_envs,):
            raise ValueError(
                f"options['reset_mask'] has shape {mask.shape}; it must have ({self.num_envs},)"
            )
        if not mask.any():
            raise ValueError("options['reset_mask'] asks for nobody; give at least one True")
        return mask

    def render(self) -> tuple[Any, ...] | None:
        """A frame per town; with ``"human"``, town 0 as text on standard output."""
        if self.render_mode in (None, "human"):
            frame(self.core.sim, self.render_mode)
            return None
        return tuple(frame(self.core.sim, self.render_mode, t) for t in range(self.core.sim.towns))


def _towns(towns: int | None, num_envs: int | None, agents: int) -> int:
    """How many towns there are: as said, or so that there are ``num_envs`` agents."""
    if num_envs is None or (num_envs == 1 and agents > 1):
        return 1 if towns is None else towns
    if num_envs % agents or (towns is not None and num_envs != towns * agents):
        must = f"a multiple of {agents}" if towns is None else f"{towns * agents}"
        raise UserError(f"num_envs is {num_envs}; with {agents} agents in a town it must be {must}")
    return num_envs // agents


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    """A mode by value or name, such as ``"NextStep"`` or ``"next_step"``."""
    if isinstance(mode, AutoresetMode):
        return mode
    names = {m.value.lower(): m for m in AutoresetMode}
    found = names.get(str(mode).replace("_", "").lower())
    if found is None:
        words = ", ".join(m.name for m in AutoresetMode)
        raise UserError(f"unknown autoreset_mode {mode!r}; there are {words}")
    return found
