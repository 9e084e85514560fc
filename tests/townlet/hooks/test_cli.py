"""What the command line says about hooks."""

import json
from pathlib import Path

import pytest

from townlet import cli
from townlet.hooks import ENVIRONMENT

TOWN = """
world: {agents: 4, grid_size: [9, 9]}
affordances:
  affordances_file: own.yaml
  runtime: {hook_allowlist: [shaky, nowhere]}
"""
MANIFEST = """
- {type: object, id: bench_1, object_type: bench}
- id: sit
  object_type: bench
  duration: 5
  effects: {energy: 0.2}
  hooks: {after: [rest], fail: [unrest]}
"""
SHAKY = """
def shake(batch, world):
    raise OSError("no ground")

def register_hooks(hooks):
    hooks.on("on_tick", shake)
    hooks.after("rest", shake)
"""


@pytest.fixture(autouse=True)
def _town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.chdir(tmp_path)
    for name, text in (("t.yaml", TOWN), ("own.yaml", MANIFEST), ("shaky.py", SHAKY)):
        (tmp_path / name).write_text(text)


def test_check_warns_and_strict_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["config", "check", "t.yaml", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    ours = [text for text in found["warnings"] if "hook" in text]
    assert ours[0].startswith("hook module 'nowhere' is not loaded: missing_module")
    assert "affordance 'sit': no loaded module has a hook 'unrest' for hooks.fail" in ours[1]
    assert len(ours) == 2
    assert not any("hook" in key for key in found["unused"])
    assert cli.main(["config", "check", "t.yaml", "--strict"]) == 2
    assert cli.main(["run", "t.yaml", "--ticks", "1", "--strict"]) == 2
    assert "hook module 'nowhere' is not loaded" in capsys.readouterr().err


def test_a_run_warns_reports_and_counts(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert cli.main(["run", "t.yaml", "--ticks", "5", "--json"]) == 0
    told = capsys.readouterr()
    assert "hook module 'nowhere' is not loaded" in " ".join(told.err.split())
    assert json.loads(told.out)["dropped"]["hook_calls"] == 5
    assert caplog.text.count("hook shaky.shake (on_tick) raised OSError: no ground in tick 1") == 1
