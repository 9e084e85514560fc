"""SimulationConfig: defaults, overrides, hash, needs, paths."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from townlet.config import ConfigError, NeedSpec, SimulationConfig, load_config
from townlet.config.document import Document

DEFAULTS: dict[str, Any] = {
    # Appendix A
    "rewards.decay_rates.hunger": 0.0008,
    "rewards.decay_rates.hygiene": 0.0004,
    "rewards.decay_rates.energy": 0.0006,
    "economy.meal_cost": 1.0,
    "economy.ingredients_cost": 0.5,
    "economy.wage_income": 0.02,
    "economy.public_shower": 0.4,
    "economy.coffee": 0.5,
    "economy.gym": 0.5,
    "economy.rent": 5.0,
    "economy.wholesale_share": 0.5,
    "economy.starting_ingredients": 1,
    "economy.starting_clean_clothes": 1,
    "features.behavior.personality_profiles": True,
    "features.behavior.reward_multipliers": True,
    "features.relationship_modifiers": True,
    "conflict.rivalry.decay_per_tick": 0.0005,
    "conflict.rivalry.eviction_threshold": 0.02,
    "employment.absence_slack": 60,
    "employment.enforce_job_loop": True,
    "rewards.faint_penalty": -5.0,
    "rewards.eviction_penalty": -5.0,
    "rewards.clip.clip_per_tick": 1.0,
    "rewards.clip.clip_per_episode": None,
    "embedding_allocator.max_slots": None,
    "jobs": {},
    "lifecycle.respawn_delay_ticks": [5, 20],
    # the prototype's, where Townlet gives no others
    "config_id": "town",
    "world.agents": 64,
    "world.ghost_step_after": 3,
    "queue_fairness.cooldown_ticks": 60,
    "queue_fairness.ghost_step_after": 3,
    "queue_fairness.age_priority_weight": 0.1,
    "queue_fairness.patience_ticks": 60,
    "queue_fairness.reservation_timeout": 10,
    "policy_runtime.option_commit_ticks": 15,
    "behavior.hunger_threshold": 0.4,
    "employment.grace_ticks": 5,
    "conflict.rivalry.max_edges": 6,
    "conflict.rivalry.avoid_threshold": 0.7,
    "embedding_allocator.cooldown_ticks": 2000,
    "observations_config.hybrid.local_window": 11,
    "runtime.policy.provider": "scripted",
    "snapshot.storage.root": "snapshots",
    "telemetry.transport.type": "stdout",
    "personalities.distribution": {"balanced": 1.0},
    "rewards.homeostasis_scale": 0.02,
    "rewards.social_scale": 0.1,
}


@pytest.mark.parametrize("key", DEFAULTS)
def test_defaults(key: str) -> None:
    value: Any = SimulationConfig().resolved()
    for part in key.split("."):
        value = value[part]
    assert value == DEFAULTS[key]


def test_money_that_follows_from_rent() -> None:
    economy = SimulationConfig().economy
    assert economy.basket() == pytest.approx(8.4)
    assert economy.daily_allowance() == 0.0, "work pays"
    assert economy.daily_allowance(jobless=True) == pytest.approx(8.4)
    assert economy.starting_money() == 7.5
    own = SimulationConfig().with_overrides({"economy": {"allowance": 1.0, "starting_wallet": 0}})
    assert (own.economy.daily_allowance(), own.economy.starting_money()) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("overrides", "minute"),
    [
        ({}, 420),
        ({"world.start_minute": 60}, 60),
        ({"jobs.baker.start_tick": 10}, 0),
        ({"jobs.baker.wage_rate": 0.1}, 420),
        ({"scenario.ticks": 10}, 0),
        ({"scenario.ticks": 10, "world.start_minute": 7}, 7),
    ],
)
def test_start_minute(overrides: dict[str, Any], minute: int) -> None:
    assert SimulationConfig().with_overrides(overrides).start_minute() == minute


class TestNeeds:
    def test_core_needs_come_first_with_their_defaults(self) -> None:
        assert SimulationConfig().needs_table() == (
            NeedSpec("hunger", 0.0008, 1.0, 0.4, None),
            NeedSpec("hygiene", 0.0004, 0.6, 0.4, None),
            NeedSpec("energy", 0.0006, 0.8, 0.4, None),
        )

    def test_a_need_of_ones_own(self) -> None:
        cfg = SimulationConfig().with_overrides(
            {"needs.fun": {"decay": 0.001, "weight": 7, "initial": 1}}
        )
        assert cfg.need_names() == ("hunger", "hygiene", "energy", "fun")
        assert cfg.needs_table()[3] == NeedSpec("fun", 0.001, 7.0, 0.4, 1.0)

    def test_the_prototypes_keys_feed_the_same_table(self) -> None:
        cfg = SimulationConfig().with_overrides(
            {
                "needs.fun": None,
                "rewards.decay_rates": {"hunger": 0.01, "fun": 0.02},
                "rewards.needs_weights": {"hunger": 2.0, "fun": 5.0},
                "behavior.hunger_threshold": 0.3,
            }
        )
        assert cfg.needs_table()[0] == NeedSpec("hunger", 0.01, 2.0, 0.3, None)
        assert cfg.needs_table()[3] == NeedSpec("fun", 0.02, 5.0, 0.4, None)

    def test_needs_win_and_say_so_where_both_are_given(self) -> None:
        cfg = SimulationConfig().with_overrides(
            {"needs.hunger.decay": 0.5, "rewards.decay_rates.hunger": 0.01}
        )
        assert cfg.needs_table()[0].decay == 0.5
        assert cfg.warnings == ["needs.hunger.decay is used and rewards.decay_rates.hunger is not."]


class TestOverrides:
    def test_they_give_a_new_config_and_leave_the_old(self) -> None:
        cfg = SimulationConfig()
        new = cfg.with_overrides({"rewards.decay_rates.hunger": 0.001})
        assert new.rewards.decay_rates.hunger == 0.001
        assert new.rewards.decay_rates.energy == 0.0006
        assert cfg.rewards.decay_rates.hunger == 0.0008
        assert new.config_hash() != cfg.config_hash()

    def test_numpy_scalars_and_mappings(self) -> None:
        new = SimulationConfig().with_overrides(
            {"world": {"agents": np.int64(3)}, "economy.rent": np.float32(0.5)}
        )
        assert (new.world.agents, new.economy.rent) == (3, 0.5)

    @pytest.mark.parametrize(
        ("key", "value", "sentence"),
        [
            (
                "queue_fairness.cooldown_tick",
                3,
                "override: unknown key 'queue_fairness.cooldown_tick'; did you mean"
                " 'queue_fairness.cooldown_ticks'?",
            ),
            (
                "queue_fairnes.cooldown_ticks",
                3,
                "override: unknown key 'queue_fairnes'; did you mean 'queue_fairness'?",
            ),
            (
                "queue_fairness.cooldown_ticks",
                -3,
                "override: queue_fairness.cooldown_ticks is -3; it must be between 0 and 600.",
            ),
            (
                "world.agents.x",
                1,
                "override: world.agents is a mapping; it must be a whole number between 1 and"
                " 16777216.",
            ),
        ],
    )
    def test_mistakes(self, key: str, value: Any, sentence: str) -> None:
        with pytest.raises(ConfigError) as caught:
            SimulationConfig().with_overrides({key: value})
        assert str(caught.value) == sentence

    @pytest.mark.parametrize("given", ["observations", "observations_config"])
    @pytest.mark.parametrize("later", ["observations", "observations_config"])
    def test_both_spellings_of_observations(self, given: Any, later: str) -> None:
        cfg = SimulationConfig().with_overrides({f"{given}.hybrid.local_window": 9})
        cfg = cfg.with_overrides({f"{later}.hybrid.include_targets": True})
        hybrid = cfg.observations_config.hybrid
        assert (hybrid.local_window, hybrid.include_targets) == (9, True)

    def test_the_source_stays(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_text("world: {agents: 3}")
        cfg = load_config(tmp_path / "x.yaml").with_overrides({"world.agents": 4})
        assert cfg.source == tmp_path / "x.yaml"


def test_hash_depends_on_values_not_on_spelling(tmp_path: Path) -> None:
    default = SimulationConfig()
    spelt = SimulationConfig.from_document(
        Document({"economy": {"rent": 5}, "world": {"agents": 64}})
    )
    assert spelt.config_hash() == default.config_hash()
    assert len(default.config_hash()) == 64


def test_what_is_resolved_loads_again(tmp_path: Path) -> None:
    cfg = SimulationConfig().with_overrides(
        {
            "perturbations.events.e": {"kind": "price_spike", "magnitude": 2},
            "scenario.objects": [{"id": "a", "type": "bed"}],
            "needs.fun.decay": 0.1,
            "shaping.gamma": 0.5,
        }
    )
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(cfg.resolved()))
    assert load_config(tmp_path / "x.yaml").config_hash() == cfg.config_hash()


def test_files_are_found_from_the_config_upward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/b/x.yaml", "a/b/near.txt", "a/up.txt", "else/cwd.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("affordances:\n  affordances_file: gone.yaml\n")
    monkeypatch.chdir(tmp_path / "else")
    cfg = load_config("../a/b/x.yaml")
    assert cfg.resolve_path("near.txt") == tmp_path / "a/b/near.txt"
    assert cfg.resolve_path("up.txt") == tmp_path / "a/up.txt"
    assert cfg.resolve_path("cwd.txt") == tmp_path / "else/cwd.txt"
    assert cfg.resolve_path(tmp_path / "a/up.txt") == tmp_path / "a/up.txt"
    with pytest.raises(ConfigError, match=r"x\.yaml:2: there is no file 'gone\.yaml' beside"):
        cfg.resolve_path("gone.yaml")


def test_a_file_named_by_an_extended_file_lies_beside_that_one(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base/town.yaml").write_text("affordances: {affordances_file: own.yaml}")
    (tmp_path / "base/own.yaml").write_text("[]")
    (tmp_path / "x.yaml").write_text("extends: base/town.yaml")
    cfg = load_config(tmp_path / "x.yaml")
    assert cfg.resolve_path("own.yaml") == tmp_path / "base/own.yaml"


def test_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        SimulationConfig().world.agents = 3  # type: ignore[misc]


def test_rules_across_sections_hold_in_python_too() -> None:
    with pytest.raises(ValidationError, match=r"must be at least world\.agents"):
        SimulationConfig.model_validate({"world": {"capacity": 3}})


def test_too_few_embedding_slots_are_a_warning() -> None:
    cfg = SimulationConfig().with_overrides({"embedding_allocator.max_slots": 8})
    assert len(cfg.warnings) == 1
    assert "below the town's capacity of 64" in cfg.warnings[0]
    assert SimulationConfig().warnings == []


@pytest.mark.parametrize("name", ["town", "small"])
def test_shipped_configs(name: str) -> None:
    cfg = load_config(Path(__file__).parents[3] / "configs" / f"{name}.yaml")
    assert cfg.config_id == name
    assert cfg.world.agents == {"town": 64, "small": 8}[name]
    assert cfg.unused == []
    assert cfg.warnings == []
    assert cfg.features.stages.relationships == "B", "people know each other"
