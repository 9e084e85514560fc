"""A trace that Perfetto and Chrome read (trace event format): ticks, systems, Python, garbage."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from townlet.profiling.samples import Samples

_TICKS, _SYSTEMS, _PYTHON, _GARBAGE = 1, 2, 3, 4
_TRACKS = {
    _TICKS: "ticks",
    _SYSTEMS: "systems",
    _PYTHON: "Python around systems",
    _GARBAGE: "garbage collection, moved to where its tick began",
}


def events_of(
    samples: Samples, first_tick: int, title: str, start_ns: int | None = None
) -> Iterator[dict[str, Any]]:
    """Events of some ticks; times are microseconds.

    The systems of a fused group run lane by lane; they stand one after the other here, each as long
    as its share of the group.

    Args:
        samples: the ticks.
        first_tick: number of the first one.
        title: of the ticks, such as a time of day.
        start_ns: what counts as 0; None: when the first tick began.
    """
    zero = int(samples.started[0]) if start_ns is None else start_ns
    for k in range(samples.ticks):
        start = int(samples.started[k]) - zero
        before, after = int(samples.before[k]), int(samples.after[k])
        systems = samples.systems[k].tolist()
        whole = before + sum(systems) + int(samples.dispatch[k]) + after
        about = {"tick": first_tick + k, "at": title}
        yield _event(f"tick {first_tick + k}", "tick", _TICKS, start, whole, about)
        yield _event("before", "python", _PYTHON, start, before)
        at = start + before
        for name, ns in zip(samples.names, systems, strict=True):
            yield _event(name, "system", _SYSTEMS, at, ns)
            at += ns
        yield _event("after", "python", _PYTHON, start + whole - after, after)
        collected = int(samples.collected[k].sum())
        if collected:
            # When in the tick is not known. On a track of its own it overlaps nothing, for events
            # of one track must lie within or beside each other.
            yield _event("garbage collection", "python", _GARBAGE, start, collected)
        yield {"name": "tick_us", "ph": "C", "pid": 1, "ts": start / 1e3,
               "args": {"us": whole / 1e3}}  # fmt: skip


def _event(
    name: str, category: str, track: int, start: int, ns: int, about: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A complete event."""
    found = {
        "name": name, "cat": category, "ph": "X", "pid": 1, "tid": track, "ts": start / 1e3,
        "dur": max(ns, 0) / 1e3,
    }  # fmt: skip
    return found if about is None else found | {"args": about}


def write_trace(
    path: Path, stretches: Sequence[tuple[Samples, int, str]], about: Mapping[str, Any]
) -> None:
    """Write a trace, event by event.

    Args:
        path: a JSON file.
        stretches: samples, number of their first tick, title.
        about: what was measured; kept beside the events.

    Raises:
        OSError: it cannot be written.
    """
    names = [{"name": "process_name", "ph": "M", "pid": 1, "args": {"name": "townlet"}}]
    names += [
        {"name": "thread_name", "ph": "M", "pid": 1, "tid": track, "args": {"name": name}}
        for track, name in _TRACKS.items()
    ]
    zero = int(stretches[0][0].started[0]) if stretches and stretches[0][0].ticks else None
    with path.open("w", encoding="utf-8") as file:
        file.write('{"displayTimeUnit": "ns", "otherData": ')
        file.write(json.dumps({key: str(value) for key, value in about.items()}))
        file.write(', "traceEvents": [\n')
        file.write(",\n".join(json.dumps(event) for event in names))
        for samples, first_tick, title in stretches:
            for event in events_of(samples, first_tick, title, zero):
                file.write(",\n" + json.dumps(event))
        file.write("\n]}\n")
