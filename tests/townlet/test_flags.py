"""The flags of SPEC §16, one by one: what each turns on and off, and what it leaves alone.

Flags that concern rewards and observations change nothing in the world, which is asserted here too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet import Simulation
from townlet.config import SimulationConfig, load_config
from townlet.learner import Learner
from townlet.observe.shape import shape_of
from townlet_components.events import EVENTS

SCENES = Path(__file__).parents[2] / "configs" / "scenarios"
STAGES = "features.stages.relationships"
PERSONALITY = ("personality_extroversion", "personality_forgiveness", "personality_ambition")
PROFILES, MODIFIERS = "features.behavior.personality_profiles", "features.relationship_modifiers"
CALM = {f"rewards.decay_rates.{need}": 0.0 for need in ("hunger", "hygiene", "energy")}


def quarrel(profile: str | None = None, /, **keys: Any) -> Simulation:
    """The scene in which Anna is blocked by Cara and Ben, up to the conflict."""
    config = load_config(SCENES / "queue_conflict.yaml")
    scene = dict(config.scenario or {})
    scene["agents"] = [dict(a, personality_profile=profile) for a in scene["agents"]]
    return Simulation.from_config(config.with_overrides({"scenario": scene} | keys)).run(12)


def rivalry(sim: Simulation, agent: str, other: str) -> tuple[float, bool]:
    """Rivalry of one toward another as last written, and whether it avoids the other."""
    names = sim.frame()["name"].to_list()
    row, slot = names.index(agent), names.index(other)
    known = np.flatnonzero(sim.column("Ties.other")[row] == slot)
    if not len(known):
        return 0.0, False
    place = int(known[0])
    return float(sim.column("Ties.rivalry")[row, place]), bool(sim.column("Ties.avoid")[row, place])


# -- stages.relationships ---------------------------------------------------------------------


def test_relationships_off_means_no_ties_at_all() -> None:
    off = quarrel(**{STAGES: "OFF"})
    assert (off.column("Ties.other") == -1).all()
    assert off.column("EventTotals.total").sum() > 0  # it happened all the same
    town = SimulationConfig().with_overrides({STAGES: "OFF"})
    sim = Simulation.from_config(town, agents=8, seed=1).run(600)
    totals = dict(zip(sim.store.sizes.labels("event_kind"), _totals(sim), strict=True))
    assert totals["chat_success"] == totals["chat_failure"] == totals["avoidance"] == 0
    assert (sim.column("Ties.other") == -1).all()


@pytest.mark.parametrize("stage", ["A", "B", "C1"])
def test_ties_are_on_from_a_on(stage: str) -> None:
    value, avoids = rivalry(quarrel(**{STAGES: stage}), "cara", "anna")
    assert value >= 0.4
    assert avoids


def test_later_stages_change_nothing_in_the_world() -> None:
    """From B on ties are observed as well; what happens is the same."""
    hashes = {stage: quarrel(**{STAGES: stage}).hash() for stage in ("A", "B", "C1", "C2", "C3")}
    assert len(set(hashes.values())) == 1


def _totals(sim: Simulation) -> list[int]:
    totals: list[int] = sim.column("EventTotals.total").sum(axis=0).tolist()
    return totals


# -- relationship_modifiers -------------------------------------------------------------------


def test_forgiveness_counts_while_relationship_modifiers_are_on() -> None:
    plain, _ = rivalry(quarrel("stoic", **{MODIFIERS: False}), "cara", "anna")
    shrunk, _ = rivalry(quarrel("stoic", **{MODIFIERS: True}), "cara", "anna")
    unmoved, _ = rivalry(quarrel("balanced", **{MODIFIERS: True}), "cara", "anna")
    assert shrunk < plain
    assert plain == pytest.approx(unmoved)


# -- behavior ---------------------------------------------------------------------------------


def test_profiles_bias_avoiding_while_personality_profiles_are_on() -> None:
    """A stoic's threshold of 0.4 becomes 0.67, above what this quarrel comes to."""
    value, avoids = rivalry(quarrel("stoic", **{PROFILES: True, MODIFIERS: False}), "cara", "anna")
    same, avoided = rivalry(quarrel("stoic", **{PROFILES: False, MODIFIERS: False}), "cara", "anna")
    assert value == same
    assert 0.4 < value < 0.66
    assert (avoids, avoided) == (False, True)


def test_profiles_bias_chats_and_commutes_while_personality_profiles_are_on() -> None:
    rules = {}
    for on in (True, False):
        config = SimulationConfig().with_overrides({PROFILES: on})
        sim = Simulation.from_config(config, agents=8)
        profiles = list(sim.blueprint.profiles)
        rules[on] = (
            float(sim.column("TieRules.chat_preference")[0, profiles.index("socialite")]),
            int(sim.column("JobRules.affinity")[0, profiles.index("industrious")]),
            int(sim.column("JobRules.affinity")[0, profiles.index("balanced")]),
        )
    preference, early, normal = rules[True]
    assert preference == pytest.approx(1.3)
    assert early == round(normal * 1.4)
    assert rules[False] == (1.0, normal, normal)


@pytest.mark.parametrize("on", [True, False])
def test_profiles_scale_needs_while_reward_multipliers_are_on(on: bool) -> None:
    sim = quarrel("socialite", **{
        "features.behavior.reward_multipliers": on,
        "rewards.decay_rates.hygiene": 0.001,
        "behavior.hygiene_threshold": 0.3,
    })  # fmt: skip
    dov = sim.frame()["name"].to_list().index("dov")
    factor = 1.1 if on else 1.0
    assert sim.column("Needs.level")[dov, 1] == pytest.approx(0.9 - 12 * 0.001 * factor, abs=1e-5)
    profile = int(sim.column("Personality.profile")[dov])
    assert sim.column("NeedRules.threshold")[0, profile, 1] == pytest.approx(0.3 * factor)
    assert sim.column("NeedRules.decay")[0, profile, 0] == 0.0


# -- systems.lifecycle ------------------------------------------------------------------------


@pytest.mark.parametrize("on", [True, False])
def test_lifecycle_off_means_no_exits_and_no_arrivals(on: bool) -> None:
    starving = {"id": "ann", "needs": {"hunger": 0.0}, "schedule": [{"kind": "wait"}]}
    config = SimulationConfig().with_overrides(
        {
            "world.grid_size": [9, 9],
            "features.systems.lifecycle": "on" if on else "off",
            "scenario": {"agents": [starving, {"id": "bo", "schedule": [{"kind": "wait"}]}]},
            "lifecycle.respawn_delay_ticks": 5,
        }
        | CALM
    )
    sim = Simulation.from_config(config).run(20)
    sim.kill("bo")  # an operator may, always
    sim.run(40)
    generations = sim.column("Identity.generation").tolist()
    alive = sim.column("Identity.alive").tolist()
    assert generations == ([1, 1] if on else [0, 0])
    assert alive == ([True, True] if on else [True, False])


# -- employment.enforce_job_loop --------------------------------------------------------------


@pytest.mark.parametrize("on", [True, False])
def test_absences_cost_the_place_in_town_where_the_job_loop_is_enforced(on: bool) -> None:
    config = load_config(SCENES / "employment_punctuality.yaml").with_overrides(
        {"employment.enforce_job_loop": on, "employment.max_absent_shifts": 1} | CALM
    )
    sim = Simulation.from_config(config).run(1440)  # who has to leave is found at midnight
    totals = dict(zip(sim.store.sizes.labels("event_kind"), _totals(sim), strict=True))
    assert totals["shift_absent"] == 1
    assert totals["employment_exit_pending"] == (1 if on else 0)


# -- rewards ----------------------------------------------------------------------------------

SOCIAL = "features.stages.social_rewards"


def company(stage: str, **keys: Any) -> dict[str, float]:
    """Social terms of two who know each other: a good talk, a bad one, and a rival avoided."""
    config = SimulationConfig().with_overrides({STAGES: "B", SOCIAL: stage} | CALM | keys)
    sim = Simulation.from_config(config, agents=4, seed=1, learner=Learner(rewards=True)).run(1)
    names = ("social_bonus", "social_penalty", "social_avoidance", "personality_bias")
    found = dict.fromkeys(names, 0.0)
    sim.column("Personality.profile")[:] = list(sim.blueprint.profiles).index("socialite")
    for a, b in ((0, 1), (1, 0)):
        sim.column("Ties.other")[a, 0], sim.column("Ties.at")[a, 0] = b, sim.tick
        sim.column("Ties.trust")[a, 0] = sim.column("Ties.familiarity")[a, 0] = 0.5
        sim.column("Identity.arrived_at")[a] = 0
    for kind, value in (("chat_success", 1000), ("chat_failure", 0), ("avoidance", 0)):
        for column, entry in (("kind", EVENTS.index(kind)), ("agent", 0), ("other", 1),
                              ("object", 0), ("value", value)):  # fmt: skip
            sim.column(f"Events.{column}")[0, 0] = entry
        sim.column("Events.count")[0] = 1
        for name in ("score_company", "score_agents"):
            sim._runtime._step(sim._runtime.launches[name])()
        for name in names:
            found[name] += float(getattr(sim.rewards(), name)[0])
    return found


def test_each_stage_of_social_rewards_adds_its_terms() -> None:
    """C1: chats; C2: avoidances; C3: chats count more among those who are close."""
    none, chats, avoiding, closer = (company(stage) for stage in ("OFF", "C1", "C2", "C3"))
    assert [none[name] for name in ("social_bonus", "social_penalty", "social_avoidance")] == [
        0
    ] * 3
    chat = (0.01 + 0.3 * 0.5 + 0.2 * 0.5) * 0.1
    assert chats["social_bonus"] == avoiding["social_bonus"] == pytest.approx(chat, abs=1e-6)
    assert closer["social_bonus"] == pytest.approx(chat * (1 + 0.25 * 0.5), abs=1e-6)
    assert chats["social_penalty"] == avoiding["social_penalty"] == pytest.approx(-0.005)
    assert chats["social_avoidance"] == 0
    assert avoiding["social_avoidance"] == closer["social_avoidance"] == pytest.approx(0.005)


def test_profiles_bias_rewards_while_reward_multipliers_are_on() -> None:
    """A socialite's company counts 1.2 times as much, what it loses by it that much less."""
    flag = "features.behavior.reward_multipliers"
    biased, plain = (company("C2", **{flag: on}) for on in (True, False))
    gains = plain["social_bonus"] + plain["social_avoidance"]
    expected = 0.2 * gains + plain["social_penalty"] * (1 / 1.2 - 1)
    assert biased["personality_bias"] == pytest.approx(expected, abs=1e-6)
    assert plain["personality_bias"] == 0


# -- rewards, observations, trainer, console --------------------------------------------------

ELSEWHERE = {
    "features.stages.social_rewards": ("OFF", "C1", "C2", "C3"),
    "features.systems.observations": ("full", "hybrid", "compact"),
    "features.training.curiosity": ("phase_A", "off"),
    "features.console.mode": ("viewer", "admin"),
    "features.observations.personality_channels": (True, False),
    "features.observations.personality_ui": (True, False),
}


@pytest.mark.parametrize("key", ELSEWHERE)
def test_other_flags_leave_the_world_alone(key: str) -> None:
    hashes = {quarrel(**{key: value}).hash() for value in ELSEWHERE[key]}
    assert len(hashes) == 1


# -- observations -----------------------------------------------------------------------------


def observed(**keys: Any) -> Simulation:
    """The quarrel, observed in the config's variant."""
    config = load_config(SCENES / "queue_conflict.yaml").with_overrides(keys)
    learner = Learner(rewards=False, observations=config.features.systems.observations)
    return Simulation.from_config(config, learner=learner).run(12)


@pytest.mark.parametrize("variant", ["full", "hybrid", "compact"])
def test_systems_observations_names_the_variant(variant: str) -> None:
    sim = observed(**{"features.systems.observations": variant})
    assert sim.features().variant == variant
    assert shape_of(sim.blueprint, None).channels == sim.features().channels


@pytest.mark.parametrize("on", [True, False])
def test_personality_channels_are_traits(on: bool) -> None:
    sim = observed(**{"features.observations.personality_channels": on})
    names = [n for n in sim.features().names if n.startswith("personality_")]
    assert names == (list(PERSONALITY) if on else [])
    for k, name in enumerate(names):
        values = sim.observation().features[:, sim.features().names.index(name)]
        assert (values == sim.column("Personality.trait")[:, k]).all()


@pytest.mark.parametrize("stage", ["OFF", "A", "B", "C1", "C2", "C3"])
def test_ties_are_observed_from_b_on(stage: str) -> None:
    sim = observed(**{STAGES: stage})
    about = [n.startswith(("social_", "rivalry_")) for n in sim.features().names]
    assert sum(about) == 2 + 4 * 11 + 4  # the shape is the same in all stages
    assert sim.observation().features[:, about].any() == (stage not in ("OFF", "A"))


def test_every_flag_has_its_test_here() -> None:
    """A flag added to the config has to be added here."""
    found = {
        f"features.{group}.{name}" if isinstance(value, dict) else f"features.{group}"
        for group, value in SimulationConfig().resolved()["features"].items()
        for name in (value if isinstance(value, dict) else {group: value})
    }
    mine = {STAGES, PROFILES, MODIFIERS, "features.behavior.reward_multipliers"}
    assert found == {*mine, "features.systems.lifecycle", *ELSEWHERE}
