"""Peers run in processes of their own, with their own interpreter, and answer in JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def run_peer(python: Path, module: str, *arguments: str) -> dict[str, Any]:
    """Run ``python -m bench.peers.<module>`` and read the last line it prints.

    Raises:
        RuntimeError: it fails; with the last line it has said.
    """
    command = [str(python), "-m", f"bench.peers.{module}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        said = (done.stderr.splitlines() or lines or ["nothing was said"])[-1]
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {said}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found
