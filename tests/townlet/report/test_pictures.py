from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from townlet.report import pictures

from ..fakes import FakeTown


def test_the_towns_picture_shows_who_lives_in_the_first_town(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[tuple[int, int]]] = []
    monkeypatch.setattr(
        "townlet.maps.render_png", lambda plan, path, agents_xy: drawn.append(agents_xy)
    )
    pictures.draw_town(FakeTown(), tmp_path / "town.png")
    assert drawn == [[(1, 1), (15, 3)]]  # the third is dead, the fourth lives elsewhere


@pytest.mark.parametrize("tick", [0, 45, 60, 1440, 20 * 1440])
def test_needs_are_drawn_for_runs_of_any_length(tick: int, tmp_path: Path) -> None:
    path = tmp_path / "needs.png"
    pictures.draw_needs(FakeTown(tick=tick), path)
    assert imread(path).shape[0] > 300


def test_more_needs_than_colours_can_be_drawn(tmp_path: Path) -> None:
    town = FakeTown(tick=600)
    history = town.needs_history()
    many = history.with_columns(history["hunger"].alias(f"need_{k}") for k in range(12))
    town.needs_history = lambda: many  # type: ignore[method-assign]
    pictures.draw_needs(town, tmp_path / "needs.png")


def test_labels_keep_their_order_and_their_distance() -> None:
    placed = pictures.spread(np.array([0.5, 0.49, np.nan, 0.9]), 0.05)
    assert placed[0] - placed[1] == pytest.approx(0.05)
    assert placed[3] == 0.9
    assert np.isnan(placed[2])
