"""The three autoreset modes against a slow reference loop, and what they promise one by one."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from tests.townlet.env.slow import Answer, SlowEnv, parts_of
from tests.townlet.env.towns import hard_town, open_actions, same_town

from townlet.env import TownVectorEnv
from townlet.errors import UserError
from townlet.hooks import Spawns, World
from townlet.testing import check_books, check_needs, check_queues
from townlet_components.lifecycle import CAUSES, COLLAPSE

NEXT, SAME, DISABLED = AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP, AutoresetMode.DISABLED


def make(mode: AutoresetMode, max_cycles: int | None = 45, **options: Any) -> TownVectorEnv:
    return TownVectorEnv(
        hard_town(), 2, agents=6, max_cycles=max_cycles, autoreset_mode=mode, **options
    )


def compare(obs: dict[str, Any], infos: dict[str, Any], answers: list[Answer]) -> None:
    for k, answer in enumerate(answers):
        assert parts_of(obs, k) == answer.obs, k
        assert infos["action_mask"][k].tolist() == answer.mask, k


@pytest.mark.parametrize("level", ["option", "primitive"])
@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_every_mode_equals_the_slow_loop(mode: AutoresetMode, level: str) -> None:
    env = make(mode, level=level)
    slow = SlowEnv(same_town(2, 6, 4), mode, level, max_cycles=45)
    obs, infos = env.reset(seed=4)
    compare(obs, infos, slow.reset())
    luck, count = np.random.default_rng(0), {"left": 0, "cut": 0, "final": 0}
    for _ in range(400):
        actions = open_actions(infos["action_mask"], luck)
        obs, reward, terminated, truncated, infos = env.step(actions)
        answers = slow.step(actions.tolist())
        compare(obs, infos, answers)
        assert reward.tolist() == [answer.reward for answer in answers]
        assert terminated.tolist() == [answer.terminated for answer in answers]
        assert truncated.tolist() == [answer.truncated for answer in answers]
        for k, answer in enumerate(answers):
            if mode is SAME and (terminated | truncated)[k]:
                assert infos["_final_obs"][k]
                assert parts_of(infos["final_obs"], k) == answer.final
                count["final"] += 1
        assert env.sim.hash_columns() == slow.sim.hash_columns()
        count["left"] += int(terminated.sum())
        count["cut"] += int(truncated.sum())
        # Not all at once: some slots stay empty for a while, some of the living are replaced.
        asked = (terminated | truncated) & (luck.random(12) < 0.5) | (luck.random(12) < 0.01)
        if mode is DISABLED and asked.any():
            obs, infos = env.reset(options={"reset_mask": asked})
            compare(obs, infos, slow.renew(set(np.flatnonzero(asked).tolist())))
            assert env.sim.hash_columns() == slow.sim.hash_columns()
    assert count["left"] > 50
    assert count["cut"] > 10
    assert mode is not SAME or count["final"] == count["left"] + count["cut"]
    assert mode is not NEXT or slow.early > 0, "somebody leaves while it waits"
    for check in (check_books, check_needs, check_queues):
        check(env.sim)


def test_next_step_a_newcomer_comes_in_the_next_step_and_waits() -> None:
    env = make(NEXT, None)
    env.reset(seed=1)
    env.sim.kill(2, town=1)
    actions = np.zeros(12, np.int32)
    _, _, terminated, _, infos = env.step(actions)
    assert np.flatnonzero(terminated).tolist() == [8]
    assert not infos["live"][8]
    assert infos["generation"][8] == 0
    assert infos["cause"][8] == CAUSES.index("killed")
    assert infos["_cause"].tolist() == terminated.tolist()
    actions[8] = 3
    _, reward, terminated, truncated, infos = env.step(actions)
    assert not (terminated | truncated).any()
    assert reward[8] == 0
    assert infos["live"].all()
    assert infos["generation"][8] == 1
    assert infos["episode_tick"][8] == 1
    assert env.sim.column("Intent.option")[8] == 0
    assert env.sim.column("Orders.masked").sum() == 0


def test_next_step_a_cut_citizen_stays_waits_and_begins_anew() -> None:
    env = make(NEXT, 5)
    env.reset(seed=1)
    arrived = env.sim.column("Identity.arrived_at").copy()
    for step in range(1, 12):
        _, reward, terminated, truncated, infos = env.step(np.full(12, -1, np.int32))
        cut = step in (4, 9)  # The tick of arrival is the first of an episode.
        assert truncated.tolist() == [cut] * 12
        assert not terminated.any()
        assert infos["episode_tick"].tolist() == [(step % 5) + 1] * 12
        assert (reward == 0).all() == (step in (5, 10))
        assert (env.sim.column("Intent.primitive") == 0).all() == (step in (5, 10))
    assert (env.sim.column("Identity.arrived_at") == arrived).all()


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_a_new_episode_is_seen_to_begin(mode: AutoresetMode) -> None:
    """The table of features says so: also of those whose episode was cut, who arrived long ago."""
    env = make(mode, 5)
    obs, _ = env.reset(seed=1)
    names = env.sim.features().names
    flag, progress = names.index("ctx_reset_flag"), names.index("episode_progress")
    seen, ticks = [], []
    for _ in range(12):
        seen.append(sorted(set(obs["features"][:, flag].tolist())))
        ticks.append(np.unique((obs["features"][:, progress] * 1440).round()).tolist())
        obs, *_ = env.step(np.full(12, -1, np.int32))
    first = [k % 5 == 0 for k in range(12)]
    assert seen == [[float(begins)] for begins in first]
    assert ticks == [[k % 5 + 1.0] for k in range(12)]


def test_same_step_the_observation_is_the_newcomers_at_once() -> None:
    env = make(SAME, None)
    env.reset(seed=1)
    env.sim.kill(2, town=1)
    before = env.sim.column("Wallet.money")[8]
    obs, reward, terminated, _, infos = env.step(np.zeros(12, np.int32))
    assert np.flatnonzero(terminated).tolist() == [8]
    assert infos["live"].all()
    assert infos["generation"][8] == 1
    assert env.sim.column("Episode.tick")[8] == 0
    assert env.sim.column("Identity.arrived_at")[8] == env.sim.tick
    assert infos["_final_obs"].tolist() == infos["_final_info"].tolist() == terminated.tolist()
    assert infos["final_info"]["cause"][8] == CAUSES.index("killed")
    assert infos["final_info"]["episode_tick"][8] == 2
    names = env.sim.features().names
    final, now = infos["final_obs"]["features"][8], obs["features"][8]
    hunger, lasted = names.index("need_hunger"), names.index("episode_progress")
    assert final[hunger] < now[hunger] or final[lasted] > now[lasted] == 0
    assert before > 0
    assert reward[8] != 0
    _, _, terminated, _, infos = env.step(np.zeros(12, np.int32))
    assert "final_obs" not in infos
    assert not terminated.any()


def test_same_step_final_obs_of_a_cut_episode_is_obs() -> None:
    env = make(SAME, 3)
    env.reset(seed=1)
    for step in range(1, 9):
        obs, _, _, truncated, infos = env.step(np.full(12, -1, np.int32))
        assert truncated.tolist() == [step in (2, 5, 8)] * 12
        if truncated.any():
            for part in ("map", "features"):
                assert (infos["final_obs"][part] == obs[part]).all()


def test_disabled_a_slot_stays_empty_until_it_is_asked_for() -> None:
    env = make(DISABLED, None)
    env.reset(seed=1)
    env.sim.kill(2, town=1)
    for step in range(30):
        _, reward, terminated, _, infos = env.step(np.full(12, -1, np.int32))
        assert np.flatnonzero(terminated).tolist() == [8]
        assert infos["live"].sum() == 11
        assert reward[8] == 0 or step == 0
        assert infos["_cause"].sum() == (step == 0)
    mask = np.arange(12) == 8
    _, infos = env.reset(options={"reset_mask": mask})
    assert infos["live"].all()
    assert infos["generation"].tolist() == [0] * 8 + [1] + [0] * 3
    _, _, terminated, _, _ = env.step(np.full(12, -1, np.int32))
    assert not terminated.any()


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_a_reset_mask_lets_the_living_go_quietly(mode: AutoresetMode) -> None:
    """No reward, no cap, no bankruptcy: the money is the town's, queues and ties know nobody."""
    env = make(mode, None)
    env.reset(seed=1)
    for _ in range(40):
        env.step(np.full(12, -1, np.int32))
    lived = env.sim.column("Identity.alive").copy()
    capped = env.sim.column("ExitCounts.today").copy()
    mask = lived & (np.arange(12) % 2 == 0)
    env.reset(options={"reset_mask": mask})
    assert env.sim.column("Identity.alive")[mask].all()
    assert (env.sim.column("Identity.arrived_at")[mask] == env.sim.tick).all()
    assert env.sim.column("ExitCounts.today").tolist() == capped.tolist()
    assert env.sim.column("ExitCounts.by_cause")[:, CAUSES.index("killed")].sum() == mask.sum()
    for check in (check_books, check_needs, check_queues):
        check(env.sim)
    _, _, terminated, _, infos = env.step(np.full(12, -1, np.int32))
    assert not terminated[mask].any()
    assert infos["live"][mask].all()


def test_who_was_sent_away_leaves_though_another_is_replaced() -> None:
    env = make(DISABLED, None)
    env.reset(seed=1)
    env.sim.kill(3)
    env.reset(options={"reset_mask": np.arange(12) == 1})
    _, _, terminated, _, _ = env.step(np.full(12, -1, np.int32))
    assert np.flatnonzero(terminated).tolist() == [3]


def test_no_slot_stays_empty_where_towns_send_for_nobody() -> None:
    """With lifecycle off nobody leaves by himself; whom an operator removes is replaced."""
    still = hard_town().with_overrides({"features.systems.lifecycle": "off"})
    env = TownVectorEnv(still, agents=4, max_cycles=None)
    env.reset(seed=0)
    env.sim.kill(1)
    _, _, terminated, _, _ = env.step(np.full(4, -1, np.int32))
    assert terminated.tolist() == [False, True, False, False]
    *_, infos = env.step(np.full(4, -1, np.int32))
    assert infos["live"].all()


def test_kpis_count_who_leaves_in_the_same_step() -> None:
    """Shifts of the departed belong to the day, though their rows are gone before REPORT."""
    env = make(SAME, None)
    env.reset(seed=1)
    env.sim.column("Employment.shifts")[[2, 3]] = [3, 1]
    env.sim.column("Employment.punctual")[[2, 3]] = [2, 1]
    env.sim.kill(2)
    env.sim.kill(3)
    env.step(np.full(12, -1, np.int32))
    assert env.sim.column("Metrics.left_shifts").tolist() == [4, 0]
    assert env.sim.column("Metrics.left_punctual").tolist() == [3, 0]


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_hooks_are_told_of_every_newcomer_once(
    mode: AutoresetMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of those who come out of turn, before anybody sees them."""
    told: list[tuple[int, int]] = []

    def greet(batch: Spawns, world: World) -> None:
        assert (world.column("Identity.alive")[batch.town, batch.agent]).all()
        slots = batch.town * 6 + batch.agent
        told.extend(zip(slots.tolist(), batch.generation.tolist(), strict=True))
        world.add_need(batch.town, batch.agent, "energy", -1.0)

    module = ModuleType("greeting")
    module.register_hooks = lambda hooks: hooks.on("on_spawn", greet)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "greeting", module)
    allowed = {"affordances.runtime.hook_allowlist": ["greeting"]}
    town = hard_town().with_overrides(allowed)
    env = TownVectorEnv(town, 2, agents=6, max_cycles=45, autoreset_mode=mode)
    obs, infos = env.reset(seed=4)
    energy = env.sim.features().names.index("need_energy")
    luck, known = np.random.default_rng(0), np.full(12, -1)
    for _ in range(400):
        new = infos["live"] & (infos["generation"] != known)
        assert set(told) == {(k, int(infos["generation"][k])) for k in np.flatnonzero(new).tolist()}
        assert len(told) == new.sum(), "once each"
        assert mode is NEXT or (obs["features"][new, energy] == 0).all(), "they are seen tired"
        np.copyto(known, infos["generation"], where=infos["live"])
        told.clear()
        actions = open_actions(infos["action_mask"], luck)
        obs, _, terminated, _, infos = env.step(actions)
        asked = terminated & (luck.random(12) < 0.5)
        if mode is DISABLED and asked.any():
            obs, infos = env.reset(options={"reset_mask": asked})
    assert (known > 0).any()
    assert not env.sim.hooks.errors


@pytest.mark.parametrize("mode", [NEXT, SAME], ids=lambda mode: mode.name)
def test_the_limit_of_an_episode_is_of_what_is_seen_of_it(mode: AutoresetMode) -> None:
    """A tick in which a citizen waits for its episode is not rewarded, and does not count."""
    keys = {"rewards.clip.clip_per_episode": 1.0, "rewards.homeostasis_scale": 1.0}
    poor = hard_town().with_overrides(keys | {"lifecycle.collapse_ticks": 1000})
    env = TownVectorEnv(poor, agents=6, max_cycles=120, autoreset_mode=mode)
    env.reset(seed=1)
    total, ended = np.zeros(6), 0
    for _ in range(400):
        _, reward, terminated, truncated, _ = env.step(np.zeros(6, np.int32))
        total += reward
        done = terminated | truncated
        assert np.allclose(total[done], -1, atol=1e-5), "as much as can be lost"
        assert (total >= -1 - 1e-5).all()
        total[done] = 0
        ended += int(done.sum())
    assert ended > 12


def test_collapses_are_what_ends_episodes_here() -> None:
    env = make(SAME, None)
    env.reset(seed=1)
    causes: set[int] = set()
    for _ in range(100):
        *_, infos = env.step(np.zeros(12, np.int32))
        causes |= set(infos["cause"][infos["_cause"]].tolist())
    assert causes == {COLLAPSE}


@pytest.mark.parametrize(
    ("mask", "error", "sentence"),
    [
        ([True], TypeError, "must be an array of bool"),
        (np.ones(12, np.int8), TypeError, "must be an array of bool"),
        (np.ones(11, bool), ValueError, r"has shape \(11,\); it must have \(12,\)"),
        (np.zeros(12, bool), ValueError, "asks for nobody"),
    ],
)
def test_masks_that_are_none(mask: Any, error: type[Exception], sentence: str) -> None:
    env = make(DISABLED)
    env.reset(seed=0)
    with pytest.raises(error, match=sentence):
        env.reset(options={"reset_mask": mask})


def test_an_unknown_mode_gets_a_sentence() -> None:
    with pytest.raises(UserError, match="unknown autoreset_mode 'never'; there are NEXT_STEP"):
        TownVectorEnv(agents=2, autoreset_mode="never")
    assert TownVectorEnv(agents=2, autoreset_mode="same_step").autoreset_mode is SAME
