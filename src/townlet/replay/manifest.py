"""The manifest of a recording: what was run, where, and how far it came."""

from __future__ import annotations

import functools
import hashlib
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import townlet
from townlet.sealed import SealedKind, read_sealed, write_sealed
from townlet.state_hash import HASH_ID

if TYPE_CHECKING:
    from townlet.simulation import Simulation

MANIFEST, ORDERS, HASHES, SNAPSHOTS = "recording.json", "orders.log", "hashes.log", "snapshots"
_KEYS = (
    "complete", "ended", "created", "program", "machine", "config", "policy", "learner", "seed",
    "towns", "agents", "slots", "threads", "tick", "steps_of_its_own", "hash", "hash_every",
    "snapshot_every", "ticks", "orders", "state_hash",
)  # fmt: skip
RECORDING = SealedKind("townlet recording", 1, "recording", _KEYS)


def describe(sim: Simulation, hash_every: int, snapshot_every: int) -> dict[str, Any]:
    """What a manifest says from the beginning on."""
    import llvmlite  # noqa: PLC0415
    import numba  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    config, learner = sim.config, sim.learner
    return {
        "complete": False,
        "ended": None,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "program": {"townlet": townlet.__version__, "sources": program_digest()},
        "machine": {
            "platform": platform.platform(),
            "processor": platform.machine(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
            "llvmlite": llvmlite.__version__,
        },
        "config": {
            "id": config.config_id,
            "hash": config.config_hash(),
            "source": None if config.source is None else str(config.source),
            "values": config.resolved(),
        },
        "policy": sim.policy,
        "learner": None if learner is None else vars(learner),
        "seed": sim.seed,
        "towns": sim.towns,
        "agents": sim.agents,
        "slots": sim.capacity,
        "threads": sim.threading.threads,
        "tick": sim.tick,
        "steps_of_its_own": sim.own_steps,
        "hash": HASH_ID,
        "hash_every": hash_every,
        "snapshot_every": snapshot_every,
        "ticks": 0,
        "orders": 0,
        "state_hash": None,
    }


@functools.cache
def program_digest() -> str:
    """Digest of every source file that decides what a tick does, 16 hex digits."""
    import townlet_components  # noqa: PLC0415
    import townlet_systems  # noqa: PLC0415

    whole = hashlib.sha256()
    for package in (townlet, townlet_components, townlet_systems):
        root = Path(sys.modules[package.__name__].__file__ or "").parent
        for path in sorted(root.rglob("*.py")):
            whole.update(str(path.relative_to(root)).encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def write_recording(folder: Path, content: dict[str, Any]) -> dict[str, Any]:
    """Write a manifest into the folder of a recording."""
    return write_sealed(folder / MANIFEST, RECORDING, content)


def read_recording(folder: Path) -> dict[str, Any]:
    """Read the manifest of a recording.

    Raises:
        UserError: there is none, or it is damaged, or of another version.
    """
    return read_sealed(folder / MANIFEST, RECORDING)
