from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townlet.errors import UserError
from townlet.maps import kinds
from townlet.maps.checks import check_layout, check_routes
from townlet.maps.generator import PUBLIC, generate_layout
from townlet.maps.kinds import STREET_KINDS
from townlet.maps.layout import neighbours
from townlet.maps.targets import layout_targets

seeds = st.integers(0, 2**63 - 1)


@given(seeds, st.integers(0, 3), st.integers(1, 66))
@settings(max_examples=40, deadline=None)
def test_generate_layout__everything_can_be_reached(seed: int, number: int, residents: int) -> None:
    layout = generate_layout(seed, number, residents)
    check_layout(layout)
    check_routes(layout, layout_targets(layout, set(), set()).route, True)


@given(seeds, st.integers(1, 66))
@settings(max_examples=40, deadline=None)
def test_generate_layout__homes_for_the_residents_and_every_other_kind(
    seed: int, residents: int
) -> None:
    layout = generate_layout(seed, 0, residents)
    assert len(layout.beds()) == residents
    found = Counter(place.kind for place in layout.places)
    assert all(found[kind] >= 1 for kind in PUBLIC)
    for number, place in enumerate(layout.places):
        if place.kind == "home":
            things = Counter(a.object_type for a in layout.anchors if a.place == number)
            assert 1 <= things.pop("bed") <= 4
            assert things == {"fridge": 1, "stove": 1, "shower": 1}


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_generate_layout__doors_lie_on_streets_and_anchors_apart(seed: int) -> None:
    layout = generate_layout(seed, 1, 64)
    kind = layout.kind.ravel()
    for place in layout.places:
        beside = neighbours(place.door, layout.width, layout.height)
        assert any(kind[tile] in STREET_KINDS for tile in beside)
    tiles = [anchor.tile for anchor in layout.anchors]
    assert len(set(tiles)) == len(tiles)
    walkable = layout.walkable().ravel()
    for anchor in layout.anchors:
        place = layout.places[anchor.place]
        assert bool(anchor.queue) == (place.kind in kinds.PUBLIC_QUEUES)
        assert len(anchor.queue) <= 3
        for tile in anchor.queue:
            assert walkable[tile]
            assert tile in place.tiles
            assert tile != place.door
            assert tile not in tiles


@given(seeds, st.sampled_from([(32, 32), (40, 36), (33, 47), (64, 64)]))
@settings(max_examples=20, deadline=None)
def test_generate_layout__streets_are_two_tiles_wide(seed: int, size: tuple[int, int]) -> None:
    kind = generate_layout(seed, 0, 32, size).kind
    street = np.isin(kind, STREET_KINDS)
    block = street[:-1, :-1] & street[1:, :-1] & street[:-1, 1:] & street[1:, 1:]
    wide = np.zeros_like(street)
    for dy in (0, 1):
        for dx in (0, 1):
            wide[dy : dy + block.shape[0], dx : dx + block.shape[1]] |= block
    assert (wide == street).all()


def test_generate_layout__gates_are_where_neighbours_expect_them() -> None:
    first = generate_layout(0, 0, 64)
    for number in range(4):
        layout = generate_layout(7, number, 20)
        assert [layout.gates(side) for side in range(4)] == [first.gates(s) for s in range(4)]
    assert first.gates(0) == (15, 16)
    assert first.gates(3) == (15 * 32, 16 * 32)


def test_generate_layout__is_pure_and_layouts_differ() -> None:
    assert (generate_layout(5, 2, 64).kind == generate_layout(5, 2, 64).kind).all()
    drawings = {generate_layout(5, number, 64).kind.tobytes() for number in range(4)}
    assert len(drawings) == 4


@pytest.mark.parametrize(
    ("residents", "size", "sentence"),
    [
        (90, (32, 32), "world.residents_per_district: 90 do not fit"),
        (8, (16, 16), "has no lot left for the"),
        (8, (8, 40), "is too small"),
    ],
)
def test_generate_layout__refuses_what_does_not_fit(
    residents: int, size: tuple[int, int], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        generate_layout(0, 0, residents, size)
