"""The table of paired differences; the numbers are made up."""

from pathlib import Path

import pytest
import typer
from bench import balance, pairing
from typer.testing import CliRunner

from townlet.compare import Difference

FOUND = [
    Difference("mean_need.hunger", 0.6, 0.5, -0.1, 0.0001, 0.01, 4),
    Difference("population", 32.0, 32.0, 0.0, 0.0, 0.0, 4),
]


def test_a_table_per_change_without_what_never_varies() -> None:
    text = "\n".join(pairing.lines("hunger grows", FOUND))
    assert text.startswith("**Hunger grows**\n")
    assert "| `mean_need.hunger` | 0.600 | -0.1000 ± 0.0050 | 0.0001 | 0.01 | 1% |" in text
    assert "population" not in text


def test_the_page_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "pairing.md"
    page.write_text(f"before\n{balance.BEGIN}\n{balance.END}\nafter\n")
    monkeypatch.setattr(pairing, "DOCS", page)
    monkeypatch.setattr(pairing, "compare", lambda *args, **options: FOUND)
    app = typer.Typer()
    app.command()(pairing.main)
    result = CliRunner().invoke(app, ["--towns", "4", "--update-docs"])
    assert result.exit_code == 0
    assert "4 towns of 32 agents, seeds 1 to 4, 1 midnight," in page.read_text()
    assert page.read_text().count("`mean_need.hunger`") == len(pairing.CHANGES)


def test_the_kept_page_has_been_measured() -> None:
    text = (Path(__file__).parents[2] / "docs" / "pairing.md").read_text(encoding="utf-8")
    assert balance.BEGIN in text
    for name in pairing.CHANGES:
        assert f"**{name[0].upper()}{name[1:]}**" in text
