"""The table of features: the order of the reference, one entry per need, primitive and slot."""

from __future__ import annotations

from dataclasses import replace

from townlet.observe.features import FeatureChoice, feature_table
from townlet_components.intent import PRIMITIVES

CHOICE = FeatureChoice(
    needs=("hunger", "hygiene", "energy"),
    primitives=PRIMITIVES,
    targets=False,
    personality=False,
    friends=2,
    rivals=2,
    width=8,
    aggregates=True,
)


def names(choice: FeatureChoice) -> list[str]:
    return [feature.name for feature in feature_table(choice)]


def test_the_order_is_that_of_the_reference() -> None:
    found = names(CHOICE)
    anchors = [
        "need_hunger", "need_hygiene", "need_energy", "wallet", "lateness_counter", "on_shift",
        "time_sin", "time_cos", "attendance_ratio", "wages_withheld", "shift_pre", "shift_idle",
        "shift_await_start", "shift_on_time", "shift_late", "shift_absent", "shift_post",
        "embedding_slot_norm", "ctx_reset_flag", "episode_progress", "rivalry_max",
        "rivalry_avoid_count", "last_action_wait", "last_action_leave", "last_action_success",
        "last_action_duration", "reservation_active", "in_queue", "path_hint_north",
        "path_hint_south", "path_hint_east", "path_hint_west", "neighbor_agent_ratio",
        "neighbor_object_ratio", "reserved_tile_ratio", "nearest_agent_distance",
        "social_slot0_d0", "social_slot3_d10", "social_trust_mean", "social_trust_max",
        "social_rivalry_mean", "social_rivalry_max",
    ]  # fmt: skip
    assert [name for name in found if name in anchors] == anchors
    assert found[0] == anchors[0]
    assert found[-1] == anchors[-1]
    assert [feature.index for feature in feature_table(CHOICE)] == list(range(len(found)))
    assert len(found) == 3 + 19 + len(PRIMITIVES) + 4 + 8 + 4 * 11 + 4


def test_what_is_chosen_adds_its_features_in_its_place() -> None:
    base = names(CHOICE)
    targets = names(replace(CHOICE, targets=True))
    traits = names(replace(CHOICE, targets=True, personality=True))
    at = base.index("social_slot0_d0")
    assert targets == base[:at] + targets[at : at + 12] + base[at:]
    assert targets[at : at + 4] == ["fridge_dx", "fridge_dy", "fridge_dist", "stove_dx"]
    added = ["personality_extroversion", "personality_forgiveness", "personality_ambition"]
    assert traits == targets[: at + 12] + added + targets[at + 12 :]


def test_a_need_is_a_feature() -> None:
    found = names(replace(CHOICE, needs=(*CHOICE.needs, "fun")))
    assert found[3:5] == ["need_fun", "wallet"]


def test_no_slots_no_ties() -> None:
    found = names(replace(CHOICE, friends=0, rivals=0, aggregates=False))
    assert found[-1] == "nearest_agent_distance"


def test_every_feature_has_a_range_and_a_formula() -> None:
    for feature in feature_table(replace(CHOICE, targets=True, personality=True)):
        assert -1 <= feature.low < feature.high <= 1
        assert len(feature.formula) > 5
