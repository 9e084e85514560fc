"""Zero copy: what a learner reads is the engine's memory; or copies in turn, where it asks."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from townlet.env import TownVectorEnv, parallel_env, tensors
from townlet.errors import UserError


def address(array: Any) -> int:
    """Where a tensor of torch has its numbers, or the array where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        return int(array.__array_interface__["data"][0])
    return int(tensors(array).data_ptr())


@pytest.mark.parametrize("variant", ["full", "hybrid", "compact"])
@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("maps", ["float", "bits"])
def test_observations_are_the_engines_buffers(variant: str, precision: str, maps: str) -> None:
    env = TownVectorEnv(towns=2, agents=5, observations=variant, precision=precision, maps=maps)
    obs, _ = env.reset(seed=0)
    where = {part: address(array) for part, array in obs.items()}
    assert where == {
        part: env.sim.column(f"Observation.{part}").ctypes.data for part in ("map", "features")
    }
    assert all(place % 64 == 0 for place in where.values())
    assert obs["map"].dtype == (np.uint8 if maps == "bits" else np.dtype(precision))
    assert obs["features"].dtype == np.dtype(precision)
    before = {part: array.copy() for part, array in obs.items()}
    later, *_ = env.step(np.full(10, -1, np.int32))
    for part, array in later.items():
        assert address(array) == where[part]
        assert array.strides[0] % 64 == 0
        assert array is obs[part] or array.base is obs[part].base
    assert any((before[part] != obs[part]).any() for part in obs), "it is the next tick's now"
    assert env.observation_space.contains(later)
    assert not any(array.flags.writeable for array in later.values())


def test_pettingzoo_shows_rows_of_the_engines_buffers() -> None:
    town = parallel_env(agents=3)
    obs, _ = town.reset(seed=0)
    view = town.sim.observation()
    for slot in range(3):
        mine = obs[f"agent_{slot}"]["observation"]
        assert address(mine["map"]) == address(view.map[slot])
        assert address(mine["features"]) == address(view.features[slot])
    assert address(town.state()) == address(view.features)


@pytest.mark.parametrize("buffers", [2, 3])
def test_copies_in_turn_last_for_as_many_steps(buffers: int) -> None:
    env = TownVectorEnv(towns=2, agents=5, buffers=buffers, parts="features")
    obs, _ = env.reset(seed=0)
    seen: list[tuple[Any, Any]] = [(obs, obs.copy())]
    for _ in range(7):
        obs, *_ = env.step(np.full(10, -1, np.int32))
        seen.append((obs, obs.copy()))
        for shown, copied in seen[-buffers:]:
            assert (shown == copied).all()
        assert len({address(shown) for shown, _ in seen}) == min(len(seen), buffers)
        assert (obs == env.sim.observation().features).all()


@pytest.mark.parametrize("buffers", [0, 2, 3])
def test_masks_last_as_long_as_observations(buffers: int) -> None:
    env = TownVectorEnv(towns=2, agents=5, buffers=buffers, level="primitive")
    _, infos = env.reset(seed=0)
    seen: list[tuple[Any, Any]] = []
    for _ in range(12):
        seen.append((infos["action_mask"], infos["action_mask"].copy()))
        assert all((shown == copied).all() for shown, copied in seen[-(buffers or len(seen)) :])
        assert (infos["action_mask"] == env.sim.column("Masks.primitive")).all()
        *_, infos = env.step(np.full(10, -1, np.int32))
    assert any((seen[k][1] != seen[k + 1][1]).any() for k in range(11)), "masks have changed"


def test_pettingzoo_copies_too() -> None:
    town = parallel_env(agents=3, buffers=2, level="primitive")
    obs, _ = town.reset(seed=0)
    changed = 0
    for _ in range(12):
        parts = obs["agent_0"]["observation"] | {"mask": obs["agent_0"]["action_mask"]}
        before = {name: array.copy() for name, array in parts.items()}
        later, *_ = town.step(dict.fromkeys(town.agents, -1))
        assert all((parts[name] == array).all() for name, array in before.items())
        assert (later["agent_0"]["observation"]["features"] != before["features"]).any()
        changed += int((later["agent_0"]["action_mask"] != before["mask"]).any())
        obs = later
    assert changed > 0


def test_new_arrays_keep_last_observations_too() -> None:
    env = TownVectorEnv(agents=3, buffers=0, max_cycles=2, autoreset_mode="same_step")
    env.reset(seed=0)
    seen = []
    for _ in range(6):
        *_, infos = env.step(np.full(3, -1, np.int32))
        if "final_obs" in infos:
            seen.append((infos["final_obs"]["features"], infos["final_obs"]["features"].copy()))
    assert len(seen) > 1
    assert all((shown == copied).all() for shown, copied in seen)


@pytest.mark.parametrize("face", ["gymnasium", "pettingzoo"])
def test_new_arrays_last_for_ever(face: str) -> None:
    town, env = parallel_env(agents=3, buffers=0), TownVectorEnv(agents=3, buffers=0)
    seen: list[tuple[Any, Any]] = []
    obs, _ = env.reset(seed=0)
    rows, _ = town.reset(seed=0)
    for _ in range(6):
        shown = obs if face == "gymnasium" else rows["agent_1"]["observation"]
        seen.append((shown["features"], shown["features"].copy()))
        obs, *_ = env.step(np.full(3, -1, np.int32))
        rows, *_ = town.step(dict.fromkeys(town.agents, -1))
    assert all((shown == copy).all() for shown, copy in seen)
    assert not (seen[0][0] == seen[5][0]).all()


def test_a_part_alone_is_an_array() -> None:
    for part in ("map", "features"):
        env = TownVectorEnv(agents=4, parts=part)
        obs, _ = env.reset(seed=0)
        assert isinstance(obs, np.ndarray)
        assert isinstance(env.single_observation_space, spaces.Box)
        assert env.single_observation_space.contains(obs[0])
        assert address(obs) == env.sim.column(f"Observation.{part}").ctypes.data


def test_tensors_are_views_and_nests_of_them() -> None:
    torch = pytest.importorskip("torch")
    env = TownVectorEnv(towns=2, agents=5)
    obs, infos = env.reset(seed=0)
    seen = tensors(obs)
    assert sorted(seen) == ["features", "map"]
    assert seen["map"].shape == obs["map"].shape
    before = seen["features"].clone()
    env.step(np.full(10, -1, np.int32))
    assert not torch.equal(before, seen["features"]), "the tensor is the buffer"
    assert (seen["features"].numpy() == obs["features"]).all()
    assert tensors(infos["action_mask"]).dtype == torch.int8


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"parts": "fetures"}, "unknown part of an observation 'fetures'; did you mean 'features'"),
        ({"parts": ()}, "parts is empty"),
        ({"buffers": -1}, "buffers is -1; it must be a whole number between 0 and 64"),
        ({"buffers": 1.5}, "buffers is 1.5; it must be a whole number"),
        ({"observations": "hybird"}, "observations is 'hybird'; did you mean 'hybrid'"),
        ({"level": "options"}, "unknown action level 'options'; did you mean 'option'"),
        ({"max_cycles": 0}, "max_cycles is 0; it must be a whole number, at least 1"),
        ({"max_cycles": 1.5}, "max_cycles is 1.5; it must be a whole number"),
        ({"render_mode": "rgb"}, "unknown render_mode 'rgb'; valid are human"),
    ],
)
def test_wrong_arguments_get_a_sentence(options: dict[str, Any], sentence: str) -> None:
    for make in (TownVectorEnv, parallel_env):
        with pytest.raises(UserError, match=sentence):
            make(agents=2, **options)
