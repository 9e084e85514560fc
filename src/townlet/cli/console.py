"""Where words go: people read stderr, programs read one JSON object on stdout."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console


def people() -> Console:
    """Return the console people read; colours and progress only on a terminal."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def print_json(value: Mapping[str, Any] | list[Any]) -> None:
    """Print exactly one JSON object on stdout; NaN never reaches it."""
    text = json.dumps(value, allow_nan=False) + "\n"
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "stdout") from error


def short_number(value: float) -> str:
    """Write a rate so that a person can read it: 940, 12.3 k, 15.2 M."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"
