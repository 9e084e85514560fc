from __future__ import annotations

from pathlib import Path

import pytest

from townlet.errors import UserError
from townlet.maps import PlanSpec, build_plan, load_layout
from townlet.maps.ascii import parse_layout

GOOD = """\
rows:
  - "#bfsw#"
  - "#hhhh#"
  - "##+###"
  - "G====G"
  - "G====G"
  - "#pnpp#"
legend:
  "#": wall
  "=": road
  "+": door
  G: gate
  h: {place: home}
  b: {object: bed}
  f: {object: fridge}
  s: {object: stove}
  w: {object: shower}
  p: {place: park}
  n: {object: bench}
"""


def test_parse_layout__sees_places_doors_and_objects() -> None:
    layout = parse_layout(GOOD, "lane.yaml")
    assert [place.kind for place in layout.places] == ["home", "park"]
    home, park = layout.places
    assert home.door == 2 * 6 + 2
    assert park.door == 5 * 6 + 1
    assert [a.object_type for a in layout.anchors] == ["bed", "fridge", "stove", "shower", "bench"]
    assert len(layout.beds()) == 1


def test_parse_layout__a_town_of_it() -> None:
    plan = build_plan(PlanSpec(1, 1, layouts=(parse_layout(GOOD, "lane.yaml"),)))
    assert plan.districts == 1
    assert plan.object_private.tolist() == [True, True, True, True, False]
    assert plan.home_place.tolist() == [0]


def test_load_layout__the_shipped_hamlet() -> None:
    for parent in Path(__file__).resolve().parents:
        if (parent / "configs" / "layouts").is_dir():
            layout = load_layout(parent / "configs" / "layouts" / "hamlet.yaml")
            break
    plan = build_plan(PlanSpec(40, 40, layouts=(layout,)))
    assert plan.districts == 4
    assert len(layout.beds()) == 12
    till = next(anchor for anchor in layout.anchors if anchor.object_type == "till")
    assert len(till.queue) == 2


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("G====G", "G=?==G", r"lane.yaml:5: character '\?' in column 3 is not in the legend"),
        ("G====G", "G===G", "lane.yaml:5: this row has 5 characters, the first one 6"),
        ("#: wall", "#: wal", "x"),
        (
            "h: {place: home}",
            "h: {place: hom}",
            r"lane.yaml:13: legend.h.place: no place of kind "
            "'hom'; nearest: 'home'",
        ),
        ("G: gate", "G: gait", "lane.yaml:12: legend.G: no tile of kind 'gait'; nearest: 'gate'"),
        ("G: gate", "GG: gate", "lane.yaml:12: legend.GG: a key of the legend is one character"),
        ("legend:", "legnd:", "lane.yaml:8: legnd: no such key; nearest: 'legend'"),
        ("{object: bed}", "{objet: bed}", "legend.b.objet: no such key; nearest: 'object'"),
        ("{object: bed}", "{tile: floor}", "names neither a place, nor an object, nor a queue"),
        ("##+###", "######", r"lane.yaml:2: at \(1, 0\) the home has no door"),
        ("#hhhh#", "#hhpp#", r"lane.yaml:2: at \(1, 0\) a home and a park touch"),
        ("#pnpp#", "#n####", "objects or queue tiles outside any place"),
        ('G====G"\n  - "G====G', 'G=##=G"\n  - "G=##=G', "layout lane.yaml: there is no way from "),
        ("rows:", "rows: [", "lane.yaml:"),
    ],
)
def test_parse_layout__bad_drawings(old: str, new: str, sentence: str) -> None:
    if sentence == "x":
        old, new, sentence = '"#": wall', '"#": wal', "legend.#: no tile of kind 'wal'; nearest"
    assert old in GOOD
    with pytest.raises(UserError, match=sentence) as caught:
        parse_layout(GOOD.replace(old, new, 1), "lane.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "rows: []\nlegend: {}",
        "rows: ['']\nlegend: {}",
        "legend: {}",
        "rows: ['#']\nlegend: 3",
        "rows: ['#']\nlegend: {'#': wall}",
    ],
)
def test_parse_layout__not_a_drawing(text: str) -> None:
    with pytest.raises(UserError, match=r"lane\.yaml"):
        parse_layout(text, "lane.yaml")


def test_load_layout__no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_layout(tmp_path / "nowhere.yaml")
