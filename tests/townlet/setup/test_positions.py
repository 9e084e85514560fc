"""Positions of a town: generated, changed, placed and taken over."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.jobs import JobTable


def table(agents: int = 64, **keys: Any) -> tuple[JobTable, TownPlan]:
    """The positions of a town, and its map."""
    dotted = {key.replace("__", "."): value for key, value in keys.items()}
    blue = draw_blueprint(SimulationConfig().with_overrides(dotted), agents=agents)
    return blue.jobs, blue.plan


def count(jobs: JobTable) -> Counter[str]:
    """Positions by job."""
    return Counter(jobs.names[job] for job in jobs.job)


def kinds(jobs: JobTable, plan: TownPlan, name: str) -> set[str]:
    """Kinds of places a job is done at."""
    mine = jobs.place[jobs.job == jobs.number(name)]
    return {PLACE_KINDS[kind] for kind in plan.place_kind[mine]}


def test_generated_positions_are_for_95_of_100_and_by_place() -> None:
    for agents in (8, 64, 300):
        jobs, plan = table(agents)
        assert jobs.count == plan.place_jobs.sum() == (agents * 95 + 50) // 100
        assert (np.diff(jobs.place) >= 0).all()
        assert (np.bincount(jobs.place, minlength=plan.places) == plan.place_jobs).all()
        assert (jobs.target == plan.place_target[jobs.place]).all()
        assert not jobs.spot.any()


def test_shifts_of_a_place_are_staggered() -> None:
    jobs, plan = table(300)
    for place in np.unique(jobs.place):
        starts = jobs.start[jobs.place == place].tolist()
        usual = {"workshop": 3, "office": 3, "park": 1}.get(PLACE_KINDS[plan.place_kind[place]], 2)
        assert len(set(starts)) == min(usual, len(starts))
        assert max(Counter(starts).values()) - min(Counter(starts).values()) <= 1
    assert set(jobs.length.tolist()) == {480}


def test_a_generated_job_takes_the_numbers_of_its_name() -> None:
    """Its shift here; wages and penalties are rules."""
    plain, _ = table()
    jobs, _ = table(jobs__barista={"start": "10:00", "end": "12:00"})
    mine = jobs.job == jobs.number("barista")
    assert (jobs.job == plain.job).all()
    assert set(zip(jobs.start[mine], jobs.length[mine], strict=True)) == {(600, 120)}
    assert (jobs.start[~mine] == plain.start[~mine]).all()


def test_a_job_with_a_place_comes_beside_the_generated_ones() -> None:
    plain, _ = table(130)
    jobs, plan = table(130, jobs__cook={"place": "cafe", "positions": 7, "start": "05:00"})
    assert count(jobs) == count(plain) + Counter(cook=7)
    assert kinds(jobs, plan, "cook") == {"cafe"}
    mine = jobs.job == jobs.number("cook")
    assert set(jobs.start[mine].tolist()) == {300}
    places = Counter(jobs.place[mine].tolist())
    assert len(places) == (plan.place_kind == PLACE_KINDS.index("cafe")).sum()
    assert max(places.values()) - min(places.values()) <= 1
    assert (np.diff(jobs.place) >= 0).all(), "by place"


def test_a_generated_job_that_moves_leaves_its_places() -> None:
    plain, _ = table()
    jobs, plan = table(jobs__clerk={"place": "gym"})
    assert count(jobs) == count(plain)
    assert kinds(jobs, plan, "clerk") == {"gym"}


def test_jobs_without_a_workplace_take_over_generated_positions() -> None:
    plain, _ = table()
    keys: dict[str, Any] = {
        "jobs__nurse": {"positions": 5, "start": "20:00"},
        "jobs__guard": {},
        "jobs__cook": {},
    }
    jobs, _ = table(**keys)
    found = count(jobs)
    assert set(found) == {"nurse", "guard", "cook"}
    assert (found["nurse"], jobs.count) == (5, plain.count)
    assert abs(found["guard"] - found["cook"]) <= 1
    some, _ = table(jobs__nurse={"positions": 5})
    assert count(some)["nurse"] == 5
    assert count(some)["clerk"] > 0, "the others stay as they were generated"
    with pytest.raises(UserError, match=r"jobs.nurse.positions is 99; .* have 61 left"):
        table(jobs__nurse={"positions": 99})


def test_on_open_ground_everybody_finds_one_of_the_named_jobs() -> None:
    keys: dict[str, Any] = {
        "world__grid_size": [12, 10],
        "jobs__grocer": {"start_tick": 180, "end_tick": 360, "location": [0, 0]},
        "jobs__barista": {"start_tick": 400, "end_tick": 560, "location": [1, 0]},
    }
    jobs, plan = table(9, **keys)
    assert count(jobs) == {"grocer": 5, "barista": 5}
    assert jobs.spot.all()
    assert set(jobs.place.tolist()) == {0}
    for name, tile in (("grocer", 0), ("barista", 1)):
        target = jobs.target[jobs.job == jobs.number(name)]
        assert len(set(target.tolist())) == 1
        assert np.flatnonzero(plan.route[0, target[0]] == 4).tolist() == [tile]
    few, _ = table(9, **(keys | {"jobs__grocer": {"location": [0, 0], "positions": 2}}))
    assert count(few) == {"grocer": 2, "barista": 7}
    plain, _ = table(9, world__grid_size=[12, 10])
    assert count(plain) == {"hand": 9}


def test_a_scene_has_a_position_for_each_who_asks() -> None:
    cast = {"agents": [{"id": name, "job": "shift"} for name in ("dawn", "erin", "faye")]}
    cast["agents"].append({"id": "gina", "job": "baker"})
    keys: dict[str, Any] = {"scenario": cast, "world__grid_size": [8, 8]}
    place = {"location": [4, 4]}
    jobs, _ = table(4, jobs__shift=place, jobs__baker=place, **keys)
    assert count(jobs) == {"shift": 3, "baker": 1}
    with pytest.raises(UserError, match="3 ask for the job 'shift', which has 2 positions"):
        table(4, jobs__shift=place | {"positions": 2}, jobs__baker=place, **keys)
    del keys["world__grid_size"]
    jobs, plan = table(40, jobs__shift={"place": "cafe"}, jobs__baker={"place": "gym"}, **keys)
    assert (count(jobs)["shift"], count(jobs)["baker"]) == (3, 1)
    assert count(jobs)["clerk"] > 0
    assert kinds(jobs, plan, "shift") == {"cafe"}


def test_a_location_is_the_place_it_belongs_to() -> None:
    _, plan = table()
    cafe = int(np.flatnonzero(plan.place_kind == PLACE_KINDS.index("cafe"))[0])
    for tile in (int(plan.place_door[cafe]), plan.layouts[0].places[cafe].tiles[0]):
        at = list(plan.position(0, tile))
        jobs, same = table(jobs__cook={"location": at, "positions": 2})
        mine = jobs.job == jobs.number("cook")
        assert jobs.place[mine].tolist() == [cafe, cafe]
        assert jobs.target[mine].tolist() == [same.place_target[cafe]] * 2
        assert not jobs.spot.any()


def test_a_location_in_the_street_is_a_spot() -> None:
    _, plan = table()
    road = int(np.flatnonzero((plan.place_of_tile[0] < 0) & plan.walkable[0])[50])
    jobs, same = table(jobs__sweeper={"location": list(plan.position(0, road)), "positions": 1})
    mine = int(np.flatnonzero(jobs.job == jobs.number("sweeper"))[0])
    assert jobs.spot[mine]
    assert np.flatnonzero(same.route[0, jobs.target[mine]] == 4).tolist() == [road]
    assert same.place_kind[jobs.place[mine]] != PLACE_KINDS.index("home")


def test_a_workplace_that_cannot_be_gets_a_sentence() -> None:
    with pytest.raises(UserError, match=r"jobs.cook.place is 'gym'; this town has none"):
        table(4, world__grid_size=[8, 8], jobs__cook={"place": "gym"})
    with pytest.raises(UserError, match=r"\[900, 2\] is off the map"):
        table(jobs__cook={"location": [900, 2]})
