from __future__ import annotations

import sys
from pathlib import Path

import pytest

from townlet.errors import UserError
from townlet.maps import PlanSpec, build_plan, render_png


@pytest.mark.parametrize("agents", [8, 130])
def test_render_png__draws_a_picture(tmp_path: Path, agents: int) -> None:
    pytest.importorskip("matplotlib")
    plan = build_plan(PlanSpec(agents, agents, extra_objects=(("fun", "arcade", None),)))
    path = tmp_path / "town.png"
    render_png(plan, path, plan.starts())
    assert path.read_bytes().startswith(b"\x89PNG")
    bare = tmp_path / "bare.png"
    render_png(plan, bare)
    assert bare.read_bytes() != path.read_bytes()


def test_render_png__without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UserError, match=r"pip install townlet\[report\]"):
        render_png(build_plan(PlanSpec(8, 8)), tmp_path / "town.png")
