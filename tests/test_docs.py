"""The documentation: links lead somewhere, and the tutorial does what it says."""

import dataclasses
import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import townlet_components
import townlet_systems
from townlet import Simulation, cli, hooks
from townlet.ecs.schedule import ScheduleError
from townlet.hooks import ENVIRONMENT

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "bench/README.md", ROOT / "CONTRIBUTING.md"]
NOTES = sorted((DOCS / "design").glob("*.md"))
TUTORIAL = (DOCS / "tutorial.md").read_text(encoding="utf-8")
HOOKS_TUTORIAL = (DOCS / "tutorial-hooks.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
#: First line of a block that is a file, or the end of one.
FILE = re.compile(r"# ([\w/]+\.(?:py|yaml))(, at the end)?\n")


def anchors(text: str) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        assert page.name == "index.md" or f"]({page.relative_to(DOCS)})" in index, page


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.stem)
def test_a_design_note_says_why_what_follows_and_what_was_rejected(note: Path) -> None:
    text = note.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Measured", "Rejected"]
    assert len(text.splitlines()) <= 80, "one page"


def test_notes_that_code_refers_to_exist() -> None:
    code = [
        *ROOT.glob("src/**/*.py"),
        *ROOT.glob("components/**/*.py"),
        *ROOT.glob("systems/**/*.py"),
    ]
    named = {n for path in code for n in re.findall(r"docs/design/([\w-]+\.md)", path.read_text())}
    assert named
    assert named <= {note.name for note in NOTES}


class Tutorial:
    """A reader who does what the tutorial says, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "tutorial"}

    def follow(self, text: str) -> None:
        """Write the files and run the commands and programs of a part of the tutorial."""
        for language, block in BLOCK.findall(text):
            if language == "sh":
                for line in block.splitlines():
                    self.command(line)
            elif found := FILE.match(block):
                self.write(found[1], block[found.end() :], append=bool(found[2]))
            else:
                exec(block, self.names)

    def command(self, line: str) -> None:
        """Run one line; ``townlet`` in this process, which knows the new files."""
        program, *words = line.split()
        if program == "townlet":
            assert cli.main(words) == 0, line
        else:
            subprocess.run([program, *words], cwd=self.folder, check=True)

    def write(self, name: str, text: str, append: bool) -> None:
        """Write a file of the tutorial, or its end."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_text(encoding="utf-8") if append else ""
        path.write_text(old + text, encoding="utf-8")


def part(number: int) -> str:
    """The text of one numbered part of the tutorial."""
    found = re.search(rf"^## {number}\. .*?(?=^## |\Z)", TUTORIAL, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[0]


def extend(monkeypatch: pytest.MonkeyPatch, package: ModuleType, folder: Path) -> None:
    """Let a package have files of ``folder`` too, as if they lay beside its own."""
    folder.mkdir(parents=True)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tutorial]:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    extend(monkeypatch, townlet_components, tmp_path / "components/townlet_components")
    extend(monkeypatch, townlet_systems, tmp_path / "systems/townlet_systems")
    before = set(sys.modules)
    yield Tutorial(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith(("townlet_components.", "townlet_systems.")):
            package, _, module = name.partition(".")
            del sys.modules[name]
            delattr(sys.modules[package], module)


def test_the_tutorial_works_from_top_to_bottom(
    reader: Tutorial, capsys: pytest.CaptureFixture[str]
) -> None:
    reader.follow(part(1) + part(2) + part(3))
    assert "nothing fills the need 'fun'" in capsys.readouterr().err
    reader.follow(part(4))
    told = capsys.readouterr().err
    assert "warning" not in told
    assert "mean_need.fun" in told
    assert (reader.folder / "out/mytown/needs.png").exists()
    reader.follow(part(5) + part(6))
    assert "Count the steps of each agent." in capsys.readouterr().out
    sim: Simulation = reader.names["sim"]
    assert reader.names["walked"]["Steps.walked"].min() > 0
    # After two days nothing would be left of it: it loses 0.72 a day.
    assert sim.run(24 * 60).frame("agent")["Needs.level.fun"].to_numpy().mean() > 0.3
    assert {"count_steps"} <= set(sim.timings()["system"])


def test_the_tutorials_counter_counts_steps(reader: Tutorial) -> None:
    reader.follow(part(3).replace("townlet config", "true config") + part(5))
    path = "systems/townlet_systems/count_steps.py"
    reader.follow(re.search(rf"```python\n# {path}.*?^```", TUTORIAL, re.DOTALL | re.MULTILINE)[0])  # type: ignore[index]
    sim = Simulation.from_config("configs/small.yaml", threads=1).run(60)
    walked, tile = sim.column("Steps.walked"), sim.column("Position.tile")
    district = sim.column("Position.district")
    seen = 0
    for _ in range(600):
        before, there = walked.copy(), list(zip(district.tolist(), tile.tolist(), strict=True))
        sim.run(1)
        now = zip(district.tolist(), tile.tolist(), strict=True)
        moved = [old != new for old, new in zip(there, now, strict=True)]
        assert (walked - before).astype(bool).tolist() == moved
        seen += sum(moved)
    assert seen > 100


def test_the_tutorials_test_passes(reader: Tutorial) -> None:
    reader.follow(part(5) + part(6).split("Three things to know")[0])
    reader.follow(part(7))
    path = reader.folder / "tests/systems/test_count_steps.py"
    names: dict[str, Any] = {"__name__": "test_count_steps"}
    exec(path.read_text(), names)
    tally = importlib.import_module("townlet_systems.count_steps").tally
    for run in (tally.py_func, tally):
        names["test_steps_that_succeed_count_and_newcomers_start_at_zero"](run)


def test_the_tutorial_of_hooks_works(
    reader: Tutorial, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    reader.follow(HOOKS_TUTORIAL)
    told = capsys.readouterr()
    assert "warning" not in told.err
    assert "('manners',) [] {}" in told.out
    sim: Simulation = reader.names["sim"]
    assert 0 < sim.column("Manners.showers").max() <= 2
    assert sim.money().tolist() == [0]
    assert {"hooks_before", "hooks_tell"} <= set(sim.timings()["system"])
    evening = sim.column("Manners.showers").sum()
    night = sim.run(60 + 1).column("Manners.showers")
    assert night.sum() < evening, "midnight has passed"
    assert night.max() <= 1, "at most one has finished since"


def test_the_tutorial_of_hooks_lists_every_field() -> None:
    """The table of batches has the fields the classes have."""
    for name in ("Starts", "Uses", "Spawns", "Exits", "Conflicts", "Needs", "Prices", "Weathers",
                 "Outages"):  # fmt: skip
        row = re.search(rf"^\| `\w+` \| `{name}` \| `(.*)` \|$", HOOKS_TUTORIAL, re.MULTILINE)
        assert row is not None, name
        fields = [f.name for f in dataclasses.fields(getattr(hooks, name))]
        assert row[1].split(", ") == [f for f in fields if f != "town" and f[0] != "_"]


def test_an_undecided_order_is_refused_with_the_tutorials_sentence(reader: Tutorial) -> None:
    careless = part(6).split("Three things to know")[0].replace(', after=["chill_agents"]', "")
    assert careless != part(6).split("Three things to know")[0]
    reader.follow(part(5) + careless)
    with pytest.raises(ScheduleError) as refused:
        Simulation.from_config("configs/small.yaml")
    assert str(refused.value) in " ".join(TUTORIAL.split())
