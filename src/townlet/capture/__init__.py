"""Captures: a policy's trajectories on disk, each observation beside the action it led to.

:func:`record` writes a folder, :func:`load` reads one, :func:`replay` lives through it once more.
"""

from townlet.capture.policies import Choice, GivenPolicy, Moment, RandomPrimitives
from townlet.capture.reader import Capture, Trajectory, load
from townlet.capture.recorder import Recorder, record
from townlet.capture.replay import replay

__all__ = [
    "Capture",
    "Choice",
    "GivenPolicy",
    "Moment",
    "RandomPrimitives",
    "Recorder",
    "Trajectory",
    "load",
    "record",
    "replay",
]
