"""Minutes and money of a day."""

import pytest

from townlet.config import SimulationConfig
from townlet.config.budget import AffordanceRow, JobRow, day_budget

ROWS: list[AffordanceRow] = [
    ("use_shower", "shower", 20, {"hygiene": 0.6}, 0.4),
    ("eat_meal", "fridge", 30, {"hunger": 0.4, "meals": -1}, 1.0),
    ("cook_meal", "stove", 30, {"ingredients": -2, "meals": 2}, 0.0),
    ("rest_sleep", "bed", 60, {"energy": 0.13}, 0.0),
    ("drink_coffee", "counter", 10, {"energy": 0.03}, 0.5),
]


def test_the_default_day() -> None:
    day = day_budget(SimulationConfig(), ROWS)
    lines = {line.serves: line for line in day.lines}
    assert lines["hunger"].times == pytest.approx(0.0008 * 1440 / 0.4)
    assert lines["hunger"].minutes == pytest.approx(86.4)
    assert lines["meals"].minutes == pytest.approx(43.2)
    assert lines["hygiene"].money == pytest.approx(0.96 * 0.4)
    assert lines["energy"].affordance == "rest_sleep"  # more at a time than coffee
    assert lines["energy"].minutes == pytest.approx(0.864 / 0.13 * 60)
    assert day.minutes == pytest.approx(86.4 + 43.2 + 19.2 + 398.769 + 480, abs=0.01)
    assert 0.6 < day.share < 0.78
    assert day.money == pytest.approx(5.0 + 2.88 + 0.384)
    assert day.warnings == ()


def test_a_day_too_full_is_a_warning() -> None:
    cfg = SimulationConfig().with_overrides({"rewards.decay_rates.energy": 0.0012})
    (warning,) = day_budget(cfg, ROWS).warnings
    assert warning.startswith("a day needs 1426 minutes (99%) without walking; above 90%")


def test_a_day_too_dear_is_a_warning() -> None:
    """Dearer than its basket: this town is hungry five times a day."""
    cfg = SimulationConfig().with_overrides({"rewards.decay_rates.hunger": 0.0014})
    assert day_budget(cfg, ROWS).warnings == ("a day costs 10.42 and a full shift brings 9.60.",)


def test_a_town_without_jobs_lives_on_its_allowance() -> None:
    cfg = SimulationConfig()
    day = day_budget(cfg, ROWS, jobs=[])
    assert day.income == pytest.approx(8.4)
    assert day.warnings == ()
    assert "work" not in {line.serves for line in day.lines}
    assert day.minutes == pytest.approx(day_budget(cfg, ROWS).minutes - 480)
    poor = cfg.with_overrides({"economy.allowance": 5.0})
    assert day_budget(poor, ROWS, jobs=[]).warnings == (
        "a day costs 8.26 and economy.allowance brings 5.00.",
    )


def test_the_default_shift_covers_a_basket_with_slack() -> None:
    day = day_budget(SimulationConfig(), ROWS)
    (job,) = day.jobs
    assert job.pay == pytest.approx(9.6)
    assert day.basket == pytest.approx(8.4)
    assert 0.1 < job.slack < 0.2
    assert day.notes == ()


def test_wages_are_held_against_the_basket() -> None:
    """Less than a basket, a tenth of it, a fifth of it, more: by job, one sentence per pay."""
    jobs: list[JobRow] = [
        ("clerk", 5, 480, 0.015),
        ("grocer", 1, 240, 0.03),
        ("cook", 2, 480, 0.0185),
        ("maker", 3, 480, 0.02),
        ("boss", 1, 480, 0.04),
        ("ghost", 0, 480, 0.001),
    ]
    day = day_budget(SimulationConfig(), ROWS, jobs=jobs)
    assert day.warnings == (
        "a full shift as 'clerk' and 'grocer' pays 7.20 and a basket costs 8.40.",
        "a full shift as 'cook' pays 8.88, 6% above a basket of 8.40; with less than 10% a late"
        " day is not made up for.",
    )
    assert day.notes == (
        "a full shift as 'boss' pays 19.20, 129% above a basket of 8.40; Townlet's own jobs leave"
        " 10% to 20%.",
    )
    assert [job.job for job in day.jobs] == ["clerk", "grocer", "cook", "maker", "boss"]
    pay = (5 * 7.2 + 7.2 + 2 * 8.88 + 3 * 9.6 + 19.2) / 12
    assert day.income == pytest.approx(pay)
    (work,) = [line for line in day.lines if line.serves == "work"]
    assert work.minutes == pytest.approx((11 * 480 + 240) / 12)


def test_an_allowance_adds_to_a_wage() -> None:
    cfg = SimulationConfig().with_overrides({"economy.allowance": 0.4})
    assert day_budget(cfg, ROWS).income == pytest.approx(10.0)


def test_shopping_takes_time_and_tills() -> None:
    """What cooking uses up is fetched; its money is in the price of the meal already."""
    rows: list[AffordanceRow] = [*ROWS, ("shop", "till", 10, {"ingredients": 4}, 2.0)]
    objects = {"shower": 9, "fridge": 20, "stove": 10, "bed": 64, "till": 1}
    day = day_budget(SimulationConfig(), rows, 64, objects)
    (line,) = [line for line in day.lines if line.affordance == "shop"]
    assert line.serves == "ingredients"
    assert line.times == pytest.approx(2.88 / 4)
    assert line.money == 0
    assert day.money == pytest.approx(5.0 + 2.88 + 0.384)
    (load,) = [load for load in day.loads if load.object_type == "till"]
    assert load.share == pytest.approx(64 * 7.2 / 1440)


def test_things_made_of_each_other_do_not_go_round() -> None:
    rows: list[AffordanceRow] = [
        *ROWS,
        ("unpack", "bin", 1, {"ingredients": 1, "meals": -1}, 0.0),
    ]
    names = [line.affordance for line in day_budget(SimulationConfig(), rows).lines]
    assert names.count("unpack") == 1
    assert names.count("cook_meal") == 1


def test_a_need_nothing_fills_is_a_warning() -> None:
    cfg = SimulationConfig().with_overrides({"needs.fun.decay": 0.001})
    assert day_budget(cfg, ROWS).warnings == (
        "nothing fills the need 'fun': no affordance raises it.",
    )
    filled = [*ROWS, ("play", "ball", 10, {"fun": 0.5}, 0.0)]
    assert day_budget(cfg, filled).warnings == ()


def test_the_load_is_what_all_ask_of_what_they_may_use() -> None:
    objects = {"shower": 10, "fridge": 20, "stove": 10, "bed": 64, "counter": 0}
    day = day_budget(SimulationConfig(), ROWS, 64, objects)
    loads = {load.object_type: load for load in day.loads}
    assert list(loads) == ["fridge", "stove", "shower", "bed"]
    assert loads["fridge"].minutes == pytest.approx(64 * 86.4)
    assert loads["fridge"].share == pytest.approx(64 * 86.4 / (20 * 1440))
    assert day.warnings == ()
    assert day.as_dict()["loads"][0]["share"] == loads["fridge"].share


def test_above_four_fifths_a_type_is_a_warning() -> None:
    objects = {"shower": 1, "fridge": 20, "stove": 10, "bed": 64}
    (warning,) = day_budget(SimulationConfig(), ROWS, 64, objects).warnings
    assert warning == (
        "all agents together ask 1,229 minutes a day of type 'shower', of which they may use 1"
        " (85%); above 80% queues grow long."
    )
    assert day_budget(SimulationConfig(), ROWS, 59, objects).warnings == ()


def test_an_affordance_whose_object_is_not_in_town_fills_nothing() -> None:
    objects = {"shower": 9, "fridge": 20, "stove": 10, "counter": 2}
    day = day_budget(SimulationConfig(), ROWS, 8, objects)
    assert [line.affordance for line in day.lines if line.serves == "energy"] == ["drink_coffee"]
    without = day_budget(SimulationConfig(), ROWS, 8, {"shower": 9, "stove": 10, "bed": 9})
    assert without.warnings == (
        "nothing in town fills the need 'hunger': 'eat_meal' is done at a 'fridge' and there is"
        " none that an agent may use.",
    )
