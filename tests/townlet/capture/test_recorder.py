"""What is recorded is what was there to see: compared with towns that are walked by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from tests.townlet.capture.conftest import Kinds
from tests.townlet.capture.towns import CHUNK, SIZE, TICKS, Thinker, hard_town, same_town, walk

from townlet.capture import Capture, Recorder, load, record
from townlet.capture.columns import reward_column, row_bytes
from townlet.capture.manifest import columns_in, files_in
from townlet.errors import UserError
from townlet_components.lifecycle import CAUSES, COLLAPSE
from townlet_components.rewards import TERMS


def test_each_step_is_what_the_agent_saw_before_it_acted(scripted: Capture) -> None:
    seen, steps = walk(same_town(), TICKS), scripted.arrays()
    keys = list(zip(*(steps[name].tolist() for name in ("town", "slot", "tick")), strict=True))
    assert sorted(keys) == sorted(seen), "everybody who lived in town when a tick began"
    for k, key in enumerate(keys):
        one = seen[key]
        assert steps["map"][k].tobytes() == one.map.tobytes()
        assert steps["features"][k].tobytes() == one.features.tobytes()
        assert steps["mask"][k].tolist() == one.mask
        assert steps["generation"][k] == one.generation
        assert steps["actions"][k] == one.option or one.gone
        assert steps["rewards"][k] == one.reward
        assert tuple(float(steps[reward_column(term)][k]) for term in TERMS) == one.terms
        assert steps["terminated"][k] == one.gone
    assert steps["terminated"].sum() > 20


def test_the_observation_after_the_action_is_the_next_step_or_the_final_one(
    scripted: Capture,
) -> None:
    seen = walk(same_town(), TICKS)
    for lived in scripted.trajectories():
        ticks = lived["tick"].tolist()
        assert ticks == list(range(ticks[0], ticks[-1] + 1)), "no tick is left out"
        after = [*zip(lived["map"][1:], lived["features"][1:], strict=True)]
        assert lived.final is not None
        after.append((lived.final["map"], lived.final["features"]))
        for tick, (drawn, numbers) in zip(ticks, after, strict=True):
            last = seen[lived.town, lived.slot, tick].last
            assert (drawn.tobytes(), numbers.tobytes()) == last


def test_a_trajectory_ends_once_and_a_newcomer_begins_another(scripted: Capture) -> None:
    owners = set()
    for lived in scripted.trajectories():
        owners.add((lived.town, lived.slot, lived.generation))
        ends = lived["terminated"] | lived["truncated"]
        assert ends.tolist() == [False] * (len(lived) - 1) + [True]
        cut, gone = lived["truncated"][-1], lived["terminated"][-1]
        assert cut != gone
        assert not cut or lived["tick"][-1] == TICKS
        assert lived["cause"].tolist() == [0] * (len(lived) - 1) + [COLLAPSE if gone else 0]
    assert len(owners) == scripted.manifest["trajectories"]
    assert max(generation for _, _, generation in owners) >= 2


def test_terms_add_up_to_the_reward(scripted: Capture) -> None:
    steps = scripted.arrays(["rewards", *map(reward_column, TERMS)])
    total = steps[reward_column(TERMS[0])]
    for term in TERMS[1:]:
        total = total + steps[reward_column(term)]
    assert (total == steps["rewards"]).all()


@pytest.mark.parametrize("policy", ["scripted", "random"])
def test_a_chosen_option_was_open(kinds: Kinds, policy: str) -> None:
    steps = kinds(policy, "option", "parquet").arrays(["actions", "chosen", "mask"])
    every = np.arange(len(steps["actions"]))
    assert steps["mask"][every, steps["actions"]][steps["chosen"]].all()
    assert 0.01 < steps["chosen"].mean() < 0.5, "a commitment goes on without a choice"


def test_the_random_policy_knows_how_likely_its_options_were(kinds: Kinds) -> None:
    steps = kinds("random", "option", "parquet").arrays()
    wanted = np.where(steps["chosen"], -np.log(steps["mask"].sum(axis=1)), 0)
    assert steps["old_log_probs"] == pytest.approx(wanted, rel=1e-6)
    assert len(np.unique(steps["old_log_probs"])) > 2


def test_only_who_knows_log_probabilities_tells_them(scripted: Capture) -> None:
    names = {column.name for column in columns_in(scripted.manifest, "steps")}
    assert not names & {"old_log_probs", "value_preds"}


@pytest.mark.parametrize("policy", ["scripted", "random"])
def test_a_capture_changes_nothing(kinds: Kinds, policy: str) -> None:
    sim = same_town(policy, watched=False).run(TICKS)
    assert kinds(policy, "option", "parquet").manifest["state_hash"] == f"{sim.hash():016x}"


def test_both_formats_hold_the_same(kinds: Kinds) -> None:
    first = kinds("random", "primitive", "parquet").arrays()
    second = kinds("random", "primitive", "npz").arrays()
    assert list(first) == list(second)
    for name in first:
        assert first[name].dtype == second[name].dtype
        assert first[name].tobytes() == second[name].tobytes()


def test_primitives_of_the_scripted_policy_are_those_of_its_controllers(kinds: Kinds) -> None:
    steps = kinds("scripted", "primitive", "parquet").arrays()
    sim = same_town(watched=False)
    emitted = {}
    for tick in range(1, TICKS + 1):
        sim.run(1)
        for at in np.flatnonzero(sim.column("Identity.alive")).tolist():
            key = at // sim.capacity, at % sim.capacity, tick
            emitted[key] = int(sim.column("Intent.primitive")[at])
    keys = zip(*(steps[name].tolist() for name in ("town", "slot", "tick")), strict=True)
    told = dict(zip(keys, steps["actions"].tolist(), strict=True))
    assert {key: told[key] for key in told if key in emitted} == {
        key: emitted[key] for key in emitted if key in told
    }
    assert len(set(told.values())) > 6


def test_the_same_capture_gives_the_same_files(scripted: Capture, tmp_path: Path) -> None:
    again = record(hard_town(), tmp_path, TICKS, observations="hybrid", chunk_bytes=CHUNK, **SIZE)
    assert files_in(again.manifest) == files_in(scripted.manifest)
    assert len(files_in(again.manifest, "steps")) > 3


def test_files_hold_no_more_than_they_may(scripted: Capture) -> None:
    columns, slots = columns_in(scripted.manifest, "steps"), SIZE["towns"] * SIZE["agents"]
    most = CHUNK // row_bytes(columns)
    files = files_in(scripted.manifest, "steps")
    assert all(entry.rows[1] - entry.rows[0] <= most for entry in files)
    assert [entry.rows[0] for entry in files[1:]] == [entry.rows[1] for entry in files[:-1]]
    assert all(most - slots <= entry.rows[1] - entry.rows[0] for entry in files[:-1])
    for entry, chunk in zip(files, scripted.chunks(), strict=True):
        assert (chunk["tick"][0], chunk["tick"][-1]) == entry.ticks


def test_the_manifest_says_what_it_is_about(scripted: Capture) -> None:
    said, sim = scripted.manifest, same_town()
    schema = sim.features()
    assert (said["complete"], said["interrupted"]) == (True, False)
    assert said["config"] == {"id": "town", "hash": hard_town().config_hash(), "path": None}
    assert said["scenario"] is None
    assert said["policy"]["name"] == "scripted"
    assert said["policy"]["observation_hash"] == schema.schema_hash
    assert (said["seed"], said["towns"], said["agents"], said["ticks"]) == (3, 2, 6, TICKS)
    assert said["slots"] == sim.capacity
    assert said["observation"]["schema_hash"] == schema.schema_hash
    assert tuple(said["observation"]["features"]) == schema.names
    assert tuple(said["actions"]) == sim.blueprint.option_names
    assert tuple(said["causes"]) == CAUSES


def test_the_manifest_names_the_scene_and_its_file(tmp_path: Path) -> None:
    path = Path(__file__).parents[3] / "configs" / "scenarios" / "kitchen_breakfast.yaml"
    said = record(path, tmp_path, 2).manifest
    assert said["config"]["path"] == str(path)
    assert said["scenario"] == {
        "name": "kitchen_breakfast",
        "description": "Two agents take turns at a fridge, without any quarrel.",
    }


def test_a_given_policy_is_asked_in_every_tick(tmp_path: Path) -> None:
    policy = Thinker()
    capture = record(hard_town(), tmp_path, 40, policy=policy, **SIZE)
    steps = load(tmp_path).arrays()
    assert policy.seed == SIZE["seed"]
    at = steps["town"] * 6 + steps["slot"]
    assert (steps["chosen"] == (at % 3 != 0)).all()
    assert (steps["actions"][steps["chosen"]] == 0).all()
    assert (steps["actions"][~steps["chosen"]] > 0).any(), "the town's policy decides for them"
    assert (steps["old_log_probs"] == -at).all()
    assert steps["value_preds"] == pytest.approx(steps["tick"] + at / 100)
    for tick, shown in policy.shown.items():
        for name, array in shown.items():
            assert (steps[name][steps["tick"] == tick] == array).all()
    told = capture.manifest["policy"]
    assert (told["name"], told["kind"], told["identity"]) == (
        "thinker",
        "given",
        {"weights": "none"},
    )
    last = capture.metrics()
    assert last["value_pred_last"].to_numpy() == pytest.approx(
        last["last_tick"].to_numpy() + (last["town"] * 6 + last["slot"]).to_numpy() / 100
    )


def test_who_arrives_waits_for_a_given_policy(tmp_path: Path) -> None:
    recorder = Recorder(hard_town(), tmp_path, policy=Thinker(), **SIZE)
    recorder.run(1)
    alive, wake = recorder.sim.column("Identity.alive"), recorder.sim.column("Intent.wake")
    assert alive.all()
    assert (wake <= 2).all(), "nobody has decided anything"
    recorder.run(1)
    assert (wake > 2).all()


def test_a_policy_gives_what_it_promises(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'thinker' did not give its value_preds"):
        record(hard_town(), tmp_path, 5, policy=Thinker(forgetful=True), **SIZE)
    policy = Thinker()
    policy.extras = ("old_log_probs", "mood")
    with pytest.raises(UserError, match="no extra 'mood'"):
        record(hard_town(), tmp_path / "other", 5, policy=policy, **SIZE)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"form": "parket"}, "unknown format 'parket'; did you mean 'parquet'"),
        ({"level": "options"}, "unknown action level 'options'; did you mean 'option'"),
        ({"policy": "scriptd"}, "unknown policy 'scriptd'; did you mean 'scripted'"),
        ({"observations": "hybird"}, "observations is 'hybird'; did you mean 'hybrid'"),
        ({"ticks": 0}, "ticks is 0; it must be at least 1"),
    ],
)
def test_wrong_arguments_get_a_sentence(
    wrong: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=sentence):
        record(hard_town(), tmp_path, **({"ticks": 3} | SIZE | wrong))


def test_the_config_says_what_an_action_is_unless_told_otherwise(tmp_path: Path) -> None:
    config = hard_town().with_overrides({"policy_runtime.action_level": "primitive"})
    first = record(config, tmp_path / "a", 3, **SIZE)
    assert first.manifest["level"] == "primitive"
    assert "move_north" in first.manifest["actions"]
    assert record(config, tmp_path / "b", 3, level="option", **SIZE).manifest["level"] == "option"


def calls(recorder: Recorder) -> int:
    """Python functions called in ten ticks."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        recorder.run(10)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("level", ["option", "primitive"])
def test_python_does_not_grow_with_agents(level: str, tmp_path: Path) -> None:
    counts = []
    for agents in (4, 64):
        folder = tmp_path / str(agents)
        folder.mkdir()
        recorder = Recorder(
            hard_town(), folder, agents=agents, policy="random", level=level, seed=1
        )
        recorder.run(5)
        counts.append(calls(recorder))
    assert counts[0] == counts[1]
