import io
import json
from typing import Any

import pytest
from rich.console import Console

from townlet import cli
from townlet.cli import schedule as command

STEPS: list[dict[str, Any]] = [
    {"phase": "ACT", "system": "move", "doc": "Walk one tile.\n\nMore words.",
     "reads": ["Intent"], "writes": ["Position"], "emits": []},
    {"phase": "ACT", "system": "join", "doc": "Join a queue.",
     "reads": [], "writes": ["Queue"], "emits": ["Joined"]},
    {"phase": "LIVE", "system": "drain", "doc": None,
     "reads": ["Life"], "writes": ["Needs"], "emits": []},
]  # fmt: skip


def told(width: int = 100) -> list[str]:
    out = io.StringIO()
    command.tell(STEPS, Console(file=out, width=width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_heading_per_phase_in_order() -> None:
    headings = [line.split()[0] for line in told() if line and not line.startswith(" ")]
    assert headings == ["ACT", "LIVE"]


def test_each_system_is_told_with_what_it_touches() -> None:
    lines = [line.split() for line in told()]
    at = lines.index(["move", "Walk", "one", "tile."])
    assert lines[at + 1 : at + 3] == [["reads", "Intent"], ["writes", "Position"]]
    assert not any("More" in line for line in lines)


def test_what_a_system_does_not_do_is_left_out() -> None:
    assert sum("emits" in line for line in told()) == 1


def test_json_lists_the_systems(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_steps_of", lambda path: STEPS)
    assert cli.main(["schedule", "--json"]) == 0
    systems = json.loads(capsys.readouterr().out)["systems"]
    assert [system["system"] for system in systems] == ["move", "join", "drain"]
    assert systems[0]["doc"] == "Walk one tile."
    assert systems[2]["doc"] == ""
