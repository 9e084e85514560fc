"""The supervisor: kills the process of a soak at keyed moments, and starts the next one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from townlet.soak.journal import Entry, Journal
from townlet.soak.luck import luck
from townlet.soak.plan import SoakPlan

KILLS_FILE = "kills.jsonl"
#: Exit code of a process that was asked to stop.
INTERRUPTED = 130
#: Kills of a soak that has them among its faults.
KILLS_PER_RUN = 10
#: A kill comes up to so many seconds after its moment, so that it hits anything.
_LATEST_S = 0.3
#: Starts in a row that get no further before the supervisor gives up.
_MOST_FUTILE = 3


def moments(plan: SoakPlan) -> list[tuple[int, float, bool]]:
    """When to kill, in order: tick, seconds after it, and whether a snapshot is waited for.

    The first one comes before the first autosave could; every third one while a snapshot is
    being written.
    """
    draws = luck(plan.seed, "kills")
    early = max(min(plan.save_every, plan.ticks) // 2, 1)
    ticks = [int(draws.integers(1, early + 1))]
    ticks += draws.integers(1, plan.ticks + 1, max(plan.kills - 1, 0)).tolist()
    ticks[1:] = sorted(ticks[1:])
    waits = draws.uniform(0, _LATEST_S, len(ticks))
    return [(tick, float(waits[k]), k % 3 == 2) for k, tick in enumerate(ticks)][: plan.kills]


class Supervisor:
    """Runs a soak in processes of its own, and kills them with SIGKILL when their moment comes.

    Args:
        folder: the soak's folder, with its plan in it.
        plan: the plan.
        command: what a process is started with; it tells its ticks on stdout, see :class:`Told`.
        reached: hears how far the town is.
    """

    def __init__(
        self, folder: Path, plan: SoakPlan, command: list[str], reached: Callable[[int], None]
    ) -> None:
        self.kills = Journal(folder / KILLS_FILE)
        self._command, self._reached = command, reached
        self._left = moments(plan)[len(self.kills.entries) :]
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def stop(self) -> None:
        """Let the process end its tick, save and end; may be called by a signal's handler."""
        self._stopped = True
        if self._process is not None:
            self._process.terminate()

    def run(self) -> int:
        """Start processes until one ends by itself, or :meth:`stop`; returns its exit code."""
        furthest, futile = -1, 0
        code: int | None = None
        while not self._stopped:
            code, tick = self._one()
            if code is not None:
                break
            futile = 0 if tick > furthest else futile + 1
            furthest = max(furthest, tick)
            if futile > _MOST_FUTILE and not self._left:
                code = 1
                break
        self.kills.close()
        return INTERRUPTED if code is None else code

    def _one(self) -> tuple[int | None, int]:
        """Run a process; its exit code, None when it was killed, and the tick it had reached."""
        # In a session of its own, so that Ctrl-C reaches it once, and by us.
        process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._process = process
        if self._stopped:  # in the meantime
            self.stop()
        assert process.stdout is not None
        tick = 0
        try:
            for line in process.stdout:
                kind, tick = told(line, tick)
                self._reached(tick)
                if self._left and not self._stopped and self._ripe(kind, tick):
                    self._kill(process, tick, kind)
                    return None, tick
            code = process.wait()
            # One that does not answer signals yet is ended by them; nothing is lost.
            return (INTERRUPTED if self._stopped and code < 0 else code), tick
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
            process.stdout.close()

    def _ripe(self, kind: str, tick: int) -> bool:
        moment, _, saving = self._left[0]
        return tick >= moment and (not saving or kind == "saving")

    def _kill(self, process: subprocess.Popen[str], tick: int, kind: str) -> None:
        _, wait, saving = self._left.pop(0)
        time.sleep(wait / 10 if saving else wait)
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()
        self.kills.add("kill", tick, saving=saving)


class Told:
    """Tells a supervisor on stdout how a soak goes on: one JSON object a line."""

    def reached(self, tick: int) -> None:
        """A tick is done."""
        self._tell("tick", tick)

    def saving(self, tick: int) -> None:
        """A snapshot is about to be written."""
        self._tell("saving", tick)

    def _tell(self, kind: str, tick: int) -> None:
        os.write(sys.stdout.fileno(), (json.dumps({"kind": kind, "tick": tick}) + "\n").encode())


def told(line: str, tick: int) -> tuple[str, int]:
    """What a line of :class:`Told` says; of anything else nothing new."""
    try:
        found: Entry = json.loads(line)
        return str(found["kind"]), int(found["tick"])
    except (ValueError, KeyError, TypeError):
        return "", tick
