"""Where two runs part: tick, system, column, slot, agent and both values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet import Simulation
from townlet.diff import Desync, Side, find_desync, side_of
from townlet.ecs import Phase
from townlet.ecs.runtime import Step
from townlet.replay import Recorder, Recording, write_lines
from townlet.snapshot import load

CONFIG = Path(__file__).parents[3] / "configs" / "small.yaml"
TICKS, AT = 240, 150
Act = Callable[[Simulation], None]


def town(**options: Any) -> Simulation:
    return Simulation.from_config(CONFIG, agents=8, seed=2, threads=1, **options)


def record(folder: Path, act: Act | None = None, at: int = AT, **options: Any) -> Path:
    """A recorded run in which something is done between two ticks."""
    sim = town()
    with Recorder(sim, folder, snapshot_every=100, **options):
        sim.run(at)
        if act is not None:
            act(sim)
        sim.run(TICKS - at)
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody has touched."""
    return record(tmp_path_factory.mktemp("desync") / "clean")


def diff(a: Path, b: Path) -> Desync:
    return find_desync(side_of(a, "A"), side_of(b, "B"))


def flip(column: str, place: int, bit: int) -> Act:
    """Turn a bit of a column's value, rows in order of slots."""

    def act(sim: Simulation) -> None:
        values = sim.column(column).reshape(-1)
        raw = values.view(f"u{values.itemsize}")
        raw[place] ^= raw.dtype.type(1 << bit)

    return act


def test_two_runs_of_one_town_are_the_same(clean: Path, tmp_path: Path) -> None:
    found = diff(clean, record(tmp_path / "again"))
    assert (found.verdict, found.same_tick, found.compared) == ("same", TICKS, TICKS + 1)
    assert found.sentences == []


@pytest.mark.parametrize(
    ("column", "place", "bit", "labels"),
    [
        ("Needs.level", 3 * 5 + 1, 3, ("hygiene",)),  # drained every tick
        ("Wallet.money", 4, 40, ()),  # eight bytes, and nobody looks at it in that tick
        ("Personality.trait", 2 * 5 + 3, 22, ("patience",)),  # never written
    ],
)
def test_a_flipped_bit_is_found(
    clean: Path, tmp_path: Path, column: str, place: int, bit: int, labels: tuple[str, ...]
) -> None:
    sim = town()
    width = int(np.prod(sim.column(column).shape[1:]))
    seen: dict[str, Any] = {}

    def act(run: Simulation) -> None:
        seen["a"] = run.column(column).reshape(-1)[place].item()
        flip(column, place, bit)(run)
        seen["b"] = run.column(column).reshape(-1)[place].item()
        seen["name"] = run.frame("agent")["name"][place // width]

    other = record(tmp_path / "flipped", act)
    ways = [(clean, other, "a", "b"), (other, clean, "b", "a")]
    for a, b, x, y in ways if bit == 40 else ways[:1]:
        found = diff(a, b)
        assert (found.verdict, found.same_tick, found.tick) == ("memory", AT, AT + 1)
        cell = found.cells[0]
        assert (cell.column, cell.id, cell.labels) == (column, place // width, labels)
        assert (cell.a, cell.b, cell.agent) == (seen[x], seen[y], seen["name"])
        assert found.system is not None
        assert found.system.startswith("(none")
        told = " ".join(found.sentences)
        assert "does not reproduce its own log from tick 151 on" in told
        assert f"bit {bit} of {column}" in told


def test_a_bit_flipped_within_a_tick_is_placed_between_systems(clean: Path, tmp_path: Path) -> None:
    sim = town(steps=(_saboteur("drain_needs", AT, 5, lambda sim: flip("Needs.level", 9, 1)),))
    _tie(sim)
    with Recorder(sim, tmp_path / "flipped", snapshot_every=100):
        sim.run(TICKS)
    found = diff(clean, tmp_path / "flipped")
    assert (found.verdict, found.tick) == ("memory", AT)
    assert found.cells[0].place.startswith("Needs.level[hunger] of slot 3 (")
    assert found.system is not None
    assert found.system.startswith("(none: after drain_needs")


_SIMS: dict[str, Simulation] = {}


def _tie(sim: Simulation) -> None:
    _SIMS["now"] = sim


def _saboteur(after: str, tick: int, until: int, what: Callable[[Simulation], Act]) -> Step:
    """A step that does something to the simulation that runs, in one tick or more."""

    def run() -> None:
        sim = _SIMS["now"]
        if tick <= sim.tick < until or sim.tick == tick:
            what(sim)(sim)

    return Step("saboteur", run, Phase.LIVE, after=after)


def test_a_system_that_does_something_else_is_named(clean: Path, tmp_path: Path) -> None:
    """Side B drains slot 6 a little more, from one tick on, whenever it is run."""

    def more(sim: Simulation) -> Act:
        def act(run: Simulation) -> None:
            run.column("Needs.level")[6, 0] -= np.float32(0.001)

        return act

    saboteur = _saboteur("drain_needs", AT + 7, TICKS + 1, more)

    def build(path: Path, steps: tuple[Step, ...] = (), **options: Any) -> Simulation:
        sim = load(path, steps=(saboteur, *steps), **options)
        _tie(sim)
        return sim

    sim = town(steps=(saboteur,))
    _tie(sim)
    for name, every in (("each", 1), ("some", 20)):
        sim = town(steps=(saboteur,))
        _tie(sim)
        with Recorder(sim, tmp_path / name, hash_every=every, snapshot_every=100):
            sim.run(TICKS)
        run = Recording(tmp_path / name)
        a = Recording(clean)
        found = find_desync(Side("A", a.hashes, a), Side("B", run.hashes, run, build))
        assert (found.verdict, found.same_tick, found.tick) == ("behaviour", AT + 6, AT + 7)
        assert found.system == "drain_needs"
        (cell,) = found.cells
        assert cell.place.startswith("Needs.level[hunger] of slot 6 (")
        assert cell.a - cell.b == pytest.approx(0.001, abs=1e-6)
    _SIMS.clear()


def test_an_order_that_one_was_not_given_is_named(clean: Path, tmp_path: Path) -> None:
    found = diff(clean, record(tmp_path / "told", lambda sim: sim.kill(4)))
    assert (found.verdict, found.tick, found.system) == (
        "orders",
        AT + 1,
        "(orders before the tick)",
    )
    assert found.orders == ([], [f"tick {AT}: kill(agent=4, town=0)"])
    assert any(cell.column == "Departures.reason" and cell.id == 4 for cell in found.cells)
    assert any("Only B was given 1 order" in sentence for sentence in found.sentences)


def test_sparse_hashes_bracket_the_tick(clean: Path, tmp_path: Path) -> None:
    other = record(tmp_path / "sparse", flip("Personality.trait", 13, 22), hash_every=20)
    found = diff(clean, other)
    assert (found.verdict, found.same_tick, found.tick) == ("memory", 140, 160)
    assert "after tick 140 and not after tick 160" in " ".join(found.sentences)
    assert "Personality.trait" in found.columns
    assert any(cell.column == "Personality.trait" and cell.id == 2 for cell in found.cells)


def test_other_seeds_differ_from_the_start(clean: Path, tmp_path: Path) -> None:
    sim = Simulation.from_config(CONFIG, agents=8, seed=3)
    with Recorder(sim, tmp_path / "other"):
        sim.run(3)
    found = diff(clean, tmp_path / "other")
    assert (found.verdict, found.same_tick, found.tick) == ("start", 0, 1)
    assert "Their seed differs: 2 in A, 3 in B." in found.sentences
    assert found.cells


def test_a_log_from_another_machine(clean: Path, tmp_path: Path) -> None:
    other = Recording(record(tmp_path / "other", flip("Needs.level", 7, 12)))
    write_lines(other.hashes, tmp_path / "other.jsonl")
    found = diff(clean, tmp_path / "other.jsonl")
    assert (found.verdict, found.tick) == ("memory", AT + 1)
    assert found.cells[0].place.startswith("Needs.level[hygiene] of slot 2 (")
    write_lines(Recording(clean).hashes, tmp_path / "clean.jsonl")
    found = diff(tmp_path / "clean.jsonl", tmp_path / "other.jsonl")
    assert (found.verdict, found.tick, found.cells) == ("unknown", AT + 1, [])
    assert found.columns[0] == "Needs.level"


def test_neither_reproduces(tmp_path: Path) -> None:
    runs = [record(tmp_path / n, flip("Needs.level", k, 5), at=20) for n, k in (("a", 1), ("b", 2))]
    found = diff(*runs)
    assert (found.verdict, found.tick) == ("unknown", 21)
    assert "Neither run reproduces its log" in " ".join(found.sentences)
