"""A start is told in parts that add up to it. No time is asserted."""

import os
import time
from pathlib import Path

import pytest
from bench.start import show, start_once

from townlet.config import SimulationConfig
from townlet.ecs.jit_cache import cache_root

ROOT = Path(__file__).parents[2]


def test_a_start_is_told_in_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    begun = time.perf_counter()
    took, parts = start_once(str(cache_root()), 1)
    assert took <= time.perf_counter() - begun
    assert list(parts["parts"])[-2:] == ["load or compile kernels", "first tick"]
    assert all(seconds >= 0 for seconds in parts["parts"].values())
    assert sum(parts["parts"].values()) <= took
    kernels = sum(parts["kernels"].values())
    assert 0 < kernels <= parts["parts"]["load or compile kernels"] + 0.01, "and what follows"
    assert "drain" in parts["kernels"]
    assert parts["config_hash"] == SimulationConfig().config_hash()
    show({"cold_s": 9, "later_s": 1, "later_most_s": 1, "cold": parts, "later": parts})
    assert "first start 9 s, later starts 1 s" in capsys.readouterr().err
