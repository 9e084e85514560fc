"""The shipped configs come to what they came to before; ``regenerate`` says how to change that."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.golden import regenerate
from tests.golden.regenerate import NAMES, difference, golden_run, instruction_set, load

RECORDED = load()
HERE = instruction_set()
HINT = 'if it is meant to: python -m tests.golden.regenerate --why "..."'


@pytest.fixture(scope="module")
def runs() -> dict[str, dict[str, Any]]:
    return {name: golden_run(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_hash_is_the_recorded_one(runs: dict[str, dict[str, Any]], name: str) -> None:
    if HERE not in RECORDED:
        pytest.skip(f"no golden hash for {HERE}; there are {', '.join(RECORDED)}")
    old, new = RECORDED[HERE][name], runs[name]
    changed = [k for k in new["columns"] if new["columns"][k] != old["columns"].get(k)]
    assert new["state_hash"] == old["state_hash"], f"other {', '.join(changed)}; {HINT}"


@pytest.mark.parametrize("name", NAMES)
def test_the_kpis_are_the_recorded_ones(runs: dict[str, dict[str, Any]], name: str) -> None:
    """Exactly on a recorded instruction set, nearly on another."""
    sets = [HERE] if HERE in RECORDED else sorted(RECORDED)
    for key in sets:
        old = RECORDED[key][name]["kpis"]
        if key == HERE:
            assert runs[name]["kpis"] == old, HINT
        else:
            assert runs[name]["kpis"] == pytest.approx(old, rel=0.05, abs=0.02), HINT


def test_the_recorded_instruction_sets_agree() -> None:
    """Not promised (SPEC §1), but true so far; the day it is not, this says where."""
    runs = list(RECORDED.items())
    for name in NAMES:
        hashes = {key: recorded[name]["state_hash"] for key, recorded in runs}
        assert len(set(hashes.values())) == 1, f"{name} differs between instruction sets: {hashes}"


def test_every_shipped_config_is_golden() -> None:
    shipped = {path.name for path in regenerate.CONFIGS.glob("*.yaml")}
    assert shipped == set(NAMES)
    assert all(set(recorded) == set(NAMES) for recorded in RECORDED.values())


def test_writing_them_anew_wants_a_reason_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: dict[str, Any]
) -> None:
    monkeypatch.setattr(regenerate, "RUNS", tmp_path / "runs.json")
    monkeypatch.setattr(regenerate, "CHANGES", tmp_path / "CHANGES.md")
    monkeypatch.setattr(regenerate, "golden_run", lambda name: runs[name])
    for words in ([], ["--why", " dunno "]):
        with pytest.raises(SystemExit) as caught:
            regenerate.main(words)
        assert caught.value.code == 2
    assert not (tmp_path / "runs.json").exists()
    (tmp_path / "runs.json").write_text(json.dumps({"abacus": {}}))
    regenerate.main(["--why", "the first of all reasons"])
    regenerate.main(["--why", "the second of all reasons"])
    written = json.loads((tmp_path / "runs.json").read_text())
    assert written == {"abacus": {}, HERE: runs}
    note = (tmp_path / "CHANGES.md").read_text()
    assert note.startswith("# Why they changed\n")
    assert 0 < note.index("the second of all reasons") < note.index("the first of all reasons")
    assert "- town.yaml: unchanged" in note


def test_a_difference_is_told_with_its_kpis() -> None:
    old = {"state_hash": "aa", "kpis": {"population": 64.0, "treasury": -1.0}}
    new = {"state_hash": "bb", "kpis": {"population": 63.0, "treasury": -1.0}}
    assert difference(None, new) == "first recorded, `bb`"
    assert difference(old, old) == "unchanged"
    assert difference(old, new) == "`aa` -> `bb`; population 64 -> 63"
    assert difference(old, old | {"state_hash": "cc"}) == "`aa` -> `cc`; KPIs the same"
