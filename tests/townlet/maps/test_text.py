from __future__ import annotations

import pytest

from townlet.errors import UserError
from townlet.maps import PlanSpec, build_plan, render_text
from townlet.maps.ascii import parse_layout


def test_render_text__shows_tiles_objects_and_agents() -> None:
    layout = parse_layout(
        "rows: ['###','#b#','#h#','#+#','===']\n"
        "legend: {'#': wall, b: {object: bed}, h: {place: home}, '+': door, '=': road}",
        "hut",
    )
    plan = build_plan(PlanSpec(1, 1, layouts=(layout,)))
    drawn = render_text(plan, 0, [(1, 2)]).split("\n")
    assert drawn[:5] == ["######", "##b ##", "##@ ##", "##+ ##", ""]
    assert drawn[6:] == ["# wall  . floor  + door", "blank: road", "b bed", "@ agent"]


def test_render_text__agents_of_other_districts_are_not_shown() -> None:
    plan = build_plan(PlanSpec(200, 200, extra_objects=(("fun", "arcade", None),)))
    assert "@" not in render_text(plan, 0, [(40, 2)])
    assert "@" in render_text(plan, 1, [(40, 2)])
    assert "A arcade" in "".join(render_text(plan, k) for k in range(4))


def test_render_text__no_such_district() -> None:
    with pytest.raises(UserError, match="district 1: no such one; 0 to 0"):
        render_text(build_plan(PlanSpec(8, 8)), 1)
