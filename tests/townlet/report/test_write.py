import json
import sys
from pathlib import Path

import polars as pl
import pytest

from townlet.report.write import write_report

from ..fakes import FakeTown


@pytest.fixture(autouse=True)
def no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake has no map worth drawing."""
    monkeypatch.setattr(
        "townlet.report.pictures.draw_town", lambda subject, path: path.write_bytes(b"map")
    )


def test_everything_is_written(tmp_path: Path) -> None:
    assert write_report(FakeTown(tick=3000), {"state_hash": "00"}, tmp_path) == []
    assert json.loads((tmp_path / "summary.json").read_text()) == {"state_hash": "00"}
    assert pl.read_parquet(tmp_path / "kpis.parquet").height == 2 * 2
    assert (tmp_path / "needs.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "town.png").exists()


def test_a_run_without_a_finished_day_has_an_empty_table(tmp_path: Path) -> None:
    write_report(FakeTown(tick=5), {}, tmp_path)
    table = pl.read_parquet(tmp_path / "kpis.parquet")
    assert table.height == 0
    assert table.columns[:2] == ["town", "day"]


def test_without_matplotlib_the_rest_is_written_and_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "town.png").write_bytes(b"an older run's")
    monkeypatch.delitem(sys.modules, "townlet.report.pictures", raising=False)
    monkeypatch.delattr("townlet.report.pictures", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
        monkeypatch.delitem(sys.modules, name)
    said = write_report(FakeTown(), {}, tmp_path)
    assert len(said) == 1
    assert "matplotlib" in said[0]
    assert "\n" not in said[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kpis.parquet", "summary.json"]
