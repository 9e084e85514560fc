"""Conformance of Gymnasium vector environments; see :func:`townlet.testing.check_vector_env`.

It looks at nothing but the interface, so it holds for any :class:`gymnasium.vector.VectorEnv`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv

from townlet.errors import CheckFailed

Bools = npt.NDArray[np.bool_]
#: Last observations looked at per step; in a large batch the others are like them.
_LOOKS = 64


@dataclass
class Moment:
    """What one step was given and what it answered, copied."""

    actions: npt.NDArray[Any]
    obs: Any
    rewards: npt.NDArray[Any]
    terminated: Bools
    truncated: Bools
    infos: dict[str, Any]

    @property
    def done(self) -> Bools:
        """Whose episode ended."""
        found: Bools = self.terminated | self.truncated
        return found


class VectorCheck:
    """The checks, one method each.

    Args:
        env: the environment.
        steps: steps to look at.
        seed: of the environment and of the actions.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], steps: int, seed: int) -> None:
        self.env, self.steps, self.seed = env, steps, seed
        self.count = env.num_envs
        mode = env.metadata.get("autoreset_mode")
        if not isinstance(mode, AutoresetMode):
            raise CheckFailed(
                f"metadata['autoreset_mode'] is {mode!r}; it must be a gymnasium AutoresetMode"
            )
        self.mode = mode

    def run(self) -> int:
        """All checks; returns how many episodes ended."""
        moments = self._roll()
        ended = sum(int(moment.done.sum()) for moment in moments)
        if ended == 0:
            raise CheckFailed(f"no episode ended in {self.steps} steps; give more, or shorter ones")
        self._same(moments, self._replay(moments, None), "with the same seed and actions")
        if self.mode is AutoresetMode.NEXT_STEP:
            other = self._replay(moments, self._other_actions(moments))
            self._same(moments, other, "with other actions where an episode had just ended")
        if self.mode is AutoresetMode.DISABLED:
            self._check_bad_masks()
        return ended

    # -- playing -------------------------------------------------------------------------------

    def _roll(self) -> list[Moment]:
        """Play with random open actions, looking at every answer."""
        luck = np.random.default_rng(self.seed)
        obs, infos = self.env.reset(seed=self.seed)
        self._check_observation(obs, "reset")
        self._check_infos(infos, "reset")
        self.env.action_space.seed(self.seed)
        moments: list[Moment] = []
        before = np.zeros(self.count, np.bool_)
        for step in range(self.steps):
            actions = self._choose(infos, luck)
            moment = self._step(actions)
            infos = moment.infos
            where = f"step {step}"
            self._check_answer(moment, where)
            self._check_mode(moment, before, where)
            moments.append(moment)
            before = moment.done
            if self.mode is AutoresetMode.DISABLED and before.any():
                infos = self._renew(moment, where)
        return moments

    def _step(self, actions: npt.NDArray[Any]) -> Moment:
        answer = self.env.step(actions)
        if not isinstance(answer, tuple) or len(answer) != 5:
            raise CheckFailed(
                "step must return observations, rewards, terminations, truncations, infos"
            )
        # Copies: an environment may write into what it has returned before.
        return Moment(actions, *copy.deepcopy(answer))

    def _replay(
        self, moments: list[Moment], actions: list[npt.NDArray[Any]] | None
    ) -> list[Moment]:
        """Play again with the actions of a play, or others."""
        self.env.reset(seed=self.seed)
        again = []
        for k, moment in enumerate(moments):
            again.append(self._step(moment.actions if actions is None else actions[k]))
            if self.mode is AutoresetMode.DISABLED and moment.done.any():
                self.env.reset(options={"reset_mask": moment.done.copy()})
        return again

    def _choose(self, infos: dict[str, Any], luck: np.random.Generator) -> npt.NDArray[Any]:
        """An open action each, at random; any action where there are no masks."""
        mask = infos.get("action_mask")
        if mask is None or not isinstance(self.env.single_action_space, spaces.Discrete):
            found: npt.NDArray[Any] = self.env.action_space.sample()
            return found
        lots = luck.random(mask.shape) * (mask != 0)
        return np.asarray(lots.argmax(axis=1) + self.env.single_action_space.start, np.int64)

    def _other_actions(self, moments: list[Moment]) -> list[npt.NDArray[Any]]:
        """The actions of a play, but others for those whose episode had ended the step before."""
        actions, before = [], np.zeros(self.count, np.bool_)
        for moment in moments:
            chosen = np.array(moment.actions, copy=True)
            chosen[before] = np.asarray(self.env.action_space.sample())[before]
            actions.append(chosen)
            before = moment.done
        return actions

    # -- looking -------------------------------------------------------------------------------

    def _check_observation(self, obs: Any, where: str) -> None:
        if not self.env.observation_space.contains(obs):
            raise CheckFailed(f"{where}: the observations are not in observation_space")

    def _check_infos(self, infos: Any, where: str) -> None:
        """A dictionary of arrays, each with a mask that says for whom it holds."""
        if not isinstance(infos, dict):
            raise CheckFailed(f"{where}: infos are {type(infos).__name__}; they must be a dict")
        for key, value in infos.items():
            if key.startswith("_"):
                continue
            mask = infos.get(f"_{key}")
            if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
                raise CheckFailed(f"{where}: infos[{key!r}] has no mask of bool in infos['_{key}']")
            if mask.shape != (self.count,):
                raise CheckFailed(f"{where}: infos['_{key}'] has shape {mask.shape}")
            if isinstance(value, np.ndarray) and len(value) != self.count:
                raise CheckFailed(f"{where}: infos[{key!r}] has {len(value)} rows")

    def _check_answer(self, moment: Moment, where: str) -> None:
        self._check_observation(moment.obs, where)
        self._check_infos(moment.infos, where)
        for name in ("rewards", "terminated", "truncated"):
            array, kinds = getattr(moment, name), "fiu" if name == "rewards" else "b"
            if not isinstance(array, np.ndarray) or array.shape != (self.count,):
                raise CheckFailed(f"{where}: {name} must be an array of shape ({self.count},)")
            if array.dtype.kind not in kinds:
                raise CheckFailed(f"{where}: {name} are {array.dtype}")
        if not np.isfinite(moment.rewards).all():
            raise CheckFailed(f"{where}: a reward is not finite")

    def _check_mode(self, moment: Moment, before: Bools, where: str) -> None:
        if self.mode is AutoresetMode.NEXT_STEP:
            _nobody(moment.done & before, where, "episode begun in this step has ended in it")
            _nobody(
                (moment.rewards != 0) & before, where, "step that begins an episode is rewarded"
            )
        elif self.mode is AutoresetMode.SAME_STEP:
            self._check_final(moment, where)

    def _check_final(self, moment: Moment, where: str) -> None:
        """Episodes that ended left their last observation and infos, and no others did."""
        infos, done = moment.infos, moment.done
        for key in ("final_obs", "final_info"):
            mask = infos.get(f"_{key}", np.zeros(self.count, np.bool_))
            if not np.array_equal(mask, done):
                raise CheckFailed(f"{where}: infos['_{key}'] must be True where an episode ended")
        for k in np.flatnonzero(done)[:_LOOKS].tolist():
            last = _row(infos["final_obs"], k)
            if not self.env.single_observation_space.contains(last):
                raise CheckFailed(
                    f"{where}: infos['final_obs'] of {k} is not in single_observation_space"
                )

    # -- resetting by mask -----------------------------------------------------------------------

    def _renew(self, moment: Moment, where: str) -> dict[str, Any]:
        """Reset those whose episode has ended; nothing of the others may change."""
        done = moment.done
        obs, infos = copy.deepcopy(self.env.reset(options={"reset_mask": done.copy()}))
        self._check_observation(obs, f"reset after {where}")
        self._check_infos(infos, f"reset after {where}")
        for old, new in zip(_leaves(moment.obs), _leaves(obs), strict=True):
            if not np.array_equal(old[~done], new[~done]):
                raise CheckFailed(
                    f"reset after {where}: an observation changed that was not in reset_mask"
                )
        found: dict[str, Any] = infos
        return found

    def _check_bad_masks(self) -> None:
        """Masks that ask for nobody, or are none, are refused."""
        bad = {
            "of integers": np.ones(self.count, np.int64),
            "of another length": np.ones(self.count + 1, np.bool_),
            "of nobody": np.zeros(self.count, np.bool_),
        }
        for what, mask in bad.items():
            try:
                self.env.reset(options={"reset_mask": mask})
            except (TypeError, ValueError):
                continue
            raise CheckFailed(f"reset takes a reset_mask {what}; it must refuse it")

    def _same(self, first: list[Moment], again: list[Moment], what: str) -> None:
        for step, (a, b) in enumerate(zip(first, again, strict=True)):
            for name in ("obs", "rewards", "terminated", "truncated"):
                pairs = zip(_leaves(getattr(a, name)), _leaves(getattr(b, name)), strict=True)
                if not all(np.array_equal(x, y) for x, y in pairs):
                    raise CheckFailed(f"step {step}: {what}, {name} are others")


def _nobody(who: Bools, where: str, what: str) -> None:
    if who.any():
        raise CheckFailed(f"{where}: sub-environment {int(who.argmax())}: {what}")


def _row(batch: Any, k: int) -> Any:
    """One sub-environment's part of a batch: arrays, an array of objects, or nests of arrays."""
    if isinstance(batch, dict):
        return {key: _row(value, k) for key, value in batch.items()}
    if isinstance(batch, tuple):
        return tuple(_row(value, k) for value in batch)
    return batch[k]


def _leaves(batch: Any) -> Iterator[npt.NDArray[Any]]:
    """All arrays of a nest."""
    if isinstance(batch, dict):
        for key in sorted(batch):
            yield from _leaves(batch[key])
    elif isinstance(batch, (tuple, list)):
        for part in batch:
            yield from _leaves(part)
    else:
        yield np.asarray(batch)
