"""The picture of a sweep: its layers add up, and it is a picture."""

from pathlib import Path

import numpy as np
import pytest
from tests.townlet.profiling.made import report_from

from townlet.profiling.sweep import sweep_of
from townlet.report.sweep_picture import LARGEST, draw_sweep, layers_of


def test_layers_add_up_to_the_tick_and_the_dearest_lie_below() -> None:
    sizes = [
        {"ns_per_agent": 100.0, "systems": {f"s{k}": float(k) for k in range(12)}},
        {"ns_per_agent": 90.0, "systems": {f"s{k}": float(12 - k) for k in range(12)}},
    ]
    names, layers = layers_of({"sizes": sizes})
    assert len(names) == LARGEST + 1
    assert names[-1] == "everything else"
    assert layers.sum(axis=0) == pytest.approx([100, 90])
    last = layers[:-1, -1]
    assert (np.diff(last) <= 0).all()


def test_a_sweep_becomes_a_png(tmp_path: Path) -> None:
    reports = [
        report_from(np.tile([n * 10.0, n**1.5], (40, 1)), agents=n) for n in (100, 1000, 10_000)
    ]
    report = {**reports[-1], "sweep": sweep_of(reports)}
    path = tmp_path / "sweep.png"
    draw_sweep(report, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 10_000
