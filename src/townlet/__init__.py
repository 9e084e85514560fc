"""Townlet: towns of people with lives, as arrays.

The three names here are looked up on first use, so that ``import townlet`` costs
next to nothing and components can import `townlet.ecs` without a circle.
"""

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from townlet.config import load_config as load_config
    from townlet.simulation import Simulation as Simulation

    __version__: str

__all__ = ["Simulation", "__version__", "load_config"]


def __getattr__(name: str) -> object:
    """Import one of the public names when it is first asked for.

    Garbage is left alone meanwhile: what an import makes lives on, and looking through it again and
    again takes a twentieth of the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        value = _imported(name)
    finally:
        if collecting:
            gc.enable()
    globals()[name] = value
    return value


def _imported(name: str) -> object:
    if name == "Simulation":
        from townlet.simulation import Simulation  # noqa: PLC0415  (lazy by design)

        value: object = Simulation
    elif name == "load_config":
        from townlet.config import load_config  # noqa: PLC0415  (lazy by design)

        value = load_config
    elif name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  (30 ms few callers need)

        value = version("townlet")
    else:
        raise AttributeError(f"module 'townlet' has no attribute {name!r}")
    return value


def __dir__() -> list[str]:
    """List the lazy names too, for completion."""
    return sorted({*globals(), *__all__})
