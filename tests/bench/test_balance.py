"""The command around the balance table; what towns are like is made up."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import typer
from bench import balance
from rich.console import Console
from typer.testing import CliRunner

from townlet.balance import PROMISES, Life, Town, judge, kept
from townlet.errors import UserError


def life(seed: int, sufficiency: float = 0.9) -> Life:
    names = {promise.name for promise in PROMISES} - {"treasury"}
    values = {name: np.full(12, 0.15) for name in names}
    values |= {name: np.full(12, 1.0) for name in ("exits", "arrivals", "conflicts", "avoidances")}
    values |= {"attendance_on_time": np.full(12, 0.8), "tie_formation": np.full(12, 0.65)}
    values |= {"tenure_days": np.full(12, 5.0), "starvation_exits": np.zeros(12)}
    values |= {"self_sufficiency": np.full(12, sufficiency), "treasury": np.full(12, -40.0)}
    days = pl.DataFrame({"town": np.zeros(12, int), "day": np.arange(12), **values})
    found = judge(days, Town(8.4, 64))
    return Life(seed, days, found, kept(found, 12), {"neglect": 3}, "ab")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> typer.Typer:
    monkeypatch.chdir(tmp_path)
    docs = tmp_path / "balance.md"
    docs.write_text(f"before\n{balance.BEGIN}\nold\n{balance.END}\nafter\n")
    monkeypatch.setattr(balance, "DOCS", docs)
    monkeypatch.setattr(balance.update_docs, "__defaults__", (docs,))
    app = typer.Typer()
    app.command()(balance.main)
    return app


def test_the_table_is_shown_kept_and_written(
    call: typer.Typer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        balance, "live", lambda config, seeds, days, **options: [life(s) for s in seeds]
    )
    words = ["--seeds", "7-8", "--days", "12", "--json", "a.json", "--update-docs"]
    result = CliRunner().invoke(call, words)
    assert result.exit_code == 0, result.stderr
    assert "2 of 2 towns keep every promise; nobody starved" in result.stderr
    told = json.loads((tmp_path / "a.json").read_text())
    assert (told["config_id"], told["days"], told["kept"]) == ("town", 12, 2)
    page = (tmp_path / "balance.md").read_text()
    assert page.startswith("before\n")
    assert page.endswith(f"{balance.END}\nafter\n")
    assert "old" not in page
    assert "| 7 | 90% | 80% |" in page
    assert "exits by cause: neglect 6" in page


def test_a_town_out_of_balance_is_a_breach(
    call: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(balance, "live", lambda *args, **options: [life(1), life(2, 0.5)])
    result = CliRunner().invoke(call, ["--seeds", "1-2"])
    assert result.exit_code == 1
    assert "1 of 2 towns keep every promise" in result.stderr
    assert CliRunner().invoke(call, ["--seeds", "1-2", "--least", "0.5"]).exit_code == 0


def test_what_is_not_kept_stands_out() -> None:
    lives = [life(1), life(2, 0.5)]
    about = {"config_id": "town", "config_hash": "00", "agents": 64, "days": 12}
    lines = balance.markdown(lives, about)
    assert any(line.startswith("| 2 | **50%** | 80% |") for line in lines)
    out = io.StringIO()
    Console(file=out, width=150).print(balance.table(lives), balance.summary(lives))
    assert "self_sufficiency      at least 70%" in out.getvalue()
    assert "1/2" in out.getvalue()


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here")
    with pytest.raises(ValueError, match="has lost its marks"):
        balance.update_docs(["x"], page)
    assert page.read_text() == "nothing here"


@pytest.mark.parametrize(
    ("text", "seeds"), [("101-103", [101, 102, 103]), ("1,5, 7-8", [1, 5, 7, 8]), ("4", [4])]
)
def test_seeds_are_read(text: str, seeds: list[int]) -> None:
    assert balance.seeds_of(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "1-", "-3", "3-1", "1;2"])
def test_other_seeds_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="--seeds"):
        balance.seeds_of(text)


def test_the_page_has_its_marks() -> None:
    page = (Path(__file__).parents[2] / "docs" / "balance.md").read_text(encoding="utf-8")
    assert balance.BEGIN in page
    assert balance.END in page
