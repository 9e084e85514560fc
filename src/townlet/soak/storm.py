"""The seed storm: many small towns with random configs and faults; one number tells them all.

A town of the storm is a function of one whole number: its config, its seed, its faults, and the
second way it is run, which must end with the same hash.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.invariants import INVARIANTS, broken
from townlet.learner import Learner
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.simulation import Simulation
from townlet.snapshot import Contents, load, restore_contents, take, write
from townlet.soak.fault import Calendar
from townlet.soak.faults import FAULTS, faults_of
from townlet.soak.luck import luck
from townlet.soak.striking import tick_with_faults
from townlet.soak.wild_config import Keys, wild_config

#: Configs tried before a number is given up; most are accepted at once.
_TRIES = 20
#: Ticks between two checks of all invariants but the costly ones.
_CHECK_EVERY = 20


@dataclass(frozen=True)
class StormTown:
    """A town of the storm.

    Attributes:
        number: the number all of it follows from.
        keys: what its config says beyond the defaults or the file it extends.
        config: the config.
        towns: towns in its batch.
        seed: seed of the first of them.
        ticks: how long it runs.
        faults: names of its faults.
        way: how it is run the second time.
        middle: tick at which it is saved, where the way asks for it.
        blueprint: what it is made of.
        refused: sentences about configs that were drawn before and refused.
    """

    number: int
    keys: Keys
    config: SimulationConfig
    towns: int
    seed: int
    ticks: int
    faults: tuple[str, ...]
    way: str
    middle: int
    blueprint: Blueprint
    refused: tuple[str, ...] = ()

    def text(self) -> str:
        """The config as YAML."""
        return yaml.safe_dump(self.keys, sort_keys=False)

    def calendar(self) -> Calendar:
        """When its faults strike."""
        return Calendar(faults_of(self.faults), self.number, 100)


@dataclass
class StormResult:
    """How a town of the storm fared.

    Attributes:
        number: the town's.
        failures: sentences; empty when all is well.
        ticks: ticks done, both runs.
        way: how it was run the second time.
        state_hash: hash at the end.
        struck: how often each fault struck.
        refused: configs that were drawn and refused before.
    """

    number: int
    failures: list[str] = field(default_factory=list)
    ticks: int = 0
    way: str = ""
    state_hash: int = 0
    struck: dict[str, int] = field(default_factory=dict)
    refused: int = 0


def draw_town(number: int, base: SimulationConfig | None = None) -> StormTown:
    """Draw a town of the storm.

    Args:
        number: at least 0.
        base: config whose keys hold where the town sets none.

    Raises:
        UserError: no config that was drawn is accepted.
    """
    refused: list[str] = []
    for attempt in range(_TRIES):
        own = luck(number, "storm", attempt)
        keys = yaml.safe_load(yaml.safe_dump(wild_config(own)))
        ways, ticks = list(WAYS), int(own.integers(100, 301))
        towns, seed = int(own.integers(1, 4)), int(own.integers(1 << 40))
        try:
            config = (base or SimulationConfig()).with_overrides(keys)
            blueprint = draw_blueprint(config, towns=towns, seed=seed)
        except UserError as error:
            refused.append(str(error))
            continue
        return StormTown(
            number=number,
            keys=keys,
            config=config,
            towns=towns,
            seed=seed,
            ticks=ticks,
            faults=tuple(name for name in FAULTS if own.random() < 0.5),
            way=ways[own.integers(len(ways))],
            middle=int(own.integers(1, ticks)),
            blueprint=blueprint,
            refused=tuple(refused),
        )
    raise UserError(f"storm {number}: {_TRIES} configs were drawn and refused; {refused[-1]}")


def run_town(number: int, base: SimulationConfig | None = None) -> StormResult:
    """Run a town of the storm twice, in two ways, and look for anything wrong.

    Args:
        number: the town.
        base: as for :func:`draw_town`.

    Returns:
        What was found; an exception of the engine is a finding too.
    """
    result = StormResult(number)
    try:
        town = draw_town(number, base)
        result.way, result.refused = town.way, len(town.refused)
        _run_both(town, result)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        result.failures.append(
            f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        )
    return result


def _run_both(town: StormTown, result: StormResult) -> None:
    sim = build(town)
    first = _Run(town, sim, result)
    first.run(check=True)
    if result.failures:  # it stopped there
        return
    result.state_hash = sim.hash()
    expected = [(sim.hash_columns(k), sim.hash(k)) for k in range(town.towns)]
    for other, pairs in WAYS[town.way](town, first):
        _Run(town, other, result).run(check=False)
        for theirs, ours in pairs:
            columns, total = expected[ours]
            if other.hash(theirs) != total:
                found = other.hash_columns(theirs)
                wrong = [name for name in columns if found.get(name) != columns[name]]
                result.failures.append(
                    f"run {town.way} town {ours} ends with another {', '.join(wrong) or 'tick'}"
                )


def build(town: StormTown, **options: Any) -> Simulation:
    """Build the simulation of a town; with ``towns`` and ``seed``, another batch of its config."""
    if "towns" in options:
        return Simulation.from_config(town.config, threads=1, **options)
    return Simulation(town.blueprint, threads=1, **options)


class _Run:
    """One run of a town to its end.

    Args:
        town: the town.
        sim: fresh, or restored; it runs on to the town's last tick.
        result: gets failures.
    """

    def __init__(self, town: StormTown, sim: Simulation, result: StormResult) -> None:
        self.town, self.sim, self.result = town, sim, result
        self.calendar = town.calendar()
        self.saved: Contents | None = None

    def run(self, *, check: bool) -> None:
        """Run to the end; with ``check`` all invariants are looked at every now and then."""
        cheap = [name for name in INVARIANTS if name != "masks_are_true"]
        while self.sim.tick < self.town.ticks:
            if check and self.sim.tick == self.town.middle and self.town.way in _FROM_THE_MIDDLE:
                self.saved = take(self.sim)
            struck, found = tick_with_faults(self.sim, self.calendar)
            self.result.ticks += 1
            if check:
                for name, _ in struck:
                    self.result.struck[name] = self.result.struck.get(name, 0) + 1
            done = self.sim.tick == self.town.ticks
            if check and (done or struck or self.sim.tick % _CHECK_EVERY == 0):
                found |= broken(self.sim, None if done or struck else cheap)
            if found:
                for name, findings in found.items():
                    self.result.failures.append(
                        f"tick {self.sim.tick}: {name}: {findings[0].sentence}"
                    )
                return


Way = Callable[[StormTown, _Run], list[tuple[Simulation, list[tuple[int, int]]]]]
"""Simulations to run as well, each with pairs of (its town, the same town of the first run)."""


def _with_permuted_rows(town: StormTown, first: _Run) -> list[Any]:
    return [(build(town, row_order=_some_order(town), lanes=5), _all(town))]


def _in_another_order(town: StormTown, first: _Run) -> list[Any]:
    return [(build(town, shuffle=town.number % 64, lanes=2), _all(town))]


def _alone(town: StormTown, first: _Run) -> list[Any]:
    last = town.towns - 1
    return [(build(town, towns=1, seed=town.seed + last), [(0, last)])]


def _in_a_batch(town: StormTown, first: _Run) -> list[Any]:
    pairs = [(k + 1, k) for k in range(town.towns)]
    return [(build(town, towns=town.towns + 2, seed=town.seed - 1), pairs)] if town.seed else []


def _watched(town: StormTown, first: _Run) -> list[Any]:
    learner = Learner(rewards=True, observations="hybrid")
    return [(build(town, learner=learner), _all(town))]


def _restarted(town: StormTown, first: _Run) -> list[Any]:
    first.sim.restart(town.seed)
    return [(first.sim, _all(town))]


def _restored(town: StormTown, first: _Run) -> list[Any]:
    """In the same arrays, after they have run on."""
    return [(restore_contents(first.sim, _saved(first)), _all(town))]


def _loaded(town: StormTown, first: _Run) -> list[Any]:
    """From a file, into other rows and lanes."""
    with TemporaryDirectory() as folder:
        path = write(_saved(first), Path(folder) / "middle")
        sim = load(path, threads=1, lanes=3, row_order=_some_order(town))
    return [(sim, _all(town))]


def _saved(first: _Run) -> Contents:
    assert first.saved is not None
    return first.saved


def _some_order(town: StormTown) -> npt.NDArray[np.int64]:
    rows = town.towns * max(town.config.capacity(), town.config.world.agents)
    return luck(town.number, "rows").permutation(rows)


def _all(town: StormTown) -> list[tuple[int, int]]:
    return [(k, k) for k in range(town.towns)]


#: Ways to run a town a second time.
WAYS: dict[str, Way] = {
    "with permuted rows": _with_permuted_rows,
    "in another order of systems": _in_another_order,
    "alone": _alone,
    "in a batch": _in_a_batch,
    "watched": _watched,
    "restarted": _restarted,
    "restored": _restored,
    "loaded": _loaded,
}
#: Those that go on from the town's middle.
_FROM_THE_MIDDLE = frozenset({"restored", "loaded"})
