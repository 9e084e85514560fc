"""Movement against its slow twin, and what must hold in whole towns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.movement import (
    EAST,
    MANY,
    NORTH,
    ONE,
    SOUTH,
    WALL,
    Ground,
    Walker,
)
from tests.oracle.movement import step_all as slow_step_all
from tests.systems.conftest import OpenTown, arguments
from tests.systems.move_world import GARBAGE, TICK, WAYS, World, fill_arrays, recount

from townlet.config import SimulationConfig
from townlet.ecs.kernel import Kernel
from townlet.errors import UserError
from townlet.simulation import Simulation
from townlet_components.events import GHOST_STEP
from townlet_components.town_state import RAIN
from townlet_systems.move import step_all


@st.composite
def worlds(draw: Callable[..., Any]) -> World:
    width, height = draw(st.integers(3, 6)), draw(st.integers(3, 6))
    grid_w, grid_h = draw(st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2)]))
    gates = {
        way: frozenset(
            tile for tile in border(width, height, way) if tile_at(tile, width, way) in chosen
        )
        for way, chosen in zip(WAYS, draw_gates(draw, width, height), strict=True)
    }
    every_gate = frozenset().union(*gates.values())
    tiles = st.sampled_from([WALL, ONE, ONE, ONE, MANY])
    drawings = []
    for _ in range(grid_w * grid_h):
        drawing = draw(st.lists(tiles, min_size=width * height, max_size=width * height))
        drawing[width + 1] = ONE  # somebody must be able to stand somewhere
        drawings.append("".join(MANY if t in every_gate else k for t, k in enumerate(drawing)))
    spots = st.tuples(st.integers(0, grid_w * grid_h - 1), st.integers(0, width * height - 1))
    roofs = draw(st.frozensets(spots, max_size=12))
    ground = Ground(width, height, grid_w, grid_h, drawings, gates, roofs)
    towns, capacity = draw(st.integers(1, 2)), draw(st.integers(1, 14))
    count = towns * capacity
    walkers = []
    primitive = draw(st.lists(st.integers(-1, 10), min_size=count, max_size=count))
    for k in range(count):
        district = draw(st.integers(0, grid_w * grid_h - 1))
        free = [tile for tile, kind in enumerate(drawings[district]) if kind != WALL]
        spot = (k // capacity, district, draw(st.sampled_from(free)))
        patience = draw(st.sampled_from([-1.0, 0.0, 0.0, 0.25, 1.0]))
        tries = draw(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 99, 100]))
        act = primitive[k]
        way = WAYS[act - 1] if 1 <= act <= 4 else None
        walkers.append(Walker(k // capacity, k % capacity, spot, tries, patience, way))
    return World(
        ground,
        towns,
        capacity,
        draw(st.integers(0, 2**64 - 3)),
        draw(st.lists(st.sampled_from([0, 1, 3]), min_size=towns, max_size=towns)),
        walkers,
        draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)),
        primitive,
        draw(st.permutations(range(count))),
        draw(st.integers(0, 99)),
        draw(st.frozensets(st.integers(0, towns - 1))),
    )


def draw_gates(draw: Callable[..., Any], width: int, height: int) -> list[set[int]]:
    """Columns and rows that are open; opposite sides have the same ones."""
    columns = draw(st.sets(st.integers(0, width - 1), max_size=3))
    rows = draw(st.sets(st.integers(0, height - 1), max_size=3))
    return [columns, columns, rows, rows]


def border(width: int, height: int, way: str) -> list[int]:
    if way in (NORTH, SOUTH):
        return [x if way == NORTH else (height - 1) * width + x for x in range(width)]
    return [y * width + (width - 1 if way == EAST else 0) for y in range(height)]


def tile_at(tile: int, width: int, way: str) -> int:
    return tile % width if way in (NORTH, SOUTH) else tile // width


def check_against_twin(world: World, run: Callable[..., None]) -> None:
    arrays = fill_arrays(world)
    before = {w.key: w.spot for w in world.walkers}
    run(*arguments(step_all, arrays))
    after = dict(enumerate(world.ghost_after))
    slow_step_all(world.ground, world.walkers, after, world.draw, world.rain, TICK)
    for k, walker in enumerate(world.walkers):
        row, mover = world.row_of[k], walker.way is not None
        fast = (arrays["district"][row], arrays["tile"][row], arrays["tries"][row])
        assert fast == (*walker.spot[1:], walker.tries), walker
        assert arrays["ghost_steps"][row] == walker.ghost, walker
        assert arrays["success"][row] == walker.moved, walker
        assert arrays["done"][row] == (world.primitive[k] if mover else GARBAGE)
        assert arrays["duration"][row] == (1 if mover else GARBAGE)
    np.testing.assert_array_equal(arrays["count"], recount(world))
    assert (arrays["claim"] == -1).all(), "a lane's notes must be clean for its next district"
    check_events(world, arrays, before)


def check_events(
    world: World, arrays: dict[str, Any], before: dict[tuple[int, int], tuple[int, int, int]]
) -> None:
    """Every ghost step is counted; as many are logged as there is room for."""
    room = arrays["e_kind"].shape[1]
    for cell in range(world.towns * world.districts):
        town, district = divmod(cell, world.districts)
        ghosts = {
            w.slot: w.spot[2]
            for w in world.walkers
            if w.ghost and w.town == town and before[w.key][1] == district
        }
        assert arrays["e_total"][cell, GHOST_STEP] == len(ghosts)
        logged = arrays["e_count"][cell]
        assert logged == min(room, len(ghosts))
        assert arrays["e_dropped"][cell] == len(ghosts) - logged
        for k in range(logged):
            assert arrays["e_kind"][cell, k] == GHOST_STEP
            assert ghosts[arrays["e_agent"][cell, k]] == arrays["e_value"][cell, k]


@settings(max_examples=250, deadline=None)
@given(worlds())
def test_the_kernel_moves_as_its_slow_twin(world: World) -> None:
    check_against_twin(world, step_all)


@pytest.mark.usefixtures("plain_python")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(worlds())
def test_without_a_compiler_it_moves_alike(world: World) -> None:
    assert isinstance(step_all, Kernel)
    check_against_twin(world, step_all.py_func)


# -- the rules, one by one -------------------------------------------------------------------------


def street(drawing: str, acts: str, *, ghost_after: int = 0, tries: str = "") -> World:
    """A district of one row; ``acts`` has a letter per tile: N S E W, or z for who stands still."""
    width = len(drawing)
    none: frozenset[int] = frozenset()
    ground = Ground(width, 1, 1, 1, [drawing], dict.fromkeys(WAYS, none))
    walkers: list[Walker] = []
    primitive: list[int] = []
    for tile, act in enumerate(acts):
        if act != " ":
            done = int(tries[tile]) if tries else 0
            way = act if act in WAYS else None
            walkers.append(Walker(0, len(walkers), (0, 0, tile), done, 0.0, way))
            primitive.append(WAYS.index(act) + 1 if act in WAYS else 0)
    count = len(walkers)
    return World(
        ground, 1, count, 5, [ghost_after], walkers, [0] * count, primitive, list(range(count))
    )


def walk(world: World) -> list[int]:
    """Tiles after one tick, by slot; the twin agrees."""
    check_against_twin(world, step_all)
    return [walker.spot[2] for walker in world.walkers]


def test_a_chain_resolves_from_its_head() -> None:
    assert walk(street("....", "EEE ")) == [1, 2, 3]


def test_a_chain_behind_someone_who_stays_stays() -> None:
    assert walk(street("....", "EEz ")) == [0, 1, 2]


def test_a_swap_succeeds() -> None:
    assert walk(street("..", "EW")) == [1, 0]


def test_a_circle_succeeds() -> None:
    world = street("....", "ESNW")
    world.ground = Ground(2, 2, 1, 1, ["...."], world.ground.gates)
    assert walk(world) == [1, 3, 0, 2]


def test_the_one_with_more_failed_tries_wins() -> None:
    assert walk(street("...", "E W", tries="1 2")) == [0, 1]
    assert walk(street("...", "E W", tries="2 1")) == [1, 2]


def test_the_least_patient_wins() -> None:
    world = street("...", "E W")
    world.walkers[0].patience, world.walkers[1].patience = 0.5, -0.5
    assert walk(world) == [0, 1]


def test_a_draw_decides_between_equals_and_favours_no_slot() -> None:
    winners = []
    for seed in range(40):
        world = street("...", "E W")
        world.seed = seed
        winners.append(walk(world).index(1))
    assert set(Counter(winners)) == {0, 1}


def test_a_ghost_step_after_three_failed_tries_and_only_one() -> None:
    world = street("...", "Ez ", ghost_after=3)
    tiles = [walk(world)[0] for _ in range(4)]
    assert tiles == [0, 0, 0, 1]
    assert world.walkers[0].tries == 0


def test_a_tile_shared_by_a_ghost_is_free_when_both_have_left() -> None:
    world = street("....", "EzE ", ghost_after=0)
    world.walkers[2].spot = (0, 0, 1)  # two on tile 1: one stays, one walks on
    assert walk(world) == [0, 1, 2]
    both = street("....", "EEE ")
    both.walkers[2].spot = (0, 0, 1)
    assert walk(both)[0] == 0  # both want tile 2, one gets it: the other still stands there
    apart = street("....", "EEW ")
    apart.ground = Ground(4, 1, 1, 1, ["o..."], apart.ground.gates)
    apart.walkers[2].spot = (0, 0, 1)
    assert walk(apart) == [1, 2, 0]


def test_any_number_share_a_tile_that_holds_many() -> None:
    assert walk(street("oo.", "EzW")) == [1, 1, 1]


def test_a_step_into_a_wall_is_no_failed_try() -> None:
    world = street(".#", "E ", ghost_after=1)
    assert walk(world) == [0]
    assert world.walkers[0].tries == 0


def walk_in_the_rain(arrays: dict[str, Any], ticks: range) -> list[list[int]]:
    """Tiles by row after each tick; nobody's failed tries change, and each outcome is noted."""
    arrays["sky_kind"][:] = RAIN
    tries, tiles = arrays["tries"].copy(), []
    for tick in ticks:
        arrays["tick"][0] = tick
        before = arrays["tile"].copy()
        step_all(*arguments(step_all, arrays))
        np.testing.assert_array_equal(arrays["success"], arrays["tile"] != before)
        np.testing.assert_array_equal(arrays["done"], arrays["primitive"])
        np.testing.assert_array_equal(arrays["tries"], tries)
        assert (arrays["claim"] == -1).all()
        tiles.append(arrays["tile"].tolist())
    return tiles


def test_in_slow_weather_odd_and_even_slots_step_in_turn_and_count_no_failed_try() -> None:
    arrays = fill_arrays(street("......", "E  E  ", ghost_after=1))
    assert walk_in_the_rain(arrays, range(40, 44)) == [[1, 3], [1, 4], [2, 4], [2, 5]]
    kept = fill_arrays(street("...", "E  ", tries="2  "))
    assert walk_in_the_rain(kept, range(41, 42)) == [[0]]


def test_slow_weather_slows_nobody_indoors() -> None:
    arrays = fill_arrays(street("......", "E  E  "))
    arrays["outdoor"][:] = False
    assert walk_in_the_rain(arrays, range(40, 42)) == [[1, 4], [2, 5]]
    out = fill_arrays(street(".....", "E    "))
    out["outdoor"][0, :2] = False  # it leaves a house: the tile it stands on counts
    assert walk_in_the_rain(out, range(40, 44)) == [[1], [2], [3], [3]]


# -- whole towns -----------------------------------------------------------------------------------


def single_counts(sim: Simulation) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Recount, from positions, of who stands on tiles that hold one."""
    plan = sim.plan
    count = np.zeros((sim.towns * plan.districts, plan.tiles), np.int64)
    town, alive = sim.column("Rows.town"), sim.column("Identity.alive")
    district, tile = sim.column("Position.district"), sim.column("Position.tile")
    for r in np.flatnonzero(alive):
        if plan.single[plan.district_layout[district[r]], tile[r]]:
            count[town[r] * plan.districts + district[r], tile[r]] += 1
    return count


@pytest.mark.parametrize(("size", "agents"), [(None, 64), ((6, 6), 20), ((4, 4), 40)])
def test_occupancy_is_the_recount_of_positions(
    open_town: OpenTown, size: tuple[int, int] | None, agents: int
) -> None:
    config = SimulationConfig().with_overrides({"world.residents_per_district": 16})
    if size is not None:
        config = open_town(size, [("bench", 0, 0)], {"bench": 5})
    sim = Simulation.from_config(config, towns=2, seed=3, agents=agents)
    rng = np.random.default_rng(0)
    width, height = sim.plan.width, sim.plan.height
    for tick in range(250):
        actions = rng.integers(-1, 5, 2 * agents).astype(np.int32)
        if tick % 50 == 20:
            sim.kill(int(rng.integers(agents)), town=1)
        if tick % 50 == 30:
            sim.spawn(town=1)
        before = sim.column("Position.tile").astype(np.int64)
        home = sim.column("Position.district").copy()
        stood = sim.column("Identity.generation").copy()
        sim.step(actions, level="primitive")
        np.testing.assert_array_equal(sim.column("Occupancy.count"), single_counts(sim))
        same = sim.column("Identity.alive") & (sim.column("Position.district") == home)
        same &= sim.column("Identity.generation") == stood
        after = sim.column("Position.tile").astype(np.int64)
        walked = abs(after % width - before % width) + abs(after // width - before // width)
        assert walked[same & (stood >= 0)].max(initial=0) <= 1
        assert sim.plan.walkable[sim.plan.district_layout[home], after][same].all()
        assert (after < width * height).all()
    assert sim.column("LastAction.success").any()


def test_without_ghost_steps_nobody_shares_a_tile_that_holds_one(open_town: OpenTown) -> None:
    config = open_town((6, 6), [("bench", 0, 0)], {"bench": 5}, world__ghost_step_after=0)
    sim = Simulation.from_config(config, seed=1, agents=24)
    rng = np.random.default_rng(1)
    assert single_counts(sim.run(1)).max() == 1
    moved = 0
    for _ in range(300):
        sim.step(rng.integers(1, 5, 24).astype(np.int32), level="primitive")
        assert sim.column("Occupancy.count").max() <= 1
        assert single_counts(sim).max() <= 1
        moved += int(sim.column("LastAction.success").sum())
    assert 0 < moved < 300 * 24  # some got through, some did not
    assert sim.column("Position.ghost_steps").sum() == 0


def test_ghost_steps_dissolve_a_jam_and_are_counted(open_town: OpenTown) -> None:
    config = open_town((4, 4), [("bench", 0, 0)], {"bench": 5})
    sim = Simulation.from_config(config, seed=2, agents=16)
    for _ in range(40):
        sim.step(np.full(16, 3, np.int32), level="primitive")
    steps = int(sim.column("Position.ghost_steps").sum())
    logged = int(sim.column("EventTotals.total")[:, GHOST_STEP].sum())
    assert steps == logged > 0


def test_a_gate_that_holds_one_is_refused() -> None:
    config = SimulationConfig().with_overrides({"world.tiles": {"gate": "one"}})
    with pytest.raises(UserError, match="gate"):
        Simulation.from_config(config, agents=8)


def test_an_open_district_without_objects_runs() -> None:
    config = SimulationConfig().with_overrides({"world.grid_size": (4, 4)})
    sim = Simulation.from_config(config, agents=4).run(5)
    np.testing.assert_array_equal(sim.column("Occupancy.count"), single_counts(sim))
