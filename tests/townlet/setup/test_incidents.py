"""Perturbations of a config: every word means something in the town, or the file is refused."""

from pathlib import Path
from typing import Any

import pytest

from townlet.affordances import AffordanceTable
from townlet.config import ConfigError, SimulationConfig, load_config
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.names import name_of, serial_of
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.targets import TargetError, Targets
from townlet_components.incidents import (
    AIM_KEY,
    AIM_OBJECT,
    AIM_PLACE,
    AIM_PLACE_KIND,
    AIM_TYPE,
)
from townlet_systems.preconditions import PRICE_KEYS


def town(**keys: Any) -> tuple[TownPlan, AffordanceTable]:
    blue = draw_blueprint(SimulationConfig().with_overrides(keys), agents=8)
    return blue.plan, blue.table


@pytest.fixture(scope="module")
def targets() -> Targets:
    return Targets(*town())


def key(name: str) -> tuple[int, int]:
    return AIM_KEY, PRICE_KEYS.index(name)


def kind(name: str) -> tuple[int, int]:
    return AIM_PLACE_KIND, PLACE_KINDS.index(name)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["grocer", "cafe"], [kind("grocer"), kind("cafe")]),
        (["gym"], [kind("gym")]),
        (["meal"], [key("meal_cost")]),
        (["meal_cost", "meals"], [key("meal_cost")]),
        (["coffee", "shower"], [key("coffee"), key("public_shower")]),
        (["till"], [key("ingredients_cost")]),
        (["global"], [(AIM_KEY, k) for k in range(len(PRICE_KEYS))]),
        ([], [(AIM_KEY, k) for k in range(len(PRICE_KEYS))]),
        (["market"], [(AIM_KEY, k) for k in range(len(PRICE_KEYS) - 1)]),
    ],
)
def test_what_a_spike_moves(
    targets: Targets, words: list[str], meant: list[tuple[int, int]]
) -> None:
    assert targets.prices(words) == meant


def test_ids() -> None:
    plan, table = town()
    targets = Targets(plan, table)
    cafe = next(p for p in range(plan.places) if plan.place_id(p) == "cafe_1")
    assert targets.prices(["cafe_1"]) == [(AIM_PLACE, cafe)]
    till = plan.object_index("till_1")
    assert targets.prices(["till_1"]) == [(AIM_PLACE, plan.object_place[till])]
    assert targets.objects(["till_1", "cafe_1"]) == [(AIM_OBJECT, till), (AIM_PLACE, cafe)]
    where = (plan.object_district[till], plan.object_target[till])
    assert targets.location("till_1") == targets.location("till") == where
    where = (plan.place_district[cafe], plan.place_target[cafe])
    assert targets.location("cafe_1") == targets.location("cafe") == where


def test_a_public_shower_is_where_one_meets() -> None:
    plan, table = town()
    district, target = Targets(plan, table).location("shower")
    public = [
        o for o in range(plan.objects)
        if plan.object_types[plan.object_type[o]] == "shower" and not plan.object_private[o]
    ]  # fmt: skip
    assert (district, target) == (plan.object_district[public[0]], plan.object_target[public[0]])


def test_goods_close_where_they_are_sold(targets: Targets) -> None:
    assert targets.objects(["groceries"]) == targets.objects(["till"])
    assert targets.objects(["park"]) == [kind("park")]
    assert targets.objects(["till"])[0][0] == AIM_TYPE


def test_a_price_that_a_manifest_fixes_follows_its_places(tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text(
        "- {type: object, id: stall_1, object_type: stall}\n"
        "- {id: eat, object_type: stall, duration: 5, effects: {hunger: 0.5, money: -0.4}}\n"
        "- {type: object, id: bed_1, object_type: bed}\n"
        "- {id: nap, object_type: bed, duration: 5, effects: {energy: 0.5}}\n"
    )
    keys: dict[str, Any] = {"world.grid_size": [9, 9]}
    targets = Targets(*town(**keys, **{"affordances.affordances_file": str(manifest)}))
    assert targets.prices(["stall"]) == [kind("open")]
    with pytest.raises(TargetError, match="at which nothing is sold"):
        targets.prices(["bed"])


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("{kind: price_spike, targets: [grocer, cafee]}",
         ":3: perturbations.events.x.targets[1] is 'cafee', which names nothing in this town; "
         "did you mean 'cafe'?"),
        ("{kind: price_spike, targets: [open]}",
         "is 'open', and the town has no such place; it has home, grocer, cafe"),
        ("{kind: price_spike, targets: [bed]}", "is 'bed', a type of object at which nothing is"),
        ("{kind: price_spike, targets: [bed_1]}", "is 'bed_1', which belongs to a household"),
        ("{kind: price_spike, targets: [cafe_99]}", "is 'cafe_99', which names nothing"),
        ("{kind: queue_closure}", "targets is empty; a queue_closure has at least one target"),
        ("{kind: queue_closure, targets: [global]}", "is 'global', which names nothing"),
        ("{kind: queue_closure, targets: [rent]}", "is 'rent', a price, and nothing is closed"),
        ("{kind: arranged_meet, location: pub}", ":3: perturbations.events.x.location is 'pub'"),
        ("{kind: arranged_meet, target: top_rival}",
         "target is 'top_rival', which names no agent; did you mean 'top_rivals'?"),
        ("{kind: arranged_meet, target: [ada, bno]}", "target is 'bno', which names no agent"),
        ("{kind: arranged_meet, max_participants: 17}", "it must be"),
        ("{kind: price_spike, magnitude: 1001}", "it must be"),
        ("{kind: earthquake}", "must be one of price_spike, blackout"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, entry: str, sentence: str) -> None:
    path = tmp_path / "town.yaml"
    path.write_text(f"perturbations:\n  events:\n    x: {entry}\n")
    with pytest.raises(ConfigError) as caught:
        draw_blueprint(load_config(path), agents=8)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_an_open_district_has_no_cafe_to_meet_in() -> None:
    config = SimulationConfig().with_overrides(
        {"world.grid_size": [9, 9], "perturbations.events.x": {"kind": "arranged_meet"}}
    )
    with pytest.raises(ConfigError, match="is 'cafe', and the town has no such place; it has open"):
        draw_blueprint(config, agents=3)


def test_towns_differ_in_numbers_only() -> None:
    config = SimulationConfig().with_overrides(
        {"perturbations.events.x": {"kind": "price_spike", "targets": ["cafe"]}}
    )
    odds = {"perturbations.events.x.probability_per_day": [0.0, 2.0]}
    draw_blueprint(config, 2, agents=3, overrides=odds)
    for name, values in (
        ("x.targets", [["cafe"], ["gym"]]),
        ("y", [{"kind": "outage"}, {"kind": "outage"}]),
    ):
        overrides = [{f"perturbations.events.{name}": values[0]}, {}]
        if name == "x.targets":
            overrides[1] = {f"perturbations.events.{name}": values[1]}
        with pytest.raises(ConfigError, match="towns of a batch may differ in numbers only"):
            draw_blueprint(config, 2, agents=3, overrides=overrides)


def test_names_lead_back_to_serials() -> None:
    for capacity in (3, 90, 1000):
        for serial in (0, 2, 89, 90, 271, 5000):
            slot, generation = serial % capacity, serial // capacity
            assert serial_of(name_of(slot, generation, capacity), capacity) == (slot, generation)
    for name in ("", "nobody", "ada_", "ada_1", "ada_0", "ada_x", "_2"):
        assert serial_of(name, 8) is None
