"""Replay: the towns of a capture once more, with its actions given from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.capture.reader import Capture
from townlet.errors import UserError
from townlet.simulation import Simulation
from townlet_components.identity import Identity
from townlet_components.rows import Rows

_COLUMNS = ("town", "slot", "tick", "actions", "chosen")


def replay(capture: Capture, sim: Simulation) -> Simulation:
    """Run the captured actions in a new simulation; its hash is then the capture's.

    What the policy did not choose, such as going on with what was begun, is left to the town's
    policy, which has to be the capture's.

    Args:
        capture: of options, or of primitives that a given policy chose: what primitives the town's
            own policies come to is no action of theirs.
        sim: one that has not run yet, of the same config, towns and seed.

    Returns:
        The simulation, after the last tick.

    Raises:
        UserError: the simulation is another, or the capture cannot be replayed.
    """
    manifest = capture.manifest
    _check(manifest, sim)
    given = manifest["policy"]["kind"] == "given"
    if manifest["level"] == "primitive" and not given:
        raise UserError(
            f"{capture.folder}: primitives of a policy that chooses options cannot be replayed; "
            "capture options"
        )
    identity, row_of = sim.store.read(Identity), sim.store.read(Rows).row_of
    for actions in _by_tick(capture, sim.capacity, sim.towns):
        waits = ~identity.alive[row_of] if given else None
        sim.step(actions, manifest["level"], waits)
    return sim


def _check(manifest: dict[str, Any], sim: Simulation) -> None:
    """Refuse a simulation that cannot be the one of the capture."""
    pairs = {
        "config hash": (manifest["config"]["hash"], sim.config.config_hash()),
        "seed": (manifest["seed"], sim.seed),
        "towns": (manifest["towns"], sim.towns),
        "agents": (manifest["agents"], sim.agents),
        "ticks run": (0, sim.tick),
    }
    for what, (wanted, found) in pairs.items():
        if wanted != found:
            raise UserError(
                f"the simulation is not that of the capture: {what} {found}; it must be {wanted}"
            )


def _by_tick(capture: Capture, capacity: int, towns: int) -> Iterator[npt.NDArray[np.int32]]:
    """Actions of each tick, int32 (slots,); -1 where nothing was chosen."""
    done, last = 0, capture.manifest["ticks"]
    nothing = np.full(towns * capacity, -1, np.int32)
    for chunk in capture.chunks(_COLUMNS):
        at = chunk["town"].astype(np.int64) * capacity + chunk["slot"]
        ticks = chunk["tick"]
        for tick in range(done + 1, int(ticks[-1]) + 1):
            low, high = np.searchsorted(ticks, (tick, tick + 1))
            actions = nothing.copy()
            actions[at[low:high]] = np.where(
                chunk["chosen"][low:high], chunk["actions"][low:high], -1
            )
            yield actions
        done = int(ticks[-1])
    for _ in range(done, last):
        yield nothing.copy()
