from __future__ import annotations

import pytest

from townlet.errors import UserError
from townlet.maps import PlanSpec, build_plan
from townlet.maps.plan import ExtraObject


def town(*objects: ExtraObject, capacity: int = 200):  # type: ignore[no-untyped-def]
    return build_plan(PlanSpec(capacity, capacity, extra_objects=objects))


def test_extra_objects__take_the_next_free_anchor_of_their_type() -> None:
    plain = town()
    first = [i for i in range(plain.objects) if plain.object_id(i) in ("shower_1", "shower_2")]
    plan = town(("wet_room", "shower", None), ("other", "shower", None))
    assert plan.objects == plain.objects
    assert [plan.object_id(i) for i in first] == ["wet_room", "other"]
    assert plan.object_index("other") == first[1]
    with pytest.raises(KeyError, match="no object 'shower_1'"):
        plan.object_index("shower_1")


def test_extra_objects__a_number_in_an_id_is_kept_and_never_given_twice() -> None:
    plan = town(("bed_7", "bed", None))
    ids = [plan.object_id(i) for i in range(plan.objects)]
    assert len(set(ids)) == len(ids)
    beds = [name for name in ids if name.startswith("bed_")]
    assert beds[:3] == ["bed_7", "bed_2", "bed_3"]
    assert "bed_1" in beds
    assert all(plan.object_index(name) == i for i, name in enumerate(ids))


def test_extra_objects__with_a_position_stand_there() -> None:
    plan = town(("arcade", "arcade", (40, 15)), ("stove_9", "stove", (15, 20)))
    index = plan.object_index("arcade")
    district, tile = plan.locate(40, 15)
    assert (plan.object_district[index], plan.object_tile[index]) == (district, tile)
    assert index == plan.object_first[district + 1] - 1
    assert not plan.object_private[index]
    assert plan.place_district[plan.object_place[index]] == district
    layout = plan.district_layout[district]
    assert plan.route[layout, plan.object_target[index], tile] == 4
    assert plan.object_index("stove_9") == plan.object_first[1] - 1


def test_extra_objects__where_one_of_the_type_stands_are_that_one() -> None:
    plain = town()
    index = plain.object_index("till_2")
    at = plain.position(int(plain.object_district[index]), int(plain.object_tile[index]))
    plan = town(("kasse", "till", at))
    assert plan.object_index("kasse") == index
    assert plan.objects == plain.objects


def test_extra_objects__of_a_new_type_get_a_free_public_tile() -> None:
    plan = town(*((f"arcade_{n}", "arcade", None) for n in range(1, 21)))
    spots = {
        (int(plan.object_district[i]), int(plan.object_tile[i]))
        for i in (plan.object_index(f"arcade_{n}") for n in range(1, 21))
    }
    assert len(spots) == 20
    taken = {(int(d), int(t)) for d, t in zip(plan.object_district, plan.object_tile, strict=True)}
    assert len(taken) == plan.objects
    assert not plan.object_private[plan.object_index("arcade_1")]


def test_extra_objects__given_twice() -> None:
    plan = town(("stove_1", "stove", (15, 20)), ("stove_1", "stove", None))
    assert list(plan.object_names.values()) == ["stove_1"]
    with pytest.raises(UserError, match="'x' is given twice, as a stove and as a bed"):
        town(("x", "stove", None), ("x", "bed", None))
    with pytest.raises(UserError, match=r"given twice, at \[1, 2\] and at \[3, 4\]"):
        town(("x", "bed", (1, 2)), ("x", "bed", (3, 4)))


def test_extra_objects__refused() -> None:
    with pytest.raises(UserError, match=r"'x': position \[64, 0\] is off the map; x is 0 to 63"):
        town(("x", "bed", (64, 0)))
    with pytest.raises(UserError, match=r"nobody can stand at or next to \[0, 0\]"):
        town(("x", "bed", (0, 0)))


def test_object_index__names_what_comes_nearest() -> None:
    plan = town()
    with pytest.raises(KeyError, match="nearest: 'shower_1'"):
        plan.object_index("showr_1")
    with pytest.raises(KeyError, match="the town has 200 of type bed"):
        plan.object_index("bed_201")
