"""The house itself: what README, Makefile, lock files and CI promise."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def name_of(requirement: str) -> str:
    """Return a requirement's project name as indexes compare it."""
    word = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert word is not None
    return re.sub(r"[-_.]+", "-", word[0]).lower()


def pins(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return {name_of(line): line for line in lines}


def test_readme_begins_with_a_sentence_and_the_two_commands() -> None:
    commands = [line.split("#")[0].strip() for line in BLOCKS[0][1].splitlines()]
    assert commands == ["make run", "make test"]
    first_screen = README.split("## ")[0]
    for promise in ("![", "@component", "@system", "Not a good fit if"):
        assert promise in first_screen


def test_readme_shows_a_behaviour_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    component, system = (text for language, text in BLOCKS[:3] if language == "python")
    mood = ModuleType("townlet_components.mood")
    monkeypatch.setitem(sys.modules, mood.__name__, mood)
    exec(component, mood.__dict__)
    names: dict[str, Any] = {"__name__": "readme_follow_needs"}
    monkeypatch.setitem(sys.modules, "readme_follow_needs", ModuleType("readme_follow_needs"))
    exec(system, names)
    spec = names["follow_needs"].__system__
    assert (spec.names("write"), spec.names("read")) == (["Mood"], ["Needs", "Identity"])
    level = np.ones(2, np.float32)
    needs = np.array([[0.5, 0.9], [0.1, 0.1]], np.float32)
    names["brood"].py_func(level, needs, np.array([True, False]))
    assert level.tolist() == pytest.approx([0.995, 1.0])


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_readme_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", ["install", "run", "test", "check", "bench", "docs"])
def test_make_help_lists_every_promised_target(target: str) -> None:
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert f"make {target} " in done.stdout


def test_make_names_a_python_that_is_too_old_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "install", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")},
    )
    assert done.returncode != 0
    assert "Townlet needs Python 3.11 or newer" in done.stderr.splitlines()[0]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_locks_hold_exact_versions_and_nothing_else(path: Path) -> None:
    assert pins(path)
    for line in pins(path).values():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    run, dev = pins(ROOT / "requirements/run.txt"), pins(ROOT / "requirements/dev.txt")
    assert {name_of(need) for need in project["dependencies"] + extras["report"]} <= set(run)
    assert {name_of(need) for need in extras["dev"]} <= set(run) | set(dev)
    assert not set(run) & set(dev), "a version said twice can be said differently"


def test_continuous_integration_runs_the_same_script_as_a_person() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    assert "make test" in script.read_text().splitlines()
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert "run: .ci/run" in workflow
    for version in ("3.11", "3.13"):
        assert f'"{version}"' in workflow


def test_the_changelog_has_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text()
