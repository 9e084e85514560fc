"""Metrics of trajectories (*learning §8.1, §10.4*), summed up as the steps come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from townlet.capture.columns import OWNER, Arrays, Column, empty, reward_column
from townlet.names import Names
from townlet_components.lifecycle import CAUSES
from townlet_components.rewards import TERMS

if TYPE_CHECKING:
    import polars as pl

#: Features whose mean, or also whose maximum, over a trajectory is told; and as what.
MEANS = {
    "rivalry_max": "rivalry_max",
    "rivalry_avoid_count": "rivalry_avoid_count",
    "lateness_counter": "lateness",
}
MAXIMA = ("rivalry_max", "rivalry_avoid_count")
#: What is kept of the last step of a trajectory.
_LAST = (
    *(Column(name, "int64") for name in OWNER),
    *(Column(name, "bool") for name in ("terminated", "truncated")),
    Column("cause", "int8"),
    Column("value_preds", "float32"),
)


class Metrics:
    """Sums by slot of the trajectories that go on, and of those that have ended.

    Args:
        slots: of all towns.
        actions: names of the actions.
        features: names of the features.
        extras: which of ``townlet.capture.columns.EXTRAS`` the policy knows.
    """

    def __init__(
        self, slots: int, actions: Sequence[str], features: Sequence[str], extras: Sequence[str]
    ) -> None:
        self._actions, self._extras = tuple(actions), tuple(extras)
        self._features = {n: features.index(n) for n in MEANS if n in features}
        summed = ["rewards", *map(reward_column, TERMS)]
        summed += [name for name in ("old_log_probs",) if name in extras]
        self._sums = {name: np.zeros(slots) for name in (*summed, *self._features)}
        self._tops = {n: np.full(slots, -np.inf) for n in MAXIMA if n in self._features}
        self._counts: Arrays = {
            name: np.zeros(slots, np.int64) for name in ("timesteps", "chosen", "blocked", "first")
        }
        self._counts["taken"] = np.zeros((slots, len(actions)), np.int64)
        nobody = empty(_LAST) | {"number": np.zeros(0, np.int16)}
        self._ended = [self._closed(np.zeros(0, np.int64), nobody)]

    def add(self, at: npt.NDArray[np.int64], steps: Arrays) -> None:
        """Count the steps of a tick.

        Args:
            at: whose, slots of all towns; each at most once.
            steps: their rows, by column.
        """
        counts, taken = self._counts, steps["actions"]
        new = counts["timesteps"][at] == 0
        counts["first"][at[new]] = steps["tick"][new]
        counts["timesteps"][at] += 1
        counts["chosen"][at] += steps["chosen"]
        counts["blocked"][at] += ~steps["mask"][np.arange(len(at)), taken] & steps["chosen"]
        counts["taken"][at, taken] += 1
        for name, total in self._sums.items():
            total[at] += self._of(steps, name)
        for name, top in self._tops.items():
            top[at] = np.maximum(top[at], self._of(steps, name))

    def _of(self, steps: Arrays, name: str) -> npt.NDArray[np.float32]:
        """A feature or a column of some steps."""
        if name in self._features:
            return np.asarray(steps["features"][:, self._features[name]])
        return steps[name]

    def close(
        self, at: npt.NDArray[np.int64], numbers: npt.NDArray[np.int16], ends: Arrays
    ) -> None:
        """End the trajectories of some slots, which may begin new ones.

        Args:
            at: slots of all towns.
            numbers: ``Identity.name`` of those who lived there.
            ends: the rows of their last steps.
        """
        last = {c.name: ends[c.name].astype(c.dtype) for c in _LAST if c.name in ends}
        if "value_preds" not in ends:
            last["value_preds"] = np.zeros(len(at), np.float32)
        self._ended.append(self._closed(at, last | {"number": numbers}))

    def _closed(self, at: npt.NDArray[np.int64], last: Arrays) -> Arrays:
        """What is known of some slots' trajectories; they start from nothing again."""
        found = dict(last)
        tables = (("sum", self._sums, 0), ("top", self._tops, -np.inf), ("", self._counts, 0))
        for kind, table, nothing in tables:
            for name, array in table.items():
                found[f"{kind} {name}".strip()] = array[at]
                array[at] = nothing
        return found

    @property
    def trajectories(self) -> int:
        """Trajectories that have ended."""
        return sum(len(part["town"]) for part in self._ended)

    def frame(self, names: Names) -> pl.DataFrame:
        """A row per trajectory that has ended, by town, slot and generation."""
        import polars as pl  # noqa: PLC0415  (slow to import)

        found = {n: np.concatenate([p[n] for p in self._ended]) for n in self._ended[0]}
        order = np.lexsort((found["generation"], found["slot"], found["town"]))
        found = {name: array[order] for name, array in found.items()}
        called = names.of_many(found["slot"], found["generation"], found["number"])
        return pl.DataFrame(
            {name: found[name] for name in ("town", "slot", "generation")}
            | {"agent": called.tolist(), "first_tick": found["first"], "last_tick": found["tick"]}
            | {"timesteps": found["timesteps"]}
            | self._rewards(found)
            | {"terminated": found["terminated"], "truncated": found["truncated"]}
            | {"cause": np.array(CAUSES)[found["cause"]].tolist()}
            | self._choices(found)
        )

    def _rewards(self, found: Arrays) -> Arrays:
        """What it was worth, and what the features were like meanwhile."""
        steps = found["timesteps"]
        told = {"reward_sum": found["sum rewards"], "reward_mean": found["sum rewards"] / steps}
        told |= {f"{(n := reward_column(term))}_sum": found[f"sum {n}"] for term in TERMS}
        if "old_log_probs" in self._extras:
            told["log_prob_mean"] = found["sum old_log_probs"] / steps
        if "value_preds" in self._extras:
            told["value_pred_last"] = found["value_preds"]
        told |= {f"{MEANS[n]}_mean": found[f"sum {n}"] / steps for n in self._features}
        return told | {f"{MEANS[n]}_max": found[f"top {n}"] for n in self._tops}

    def _choices(self, found: Arrays) -> Arrays:
        """What was done, how often, and how mixed that was."""
        taken, steps = found["taken"], found["timesteps"]
        share = taken / np.maximum(steps, 1)[:, None]
        entropy = -(share * np.log(np.where(taken > 0, share, 1.0))).sum(axis=1)
        told = {
            "action_total": steps,
            "action_nonzero": steps - taken[:, 0],
            "action_chosen": found["chosen"],
            "action_blocked_ratio": found["blocked"] / np.maximum(steps, 1),
            "action_entropy": np.maximum(entropy, 0.0),
        }
        return told | {f"action_{a}_count": taken[:, k] for k, a in enumerate(self._actions)}
