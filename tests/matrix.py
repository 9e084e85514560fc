"""One hash: how a town is run, and whether it was saved meanwhile, changes nothing (SPEC §1).

``python -m tests.matrix`` runs every cell: threads, lanes, order of rows, alone or in a batch,
straight or saved and restored at random ticks, watched by a learner or not; and some of them from
an empty kernel cache, each in a process of its own. ``make test`` runs a sample
(``tests/test_matrix.py``).
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet import Simulation
from townlet.learner import Learner
from townlet.snapshot import load, put, take

CONFIG = Path(__file__).parents[1] / "configs" / "town.yaml"
AGENTS, TICKS, SEED = 70, 700, 4  # two districts
TOWNS = 3
#: Who leaves, and when somebody enters.
LEAVE, ENTER = {60: 3, 61: 4, 400: 17, 401: 50}, (59, 150, 402)
WATCHED = Learner(rewards=True)

ROWS = ("in order", "reversed", "mixed")
COMPANY = ("alone", "first of three", "last of three")
SAVED = ("straight", "loaded", "in place", "out and in")


@dataclass(frozen=True)
class Cell:
    """One way of running the town; all of them have to end alike.

    Attributes:
        number: of the cell, which decides the random ticks.
        threads, lanes: of the engine.
        rows: order of rows.
        company: towns beside it.
        saved: whether, and how, it is saved and restored.
        watched: rewards are written.
    """

    number: int
    threads: int
    lanes: int
    rows: str
    company: str
    saved: str
    watched: bool

    def __str__(self) -> str:
        watched = "watched" if self.watched else "unwatched"
        how = f"{self.threads} threads, {self.lanes} lanes, rows {self.rows}, {self.company}"
        return f"cell {self.number}: {how}, {self.saved}, {watched}"


def cells() -> list[Cell]:
    """All cells, 432 of them."""
    ways = itertools.product((1, 2), (1, 3, 7), ROWS, COMPANY, SAVED, (False, True))
    return [Cell(number, *way) for number, way in enumerate(ways)]


def sample(count: int, seed: int = 0) -> list[Cell]:
    """Some cells, every value of every choice among them."""
    every = cells()
    order = np.random.default_rng(seed).permutation(len(every))
    return [every[k] for k in sorted(order[:count].tolist())]


# -- one cell ---------------------------------------------------------------------------------


def build(cell: Cell, towns: int, seed: int) -> Simulation:
    """The towns of a cell before their first tick."""
    return Simulation.from_config(
        CONFIG, towns=towns, seed=seed, agents=AGENTS, **engine(cell, towns)
    )


def engine(cell: Cell, towns: int) -> dict[str, Any]:
    """Options of a simulation that decide nothing."""
    rows: npt.NDArray[np.int64] | None = np.arange(towns * AGENTS)
    if cell.rows == "reversed":
        rows = np.arange(towns * AGENTS)[::-1].copy()
    elif cell.rows == "mixed":
        rows = np.random.default_rng(cell.number).permutation(towns * AGENTS)
    else:
        rows = None
    return {
        "threads": cell.threads,
        "lanes": cell.lanes,
        "row_order": rows,
        "learner": WATCHED if cell.watched else None,
    }


def live(sim: Simulation, until: int) -> None:
    """Run to a tick; people leave and come on the way."""
    for moment in sorted({m for m in (*LEAVE, *ENTER) if sim.tick < m < until} | {until}):
        sim.run(moment - sim.tick)
        if moment == until:
            break
        order(sim)


def order(sim: Simulation) -> None:
    """What is ordered after the tick that has just ended, in every town."""
    for k in range(sim.towns):
        if sim.tick in LEAVE:
            sim.kill(LEAVE[sim.tick], k)
        if sim.tick in ENTER:
            sim.spawn(k, wallet=3.5, needs={"hunger": 0.5})


def fingerprint(sim: Simulation, town: int, watched: bool) -> dict[str, str]:
    """Hash of a town, and the digest of its rewards where they were written."""
    found = {"state_hash": f"{sim.hash(town):016x}"}
    if watched:
        held, whole = take(sim, town).columns(), hashlib.sha256()
        for name in sorted(held):
            if name.startswith(("Reward", "Avoided", "Metrics", "Fitness")):
                whole.update(name.encode() + held[name].tobytes())
        found["rewards"] = whole.hexdigest()[:16]
    return found


def run(cell: Cell, folder: Path, times: int = 1) -> dict[str, str]:
    """Run a cell, saved so many times if at all; what its town has become."""
    rng = np.random.default_rng(1000 + cell.number)
    towns = 1 if cell.company == "alone" else TOWNS
    place = TOWNS - 1 if cell.company == "last of three" else 0
    sim = build(cell, towns, SEED - place)
    if cell.saved != "straight":
        for tick in sorted(rng.choice(np.arange(1, TICKS), times, replace=False).tolist()):
            live(sim, tick)
            sim = saved(cell, sim, place, folder)
            order(sim)
    live(sim, TICKS)
    return fingerprint(sim, place, cell.watched)


def saved(cell: Cell, sim: Simulation, place: int, folder: Path) -> Simulation:
    """Save a simulation between two ticks and give back what goes on instead of it."""
    if cell.saved == "out and in":
        # The town is taken out, another one lives in its place for a while, and it comes back.
        alone = load(sim.save(folder / f"town-{cell.number}", town=place), threads=1)
        other = load(sim.save(folder / f"other-{cell.number}", town=(place + 1) % sim.towns))
        put(sim, place, take(other))
        put(sim, place, take(alone))
        return sim
    path = sim.save(folder / f"cell-{cell.number}")
    if cell.saved == "loaded":
        # On an engine that differs in threads and lanes too.
        return load(path, **{**engine(cell, sim.towns), "threads": 3 - cell.threads, "lanes": 5})
    sim.run(7)
    return sim.restore(path)


# -- many -------------------------------------------------------------------------------------


def run_cold(cell: Cell) -> dict[str, str]:
    """Run a cell in a process of its own that finds no compiled kernel."""
    with tempfile.TemporaryDirectory(prefix="townlet-cold-") as cache:
        done = subprocess.run(
            [sys.executable, "-m", "tests.matrix", "--cell", str(cell.number)],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[1],
            env=os.environ | {"TOWNLET_CACHE_DIR": cache},
        )
        if not list(Path(cache).glob("jit-*/*.nbc")):
            raise AssertionError("nothing was compiled, so the cell was not cold")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def reference(folder: Path) -> dict[str, str]:
    """What all cells have to become: one thread, one lane, alone, straight, watched."""
    wanted = next(
        cell
        for cell in cells()
        if (cell.company, cell.saved, cell.watched) == ("alone", "straight", True)
    )
    return run(wanted, folder)


def compare(
    chosen: Sequence[Cell], cold: Sequence[Cell], folder: Path, times: int = 1
) -> Iterator[tuple[str, bool]]:
    """Run cells; each one's name and whether it has ended as it has to."""
    wanted = reference(folder)
    for name, found in itertools.chain(
        ((str(cell), run(cell, folder, times)) for cell in chosen),
        ((f"cold {cell}", run_cold(cell)) for cell in cold),
    ):
        yield name, all(wanted[key] == value for key, value in found.items())


def main(words: Sequence[str] | None = None) -> int:
    """Run cells and say which of them differ; 1 when one does."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--cells", type=int, default=len(cells()), help="how many; default: all")
    parser.add_argument("--cold", type=int, default=4, help="how many cells from an empty cache")
    parser.add_argument("--cell", type=int, help="run this one and print what it has become")
    asked = parser.parse_args(words)
    started, wrong, done = time.perf_counter(), 0, 0
    with tempfile.TemporaryDirectory(prefix="townlet-matrix-") as folder:
        if asked.cell is not None:
            print(json.dumps(run(cells()[asked.cell], Path(folder))))
            return 0
        chosen, cold = sample(asked.cells), sample(asked.cold, seed=1)
        for name, same in compare(chosen, cold, Path(folder), times=2):
            done += 1
            wrong += not same
            if not same:
                print(f"DIFFERS: {name}", flush=True)
            elif done % 25 == 0 or name.startswith("cold"):
                print(f"{done} cells; the last: {name}", flush=True)
    took = time.perf_counter() - started
    print(f"{done} cells, {len(cold)} of them cold, {wrong} differ; {took:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
