"""Tables of others beside Townlet are made from results, or say how to get them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench import beside, report

_WHERE: dict[str, Any] = {
    "run": "2026-01-02T03:04:05Z", "threads": 2, "config_hash": "abcdef0123456789",
    "peers": {"mesa": "9.9", "numpy": "0"},
    "machine": {
        "processor": "Abacus", "cores": "2", "system": "Linux", "python": "3", "numba": "1",
        "numpy": "2", "townlet": "0",
    },
}  # fmt: skip
TOWNS = _WHERE | {
    "rows": [
        {"agents": 4000, "unit": "bare", "townlet": 9e6, "magent2": 3e6, "ratio": 3.0},
        {"agents": 4000, "unit": "observed", "townlet": 4e6, "magent2": 5e5, "ratio": 8.0},
    ]
}
SMALL = _WHERE | {
    "rows": [
        {
            "agents": 64,
            "townlet": 3e6,
            "loop": 3e5,
            "mesa": 1e5,
            "over_loop": 10.0,
            "over_mesa": 30.0,
        }
    ],
    "habits": {
        "townlet": {"walked": 81.0, "served": 60.5, "waiting": 0.152, "level": 0.61},
        "loop": {"walked": 82.0, "served": 60.0, "waiting": 0.151, "level": 0.62},
    },
}
METERS = _WHERE | {"rows": [{"meter": "m", "name": "a town", "agents": 8, "per_s": 1234.5}]}
ADDED = _WHERE | {
    "rows": [
        {
            "mode": "next_step",
            "towns": 1024,
            "agents": 64,
            "buffers": 1,
            "raw_ms": 10.0,
            "env_ms": 10.2,
            "ratio": 1.02,
            "agent_steps_per_s": 6e6,
            "benchmark_vector_step": 5e6,
        }
    ]
}


@pytest.mark.parametrize(
    ("make", "name", "result", "row"),
    [
        (
            beside.beside_magent2, "peers", TOWNS,
            "| 4,000 | with observations | 4.00 | 0.50 | 8.0x |",
        ),
        (beside.small_rules, "peers-small", SMALL, "| 64 | 3.00 | 0.30 | 0.100 | 10x | 30x |"),
        (
            beside.small_rules, "peers-small", SMALL,
            "| time spent waiting in line | 15.2% | 15.1% |",
        ),
        (beside.meters, "peers-meters", METERS, "| `m` | a town | 8 | 1,234 |"),
        (
            beside.environments, "environments", ADDED,
            "| `next_step` | 1,024 x 64 | 1 | 10.00 ms | 10.20 ms | +2.0% | 6.00 M | 5.00 M |",
        ),
    ],
)  # fmt: skip
def test_rows(make: Any, name: str, result: Any, row: str) -> None:
    lines = make({name: result})
    assert row in lines
    where = next(line for line in lines if line.startswith("2026-01-02; Abacus, 2 cores"))
    assert (
        "up to 2 threads" if name in ("peers-small", "peers-meters") else ", 2 threads"
    ) in where
    assert "mesa 9.9" in where
    assert "numpy 2," in where, "versions of this process where both have one"
    assert "config `abcdef012345`" in where
    assert any("not measured yet: `" in line for line in make({}))


def test_the_picture_is_shown_once_it_is_there() -> None:
    assert beside.picture({}) == []
    assert "(peers.png)" in beside.picture({"peers": TOWNS})[0]


def test_the_promise_counts_observations_only(tmp_path: Path) -> None:
    lines = report.tables({"peers": TOWNS})
    (row,) = [line for line in lines if line.startswith("| against MAgent2 with observations")]
    assert row.endswith("| 8.0x at 4,000 |")


def test_readme_is_rewritten_between_its_marks(tmp_path: Path) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results.json"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.merge(results, {"case": "peers", **TOWNS})
    report.merge(results, {"case": "environments", **ADDED})
    report.update_readme(readme, results)
    text = readme.read_text()
    assert text.startswith("before")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "### Beside MAgent2" in text
    assert "+2.0%" in text
    assert sorted(report.load(results)) == ["environments", "peers"]


def test_the_readme_is_what_the_results_make_it(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(report.README.read_text(encoding="utf-8"), encoding="utf-8")
    report.update_readme(copy, report.RESULTS)
    assert copy.read_text(encoding="utf-8") == report.README.read_text(encoding="utf-8")


def test_a_line_says_when_and_with_which_configs() -> None:
    many = METERS | {"config_hash": {"8": "ab" * 32, "64": "cd" * 32}}
    line = beside.meters({"peers-meters": many})[-2]
    assert "configs `abababababab` (8 agents), `cdcdcdcdcdcd` (64 agents)." in line
    early = {"run": "2026-01-01T23:00:00Z"}
    rows = [TOWNS["rows"][0] | early, TOWNS["rows"][1]]
    line = beside.beside_magent2({"peers": TOWNS | {"rows": rows}})[-2]
    assert line.startswith("2026-01-01 to 2026-01-02; ")
    assert beside.beside_magent2({"peers": TOWNS})[-2].startswith("2026-01-02; ")
