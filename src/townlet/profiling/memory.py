"""What a town's arrays take, component by component."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from townlet.ecs.schema import ColumnSpec, ComponentSpec

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Buffers for whoever looks on or decides; they are not counted as state of the town.
BUFFERS = ("Masks", "Observation")
CLASSES = ("hot", "cold", "shared", "buffers")


def state_bytes(sim: Simulation, *, hot: bool = True) -> int:
    """Bytes of the towns' tables, without masks: what grows with the agents.

    Args:
        sim: the simulation.
        hot: leave out what is touched only when something happens (ties, records, scenes).
    """
    store = sim.store
    return sum(
        store.column(f"{spec.name}.{col.name}").nbytes
        for spec in store.specs()
        for col in spec.columns
        if spec.name != "Masks" and col.dims[0] in store.sizes.tables and not (hot and spec.cold)
    )


def class_of(sim: Simulation, spec: ComponentSpec, col: ColumnSpec) -> str:
    """``hot``, ``cold``, ``shared`` (does not grow with towns) or ``buffers``."""
    if spec.name in BUFFERS:
        return "buffers"
    if col.dims[0] not in sim.store.sizes.tables:
        return "shared"
    return "cold" if spec.cold else "hot"


def memory_table(sim: Simulation) -> dict[str, Any]:
    """Bytes by class and by component, and of the process.

    Returns:
        ``classes`` maps each of ``CLASSES`` to bytes and bytes per agent; ``components`` maps a
        name to its kind, class (of most of its bytes), bytes, bytes per agent and columns, the
        largest first; ``rss_bytes`` and ``rss_peak_bytes`` are the process's (0: not known here).
    """
    agents = sim.towns * sim.agents
    classes = dict.fromkeys(CLASSES, 0)
    components: dict[str, dict[str, Any]] = {}
    for spec in sim.store.specs():
        columns: dict[str, int] = {}
        of_class = dict.fromkeys(CLASSES, 0)
        for col in spec.columns:
            size = sim.store.column(f"{spec.name}.{col.name}").nbytes
            columns[col.name] = size
            of_class[class_of(sim, spec, col)] += size
        for name, size in of_class.items():
            classes[name] += size
        total = sum(columns.values())
        components[spec.name] = {
            "kind": spec.kind.value,
            "class": max(of_class, key=of_class.__getitem__),
            "bytes": total,
            "bytes_per_agent": round(total / agents, 3),
            "columns": dict(sorted(columns.items(), key=lambda item: -item[1])),
        }
    by_size = sorted(components.items(), key=lambda item: -item[1]["bytes"])
    return {
        "classes": {
            name: {"bytes": size, "bytes_per_agent": round(size / agents, 3)}
            for name, size in classes.items()
        },
        "components": dict(by_size),
        "rss_bytes": rss(),
        "rss_peak_bytes": rss_peak(),
    }


def rss() -> int:
    """Bytes of memory this process holds now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()


def rss_peak() -> int:
    """The most bytes this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
