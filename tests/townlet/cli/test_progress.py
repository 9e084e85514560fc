import io

import pytest
from rich.console import Console

from townlet.cli import progress as module
from townlet.cli.console import short_number

from ..fakes import FakeTown


def test_a_terminal_shows_clock_ticks_and_rates() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=140, color_system=None)
    town = FakeTown()
    with module.progress(town, 2000, console) as watch:
        town.tick = 1805
        watch(1805, 0.5)
    for word in ("Day 1 13:05", "1,805/2,000 ticks", "3.6 k ticks/s", "57.7 k agent-ticks/s"):
        assert word in out.getvalue()


def test_elsewhere_nothing_moves() -> None:
    out = io.StringIO()
    with module.progress(FakeTown(), 10, Console(file=out)) as watch:
        watch(5, 0.1)
    assert not out.getvalue().strip()


@pytest.mark.parametrize(("patience", "lines"), [(3600.0, 0), (-1.0, 1)])
def test_a_slow_warm_up_says_why_once_where_no_spinner_turns(
    patience: float, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", patience)
    out = io.StringIO()
    with module.warm_up(Console(file=out, width=80)) as warming:
        warming(1, 3, "move")
        warming(2, 3, "drain")
    assert out.getvalue().count("the first start compiles") == lines


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (940.2, "940"), (12_345, "12.3 k"), (15.2e6, "15.2 M"), (1e9, "1.0 G")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short_number(value) == text
