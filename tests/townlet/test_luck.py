"""One death more or less shifts nobody else's luck (SPEC §1): asserted on the draws themselves.

The kernels of real ticks run as plain Python, and every draw they make is written down.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher
from tests.oracle.town import make

import townlet_systems
from townlet import Simulation
from townlet.ecs import rng
from townlet.ecs.kernel import recording
from townlet.ecs.system import arguments
from townlet_components.draws import CHAT_OUTCOME, EXIT_ORDER, QUEUE_JOIN, RANDOM_OPTION

SEED, AGENTS, NOON, TICKS = 11, 24, 300, 60

Key = tuple[int, int, int, int, int]
"""Stream, tick, slot, purpose, index."""


Made = dict[Key, tuple[int, int, int]]
"""Generation, seed and bits by key."""
PURE = rng.draw_bits.py_func  # type: ignore[attr-defined]


@dataclass
class Draws:
    """Writes down who drew what; of the town with seed ``only``, if one is given."""

    made: Made = field(default_factory=dict)
    only: int | None = None

    def bits(self, seed: Any, *draw: Any) -> np.uint64:
        found: np.uint64 = PURE(seed, *draw)
        stream, tick, slot, generation, purpose, index = (int(part) for part in draw)
        key, entry = (stream, tick, slot, purpose, index), (generation, int(seed), int(found))
        if self.only in (None, int(seed)):
            assert self.made.setdefault(key, entry) == entry, "two serials share a slot"
        return found


def modules() -> Iterator[Any]:
    yield rng
    for info in pkgutil.iter_modules(townlet_systems.__path__):
        yield importlib.import_module(f"townlet_systems.{info.name}")


@contextmanager
def written_down(draws: Draws) -> Iterator[None]:
    """Within this block compiled helpers are Python, and draws are recorded."""
    with pytest.MonkeyPatch.context() as patch:
        for module in modules():
            for name, value in list(vars(module).items()):
                if isinstance(value, Dispatcher):
                    patch.setattr(module, name, value.py_func)
            if hasattr(module, "draw_bits"):
                patch.setattr(module, "draw_bits", draws.bits)
        yield


class Plain(np.ndarray[Any, np.dtype[Any]]):
    """An array whose integers come out as Python's: they are as wide as compiled ones."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return found.item() if isinstance(found, np.integer | np.bool_) else found


def plain(argument: Any) -> Any:
    """An array, or a bundle of them, as :class:`Plain`."""
    if hasattr(argument, "_fields"):
        return type(argument)(*(plain(value) for value in argument))
    return argument.view(Plain)


def plain_tick(sim: Simulation) -> None:
    """A tick of a simulation of one lane, every kernel as plain Python."""
    calls: list[tuple[Any, tuple[Any, ...]]] = []
    sim._before()
    for spec in sim.schedule.systems:
        with recording(lambda kernel, args: calls.append((kernel, args))):
            spec.function(**arguments(spec.function, sim.store))
    for kernel, args in calls:
        kernel.py_func(*(plain(argument) for argument in args))
    sim._after()


def build(folder: Path, **options: Any) -> Simulation:
    """A crowd at noon that wants the same few things; nobody is more patient than another."""
    given = {"seed": SEED, "threads": 1, "lanes": 1, "policy": "random"} | options
    sim = make("open", folder, agents=AGENTS, **given)
    sim.column("Personality.trait")[:] = 0
    return sim.run(NOON - sim.tick)


def written(sim: Simulation, draws: Draws) -> Made:
    """Run some ticks and return what was drawn in them."""
    with written_down(draws), np.errstate(over="ignore"):
        for _ in range(TICKS):
            plain_tick(sim)
    return draws.made


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What is drawn in a town in which nobody dies; the kernels are those that are compiled."""
    folder = tmp_path_factory.mktemp("town")
    sim = build(folder)
    made = written(sim, Draws())
    assert sim.hash() == build(folder).run(TICKS).hash()
    return made


@pytest.mark.slow
def test_a_death_at_noon_leaves_the_draws_of_all_others_unchanged(
    usual: Made, tmp_path: Path
) -> None:
    gone = 3
    sim = build(tmp_path)
    sim.kill(gone)
    made = written(sim, Draws())
    assert sim.column("Departures.count")[0] == 1
    others = {key: entry for key, entry in usual.items() if key[2] != gone}
    both = others.keys() & made.keys()
    assert {key: made[key] for key in both} == {key: usual[key] for key in both}
    assert len(both) > 0.6 * len(others), "most do what they would have done"
    assert {RANDOM_OPTION, QUEUE_JOIN} <= {key[3] for key in both}
    assert len({key[2] for key in both}) == AGENTS - 1


@pytest.mark.slow
def test_where_rows_lie_and_who_lives_next_door_is_in_no_draw(usual: Made, tmp_path: Path) -> None:
    """The same town with its rows reversed, as the second of a batch: the very same draws."""
    rows = np.arange(2 * AGENTS)[::-1].copy()
    sim = build(tmp_path, seed=SEED - 1, towns=2, row_order=rows)
    assert written(sim, Draws(only=SEED)) == usual


def test_a_newcomer_has_luck_of_its_own() -> None:
    """The serial is in the draw: who takes a slot does not inherit it."""
    one, two = (PURE(np.uint64(5), 0, 7, 3, generation, CHAT_OUTCOME, 0) for generation in (0, 1))
    assert one != two
    assert one != PURE(np.uint64(5), 0, 7, 3, 0, EXIT_ORDER, 0)
