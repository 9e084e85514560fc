"""Job rules: per town and job, from the job, from employment, or as generated."""

from __future__ import annotations

from typing import Any

import pytest

import townlet_components
from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.setup.build import build_store
from townlet.systems import discover_components


def build(towns: int = 1, overrides: Any = None, **keys: Any) -> tuple[Store, Blueprint]:
    """Columns of a batch."""
    config = SimulationConfig().with_overrides(keys)
    blue = draw_blueprint(config, towns=towns, agents=30, overrides=overrides)
    return build_store(blue, discover_components(townlet_components), 1), blue


def test_wages_and_limits_are_the_jobs_own_else_everybodys() -> None:
    own: dict[str, Any] = {
        "wage_rate": 0.05,
        "lateness_penalty": 0.3,
        "grace_ticks": 1,
        "absent_cutoff": 9,
        "absence_slack": 0,
        "late_tick_penalty": 0.0,
        "absence_penalty": 1.5,
    }
    keys: dict[str, Any] = {"jobs.barista": own, "jobs.cook": {"place": "cafe"}}
    store, blue = build(**keys)
    names = (
        "wage",
        "lateness_penalty",
        "grace",
        "absent_cutoff",
        "absence_slack",
        "late_tick_penalty",
        "absence_penalty",
    )

    def rules(job: str) -> list[int]:
        number = blue.jobs.number(job)
        return [int(store.column(f"JobRules.{name}")[0, number]) for name in names]

    assert rules("barista") == [50, 300, 1, 9, 0, 0, 1500]
    assert rules("clerk") == [20, 100, 5, 30, 60, 5, 200]
    assert rules("cook") == [20, 0, 5, 30, 60, 5, 200], "a named job has no lateness penalty"


def test_numbers_may_differ_per_town() -> None:
    rows = [
        {},
        {"economy.wage_income": 0.05, "jobs.barista": {"wage_rate": 0.07}},
        {"employment.absence_slack": 3, "employment.attendance_window": 9},
    ]
    store, blue = build(3, rows, **{"jobs.barista": {"wage_rate": 0.03}})
    barista, clerk = blue.jobs.number("barista"), blue.jobs.number("clerk")
    wage = store.column("JobRules.wage")
    assert wage[:, barista].tolist() == [30, 70, 30]
    assert wage[:, clerk].tolist() == [20, 50, 20]
    assert store.column("JobRules.absence_slack")[:, clerk].tolist() == [60, 60, 3]
    assert store.column("JobRules.window").tolist() == [3, 3, 9]
    assert store.column("Employment.sample").shape[1] == 9


def test_a_batch_shares_workplaces_and_shifts() -> None:
    job = {"place": "cafe", "start": "08:00"}
    with pytest.raises(UserError, match=r"jobs.cook.start differs"):
        build(2, [{}, {"jobs.cook.start": "09:00"}], **{"jobs.cook": job})
    with pytest.raises(UserError, match=r"jobs.cook is not in all towns"):
        build(2, [{}, {"jobs.cook": {}}])


def test_commuting_and_hiring_rules() -> None:
    keys = {"world.commute_radius": 7, "employment.hire_minute": 300}
    store, _ = build(**keys, **{"behavior.job_arrival_buffer": 10})
    assert store.column("EmploymentRules.radius").tolist() == [7]
    assert store.column("EmploymentRules.hire_minute").tolist() == [300]
    assert store.column("JobRules.buffer").tolist() == [10]
    profiles = list(SimulationConfig().personalities.table())
    affinity = store.column("JobRules.affinity")[0]
    assert affinity[profiles.index("balanced")] == 10
    assert affinity[profiles.index("industrious")] == 14


def test_every_position_is_vacant_at_first() -> None:
    store, blue = build(2, None, **{"world.residents_per_district": 6})
    plan = blue.plan
    vacant = store.column("Shifts.vacant").reshape(2, plan.districts)
    for district in range(plan.districts):
        there = (plan.place_district[blue.jobs.place] == district).sum()
        assert vacant[:, district].tolist() == [there, there]
    first = store.column("PositionPlan.place_first")
    for p, place in enumerate(blue.jobs.place):
        assert first[place] <= p < first[place + 1]


def test_an_unknown_job_gets_a_sentence() -> None:
    _, blue = build()
    with pytest.raises(UserError, match="no job is called 'baristo'; did you mean 'barista'"):
        blue.jobs.number("baristo")
