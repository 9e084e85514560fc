"""PettingZoo: one town as a parallel environment; its agents come and go."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec

from townlet.config import SimulationConfig
from townlet.env.core import EnvCore, checked_cycles, packed
from townlet.env.pictures import RENDER_MODES, checked_mode, frame
from townlet.env.spaces import masked_space, state_space
from townlet.errors import UserError
from townlet.suggest import nearest
from townlet_components.lifecycle import CAUSES

Observation = dict[str, Any]
Infos = dict[str, dict[str, Any]]
Result = tuple[dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], Infos]


class ParallelTown(ParallelEnv[str, Observation, int | None]):  # type: ignore[misc]
    """A town; the episode is the town's, ``max_cycles`` steps long (SPEC §15).

    An agent is called ``agent_<n>``, n = slot + slots × generation. Its ``terminated`` is its exit;
    in the next step a newcomer takes its slot, joins ``agents`` and ``possible_agents``, waits, and
    has reward 0. Everybody is truncated at step ``max_cycles``.

    Observations are ``{"observation": ..., "action_mask": ...}``, views of the engine's buffers:
    the next step overwrites them (``buffers=2`` keeps those of the step before, ``buffers=0`` makes
    new arrays; masks go along). An agent without an action waits; -1 lets the town's policy decide.

    Args:
        config: a path or a loaded config; None: Townlet's defaults.
        max_cycles: steps of an episode.
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
        max_cycles: int = 1440,
        *,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if max_cycles is None:  # as TownVectorEnv may have it; a town's episode has an end
            raise UserError("max_cycles is None; it must be a whole number, at least 1")
        self.max_cycles = checked_cycles(max_cycles)
        self.render_mode = checked_mode(render_mode)
        self.metadata = {
            "name": "townlet_v0", "render_modes": list(RENDER_MODES), "is_parallelizable": True,
        }  # fmt: skip
        self.core = EnvCore(config, 1, **options)
        self.state_space = state_space(self.core)
        self._space = masked_space(self.core)
        self._actions: dict[str, spaces.Discrete] = {}
        self._choices = np.full(self.core.slots, -1, np.int32)
        self._known = np.full(self.core.slots, -1, np.int32)
        self._names = [self._name(slot, 0) for slot in range(self.core.sim.agents)]
        self._slot_of: dict[str, int] = {}
        self._rows: dict[int, list[Observation]] = {}
        self._steps = 0
        self.possible_agents = list(self._names)
        self.agents: list[str] = []

    def _name(self, slot: int, generation: int) -> str:
        return f"agent_{slot + self.core.slots * generation}"

    @property
    def sim(self) -> Any:
        """The simulation."""
        return self.core.sim

    def observation_space(self, agent: str) -> spaces.Dict:
        """Space of observations, the same object for all."""
        return self._space

    def action_space(self, agent: str) -> spaces.Discrete:
        """Space of an agent's actions, always the same object; seeded by its number."""
        if agent not in self._actions:
            number = agent.rpartition("_")[2]
            seed = int(number) if number.isdecimal() else 0
            self._actions[agent] = spaces.Discrete(self.core.actions, seed=seed)
        return self._actions[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], Infos]:
        """Start over; everybody arrives.

        Args:
            seed: of the town; None: the next one, see :meth:`EnvCore.reset`.
            options: nothing is read from them.

        Raises:
            UserError: a seed that is no whole number from 0.
        """
        self.core.reset(seed)
        self._steps = 0
        self._known.fill(-1)
        # In place: wrappers hold on to the list.
        self.possible_agents[:] = [self._name(slot, 0) for slot in range(self.core.sim.agents)]
        self._learn_names()
        self.agents = [self._names[slot] for slot in np.flatnonzero(self.core.live).tolist()]
        rows = self._observations()
        found = {name: rows[self._slot_of[name]] for name in self.agents}
        return found, {name: {} for name in self.agents}

    def _learn_names(self) -> None:
        """Names of those who have come."""
        for slot in np.flatnonzero(self.core.generation != self._known).tolist():
            self._names[slot] = name = self._name(slot, int(self.core.generation[slot]))
            self._slot_of[name] = slot
            if name not in self._actions:
                self.action_space(name)
            if self.core.generation[slot] > 0:
                self.possible_agents.append(name)
        np.copyto(self._known, self.core.generation)

    def step(self, actions: Mapping[str, int | None]) -> Result:
        """One tick.

        Args:
            actions: an action per agent.

        Raises:
            UserError: an agent nobody knows, or who has gone, or an action that is no whole number
                or out of range.
            ResetNeeded: nobody lives in the town yet.
        """
        if not self.agents:
            self.core.refuse_unborn()
            return {}, {}, {}, {}, {}
        self._choose(actions)
        core, before = self.core, self.agents
        core.step(np.maximum(self._choices, -1), self._choices < -1)
        self._steps += 1
        over = self._steps >= self.max_cycles
        gone = {self._names[slot]: slot for slot in np.flatnonzero(core.left).tolist()}
        stay = core.live
        if over:  # Newcomers of the last step are told to nobody: they could not act.
            stay = core.live & (core.generation == self._known)
        else:
            self._learn_names()
        here = [self._names[slot] for slot in np.flatnonzero(stay).tolist()]
        rows, reward = self._observations(), core.told.reward.tolist()
        everybody = [*here, *(name for name in gone if name in before)]
        slots = [self._slot_of[name] for name in everybody]
        self.agents = [] if over else here
        return (
            {name: rows[slot] for name, slot in zip(everybody, slots, strict=True)},
            {name: reward[slot] for name, slot in zip(everybody, slots, strict=True)},
            {name: name in gone for name in everybody},
            {name: over and name not in gone for name in everybody},
            {name: self._info(name, gone) for name in everybody},
        )

    def _info(self, name: str, gone: Mapping[str, int]) -> dict[str, Any]:
        """Why somebody has left."""
        return {"cause": CAUSES[self.core.told.cause[gone[name]]]} if name in gone else {}

    def _choose(self, actions: Mapping[str, int | None]) -> None:
        """Write the actions; who has none waits."""
        self._choices.fill(-2)
        present = set(self.agents)
        for name, action in actions.items():
            if name not in present:
                raise UserError(f"no agent {name!r} is in town{nearest(name, self.agents)}")
            if action is not None:
                self._choices[self._slot_of[name]] = self._checked(name, action)

    def _checked(self, name: str, action: Any) -> int:
        """An action as a number, if it is one; UserError otherwise."""
        try:
            number = operator.index(action)  # 1.5 is no action, and must not become 1
        except TypeError:
            number = -2
        if not -1 <= number < self.core.actions:
            raise UserError(
                f"action {action} of {name} is not an action; it must be a whole number between "
                f"-1 and {self.core.actions - 1}"
            )
        return number

    def _observations(self) -> list[Observation]:
        """Observations by slot: views, made once per buffer."""
        parts = self.core.observations()
        arrays = parts if isinstance(parts, dict) else {"only": parts}
        key = next(iter(arrays.values())).ctypes.data
        if self.core.fresh:
            self._rows.clear()
        if key not in self._rows:
            mask = self.core.mask
            self._rows[key] = [
                {
                    "observation": packed({part: a[slot] for part, a in arrays.items()}),
                    "action_mask": mask[slot],
                }
                for slot in range(self.core.slots)
            ]
        return self._rows[key]

    def state(self) -> npt.NDArray[Any]:
        """Features of all slots, (slots, features); those of empty ones are what they last were."""
        features: npt.NDArray[Any] = self.core.sim.observation().features
        return features

    def render(self) -> str | npt.NDArray[np.uint8] | None:
        """A picture of the town as it is now, as ``render_mode`` says."""
        return frame(self.core.sim, self.render_mode)


def parallel_env(
    config: str | Path | SimulationConfig | None = None, max_cycles: int = 1440, **options: Any
) -> ParallelTown:
    """A town as a PettingZoo parallel environment; see :class:`ParallelTown`."""
    return ParallelTown(config, max_cycles, **options)


def env(
    config: str | Path | SimulationConfig | None = None, max_cycles: int = 1440, **options: Any
) -> AECEnv[str, Observation, int | None]:
    """A town as a PettingZoo AEC environment: agents act one after the other, then a tick runs."""
    return parallel_to_aec(ParallelTown(config, max_cycles, **options))
