"""The picture has a panel per unit, and needs something to show."""

from pathlib import Path

import pytest
from bench.peers.picture import draw, in_words, panels
from tests.bench.test_beside import SMALL, TOWNS


def test_units_are_kept_apart() -> None:
    drawn = panels({"peers": TOWNS, "peers-small": SMALL})
    assert list(drawn) == [
        "a town and a battle, bare",
        "a town and a battle, with observations",
        "small rules, bare",
    ]
    assert drawn["small rules, bare"][:2] == [("64", "Townlet", 3e6), ("64", "plain Python", 3e5)]


def test_it_is_drawn_once_there_is_something(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    where = tmp_path / "peers.png"
    assert not draw({}, where)
    assert not where.exists()
    assert draw({"peers": TOWNS}, where)
    assert where.read_bytes().startswith(b"\x89PNG")


def test_rates_in_words() -> None:
    assert [in_words(rate) for rate in (123_400.0, 1_234_000.0)] == ["123 k", "1.23 M"]
