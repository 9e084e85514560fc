"""Minutes and money of a day."""

import pytest

from townlet.config import SimulationConfig
from townlet.config.budget import AffordanceRow, day_budget

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
    cfg = SimulationConfig().with_overrides({"economy.allowance": 5.0})
    assert day_budget(cfg, ROWS).warnings == (
        "a day costs 8.26 and economy.allowance brings 5.00.",
    )


def test_a_need_nothing_fills_is_a_warning() -> None:
    cfg = SimulationConfig().with_overrides({"needs.fun.decay": 0.001})
    assert day_budget(cfg, ROWS).warnings == (
        "nothing fills the need 'fun': no affordance raises it.",
    )
    filled = [*ROWS, ("play", "ball", 10, {"fun": 0.5}, 0.0)]
    assert day_budget(cfg, filled).warnings == ()
