"""Golden tables of the scenes: what happens in them, and the command that writes it anew.

    python -m tests.scenarios.regenerate --why "handovers count for more" [name ...]

plays ``configs/scenarios/*.yaml`` and writes events and KPIs beside this file, by names. The reason
goes into ``CHANGES.md``, newest first.
"""

import argparse
import datetime
import json
from pathlib import Path
from typing import Any

from tests.scenarios.scene import look, play

HERE = Path(__file__).parent
SCENES = HERE.parents[1] / "configs" / "scenarios"
CHANGES = HERE / "CHANGES.md"
#: The scene without events: its table is what is observed in it.
BASELINE = "observation_baseline"
NAMES = (
    "kitchen_breakfast",
    "queue_conflict",
    "employment_punctuality",
    "rivalry_decay",
    "demo_story_arc",
    BASELINE,
)


def load(name: str) -> dict[str, Any]:
    """The recorded table of a scene."""
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text())
    return found


def text(table: dict[str, Any]) -> str:
    """A table as JSON with one event per line, or one row of a map or one feature."""
    if "observations" in table:
        return observations_text(table)
    events = ",\n".join(f"  {json.dumps(event)}" for event in table["events"])
    kpis = ",\n".join(f"  {json.dumps(key)}: {value}" for key, value in table["kpis"].items())
    head = f' "ticks": {table["ticks"]},\n'
    return f'{{\n{head} "events": [\n{events}\n ],\n "kpis": {{\n{kpis}\n }}\n}}\n'


def observations_text(table: dict[str, Any]) -> str:
    """A table of observations as JSON."""
    parts = []
    for variant, seen in table["observations"].items():
        maps = ",\n".join(f"    {json.dumps(c)}: {json.dumps(m)}" for c, m in seen["map"].items())
        lines = (f"    {json.dumps(name)}: {value}" for name, value in seen["features"].items())
        features = ",\n".join(lines)
        inside = f'   "map": {{\n{maps}\n   }},\n   "features": {{\n{features}\n   }}'
        parts.append(f'  "{variant}": {{\n{inside}\n  }}')
    inside = ",\n".join(parts)
    return f'{{\n "ticks": {table["ticks"]},\n "observations": {{\n{inside}\n }}\n}}\n'


def table_of(name: str) -> dict[str, Any]:
    """What a scene comes to: its events and KPIs, or its observations."""
    path = SCENES / f"{name}.yaml"
    return look(path) if name == BASELINE else play(path)


def main(words: list[str] | None = None) -> int:
    """Write the tables and the note."""
    parser = argparse.ArgumentParser(description="Write the tables of the scenes anew, and why.")
    parser.add_argument("--why", required=True, help="one sentence for CHANGES.md")
    parser.add_argument("names", nargs="*", help="scenes; all of them where none is named")
    given = parser.parse_args(words)
    why, names = given.why.strip(), given.names or NAMES
    if len(why) < 10:
        parser.error("--why is for those who wonder later: write a sentence")
    if set(names) - set(NAMES):
        parser.error(f"no scene is called {sorted(set(names) - set(NAMES))[0]}")
    lines = [f"## {datetime.datetime.now(datetime.UTC).date().isoformat()}: {why}", ""]
    for name in names:
        file, new = HERE / f"{name}.json", text(table_of(name))
        changed = not file.exists() or file.read_text() != new
        lines.append(f"- {name}: {'written' if changed else 'unchanged'}")
        file.write_text(new)
    title, _, older = (
        CHANGES.read_text() if CHANGES.exists() else "# Why the scenes changed\n"
    ).partition("\n")
    CHANGES.write_text("\n".join([title, "", *lines, "", older.strip()]).rstrip() + "\n")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
