from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread

from townlet.report.kpi_picture import PANELS, _draw_panel, draw_kpis
from townlet.report.kpis import MEAN_NEED, kpi
from townlet_components.metrics import kpi_names

from ..fakes import FakeTown

NAMES = kpi_names(("hunger", "hygiene", "energy"))


def days(count: int, towns: int = 1) -> pl.DataFrame:
    """Days on which every KPI rises a little."""
    day = np.repeat(np.arange(count), towns)
    town = np.tile(np.arange(towns), count)
    values = dict.fromkeys(NAMES, 0.3 + day / 60 + town / 100)
    values["conflict_escalation"] = np.full(len(day), np.nan)
    return pl.DataFrame({"town": town, "day": day, "tick": 1440 * day + 1020, **values})


def panel(name: str, frame: pl.DataFrame) -> Axes:
    axes = Figure().add_subplot()
    _draw_panel(axes, next(p for p in PANELS if p.names[0] == name), frame)
    return axes


def test_every_kpi_is_in_one_panel() -> None:
    shown = [name for p in PANELS for name in p.names]
    assert sorted({*shown}) == sorted({n for n in NAMES if MEAN_NEED not in n} | {MEAN_NEED})
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize(("count", "towns"), [(1, 1), (3, 1), (30, 4)])
def test_days_are_drawn_for_runs_of_any_length(count: int, towns: int, tmp_path: Path) -> None:
    path = tmp_path / "kpis.png"
    draw_kpis(FakeTown(towns=towns), days(count, towns), path)
    assert imread(path).shape[0] > 600


def test_a_panel_shows_its_values_and_its_band() -> None:
    frame = days(10)
    axes = panel("self_sufficiency", frame)
    (line,) = axes.get_lines()
    assert np.asarray(line.get_ydata()).tolist() == frame["self_sufficiency"].to_list()
    (shade,) = axes.collections
    low, high = shade.get_paths()[0].get_extents().intervaly
    band = kpi("self_sufficiency").band
    assert band is not None
    assert low == pytest.approx(band.low)
    assert high > 1
    assert axes.get_title(loc="right") == "at least 70%"


def test_a_young_town_is_not_judged() -> None:
    assert not panel("tenure_days", days(2)).collections
    assert panel("tenure_days", days(9)).collections


def test_needs_share_a_panel_and_are_named() -> None:
    legend = panel(MEAN_NEED, days(5)).get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["hunger", "hygiene", "energy"]


def test_where_there_was_nothing_to_count_the_panel_says_so() -> None:
    texts = panel("conflict_escalation", days(5)).texts
    assert [text.get_text() for text in texts] == ["nothing to count"]
