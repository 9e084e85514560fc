"""The example learner runs, and what it keeps can be read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_example_learns_for_some_seconds(tmp_path: Path) -> None:
    """Not how well: that takes minutes, and docs/tutorial-ppo.md tells."""
    pytest.importorskip("torch", reason="the ml extra is not installed")
    sizes = {
        "minutes": 0.02,
        "towns": 2,
        "held-out": 2,
        "held-out-days": 1,
        "every": 9,
        "ticks": 30,
    }
    flags = [f"--{name}={value}" for name, value in {**sizes, "out": tmp_path}.items()]
    command = [sys.executable, "examples/ppo.py", *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "a warning is a fault of ours"
    assert "share" in done.stdout
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["lead"] > 2, "the scripted policy beats the best constant option"
    assert len(found["curve"]) >= 2
    assert found["observation"]["variant"] == "hybrid"
    assert len(found["observation"]["schema_hash"]) == 64
    assert (tmp_path / "curve.png").stat().st_size > 5_000
    assert (tmp_path / "weights.pt").stat().st_size > 10_000
