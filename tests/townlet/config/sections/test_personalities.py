"""Profiles: built in, of one's own, and who gets which."""

import pytest

from townlet.config import ConfigError, SimulationConfig


def test_the_prototypes_profiles() -> None:
    table = SimulationConfig().personalities.table()
    assert list(table) == ["balanced", "industrious", "socialite", "stoic"]
    assert table["socialite"].traits.extroversion == 0.6
    assert table["socialite"].needs == {"hygiene": 1.1}
    assert table["industrious"].behavior.work_affinity == 1.4
    assert table["industrious"].rewards.employment == 1.25
    assert table["stoic"].behavior.conflict_tolerance == 0.6
    assert table["balanced"].traits.patience == 0.0


def test_a_profile_of_ones_own_by_any_case() -> None:
    cfg = SimulationConfig().with_overrides(
        {
            "needs.fun.decay": 0.1,
            "personalities": {
                "profiles": {"Owl": {"traits": {"patience": -0.5}, "needs": {"fun": 2.0}}},
                "distribution": {"OWL": 1.0},
                "overrides": {"ann": "Stoic"},
            },
        }
    )
    people = cfg.personalities
    assert people.table()["owl"].needs == {"fun": 2.0}
    assert people.overrides == {"ann": "stoic"}
    # An override lies over the file, and there was none: only what it gives is there.
    assert people.distribution == {"owl": 1.0}


def test_a_profile_speaks_of_needs_the_town_has() -> None:
    profile = {"personalities.profiles.owl": {"needs": {"fun": 2.0}}}
    with pytest.raises(ConfigError) as caught:
        SimulationConfig().with_overrides(profile)
    assert str(caught.value) == (
        "override: personalities.profiles.owl.needs.fun names no need of this town; known are"
        " hunger, hygiene, energy."
    )
