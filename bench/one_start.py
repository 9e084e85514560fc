"""One start in parts, as JSON: ``python -m bench.one_start BEGUN THREADS``.

``BEGUN`` is ``time.perf_counter`` of whoever started the process; on Linux it is one clock for all.
"""

import sys
import time

ENTERED = time.perf_counter()

import json  # noqa: E402  (the clock comes first: imports are what is measured)
from collections import Counter  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402


def main(begun: float, threads: int) -> dict[str, Any]:
    """Start a town and run one tick.

    Returns:
        ``parts``: seconds of each part in order; ``kernels``: seconds to load or compile, by name;
        ``config_hash`` of the town.
    """
    marks = [("interpreter", ENTERED)]

    def mark(name: str) -> None:
        marks.append((name, time.perf_counter()))

    import numba  # noqa: F401, PLC0415
    import numpy  # noqa: F401, PLC0415

    mark("import numba and NumPy")
    from townlet import load_config  # noqa: F401, PLC0415

    mark("import the config's models")
    from townlet import Simulation  # noqa: PLC0415

    mark("import the rest")
    from townlet import simulation  # noqa: PLC0415
    from townlet.config import SimulationConfig  # noqa: PLC0415

    config = SimulationConfig()
    mark("config")
    kernels: Counter[str] = Counter()
    at: list[tuple[str, float]] = []

    def progress(done: int, total: int, name: str) -> None:
        now = time.perf_counter()
        if not at:
            mark("bind systems")
        else:
            kernels[at[-1][0]] += now - at[-1][1]  # type: ignore[assignment]
        at.append((name, now))

    def told(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            found = function(*args, **options)
            mark(name)
            return found

        return call

    for function, part in (
        ("draw_blueprint", "map and blueprint"),
        ("build_store", "discover systems, fill arrays"),
    ):
        setattr(simulation, function, told(getattr(simulation, function), part))
    sim = Simulation.from_config(config, threads=threads, progress=progress)
    mark("load or compile kernels")
    sim.run(1)
    mark("first tick")
    parts, before = {}, begun
    for name, when in marks:
        parts[name], before = round(when - before, 4), when
    return {
        "parts": parts,
        "kernels": {name: round(s, 4) for name, s in kernels.most_common()},
        "config_hash": config.config_hash(),
    }


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]), int(sys.argv[2]))))
