"""The generated reference, and that the one in docs is it."""

from pathlib import Path

from townlet.config import SimulationConfig
from townlet.config.reference import reference

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "config.md"


def test_the_reference_in_docs_is_current() -> None:
    assert DOCS.read_text() == reference(), "run `townlet config reference --out " + str(DOCS) + "`"


def test_every_section_is_there() -> None:
    text = reference()
    for name in SimulationConfig.model_fields:
        assert f"## {name}\n" in text or f"| `{name}`" in text


def test_a_row_tells_key_range_default_and_meaning() -> None:
    text = reference()
    assert (
        "| `queue_fairness.cooldown_ticks` | a whole number between 0 and 600 | `60` | Ticks a"
        " user waits before using the same object again. |" in text
    )
    assert "| `needs.<name>.decay` | a number between 0 and 1 |" in text
    assert "| `scenario.agents[].schedule[].kind` |" in text
    assert "Also written `prob_per_day`." in text
    assert "`rewards.needs_weights.<need>` | a number between 0 and 10 |" in text


def test_every_key_has_a_meaning() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    assert len(rows) > 250
    assert all(line.split(" | ")[-1].strip(" |") for line in rows)
