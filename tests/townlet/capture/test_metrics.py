"""Metrics add up what the trajectories hold: counted here one by one."""

from __future__ import annotations

import json
from collections import Counter
from math import log

import numpy as np
import polars as pl
import pytest
from tests.townlet.capture.conftest import Kinds
from tests.townlet.capture.towns import SIZE, same_town

from townlet.capture import Capture
from townlet.capture.columns import reward_column
from townlet.capture.metrics import MAXIMA, MEANS, Metrics
from townlet.names import Names
from townlet_components.lifecycle import CAUSES
from townlet_components.rewards import TERMS


@pytest.mark.parametrize("policy", ["scripted", "random"])
def test_each_trajectory_has_its_numbers(kinds: Kinds, policy: str) -> None:
    capture = kinds(policy, "option", "parquet")
    names = capture.manifest["actions"]
    features = capture.manifest["observation"]["features"]
    called = same_town().blueprint.names
    told = capture.metrics().to_dicts()
    for row, lived in zip(told, capture.trajectories(), strict=True):
        rewards = [float(reward) for reward in lived["rewards"]]
        taken = Counter(lived["actions"].tolist())
        shares = [count / len(lived) for count in taken.values()]
        assert (row["town"], row["slot"], row["generation"]) == (
            lived.town, lived.slot, lived.generation,
        )  # fmt: skip
        assert row["agent"] == called.of(lived.slot, lived.generation)
        assert (row["first_tick"], row["last_tick"]) == (lived["tick"][0], lived["tick"][-1])
        assert row["timesteps"] == row["action_total"] == len(lived)
        assert row["reward_sum"] == pytest.approx(sum(rewards), rel=1e-12, abs=1e-12)
        assert row["reward_mean"] == pytest.approx(sum(rewards) / len(lived))
        for name in map(reward_column, TERMS):
            assert row[f"{name}_sum"] == pytest.approx(float(lived[name].astype(float).sum()))
        assert row["terminated"] == lived["terminated"][-1]
        assert row["truncated"] == lived["truncated"][-1]
        assert row["cause"] == CAUSES[lived["cause"][-1]]
        assert row["action_nonzero"] == len(lived) - taken[0]
        assert row["action_chosen"] == lived["chosen"].sum()
        assert [row[f"action_{name}_count"] for name in names] == [
            taken[k] for k in range(len(names))
        ]
        assert row["action_entropy"] == pytest.approx(-sum(p * log(p) for p in shares))
        assert row["action_blocked_ratio"] == 0
        for feature, name in MEANS.items():
            seen = lived["features"][:, features.index(feature)].astype(float)
            assert row[f"{name}_mean"] == pytest.approx(seen.mean())
            assert feature not in MAXIMA or row[f"{name}_max"] == seen.max()
        if policy == "random":
            assert row["log_prob_mean"] == pytest.approx(lived["old_log_probs"].mean(), rel=1e-5)
    assert ("log_prob_mean" in told[0]) == (policy == "random")


def test_json_and_parquet_say_the_same(scripted: Capture) -> None:
    told = json.loads((scripted.folder / "metrics.json").read_text())
    assert told["policy"] == scripted.manifest["policy"]
    assert told["seed"] == SIZE["seed"]
    table = pl.read_parquet(scripted.folder / "metrics.parquet")
    assert told["trajectories"] == table.to_dicts()
    assert table.height == scripted.manifest["trajectories"]


def test_what_the_mask_did_not_allow_is_counted() -> None:
    metrics = Metrics(3, ("idle", "run"), ("rivalry_max",), ())
    steps = {
        "tick": np.array([4, 4]), "chosen": np.array([True, False]), "actions": np.array([1, 1]),
        "mask": np.array([[True, False], [True, False]]), "rewards": np.ones(2, np.float32),
        "features": np.array([[0.5], [0.25]], np.float32),
    } | {reward_column(term): np.zeros(2, np.float32) for term in TERMS}  # fmt: skip
    at = np.array([0, 2])
    metrics.add(at, steps)
    ends = {
        "town": np.zeros(2, int), "slot": at, "generation": np.zeros(2, int), "tick": steps["tick"],
        "terminated": np.array([True, True]), "truncated": np.zeros(2, bool),
        "cause": np.array([2, 2], np.int8),
    }  # fmt: skip
    metrics.close(at, np.full(2, -1, np.int16), ends)
    assert metrics.trajectories == 2
    told = metrics.frame(Names(3))
    assert told["action_blocked_ratio"].to_list() == [1.0, 0.0]
    assert told["rivalry_max_mean"].to_list() == told["rivalry_max_max"].to_list() == [0.5, 0.25]


def test_nobody_has_no_metrics() -> None:
    told = Metrics(4, ("idle",), (), ("value_preds",)).frame(Names(4))
    assert told.height == 0
    assert {"timesteps", "reward_sum", "action_idle_count", "value_pred_last"} <= set(told.columns)
