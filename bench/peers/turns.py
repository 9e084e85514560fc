"""What PettingZoo's meter finds. It prints, runs five seconds, and returns nothing."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from pettingzoo.test import performance_benchmark


def turns_per_second(env: Any) -> float:
    """Turns (one agent's actions) per second of an AEC environment.

    Raises:
        ValueError: the meter prints something else now.
    """
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        performance_benchmark(env)
    for line in said.getvalue().splitlines():
        if line.endswith(" turns per second"):
            return float(line.split()[0])
    raise ValueError(f"PettingZoo's meter said {said.getvalue()!r}")
