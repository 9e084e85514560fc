"""Replay: what a run was told and what it came to, written down and run once more."""

from townlet.replay.hash_log import HashLog, HashRecord, read_hashes, write_lines
from townlet.replay.order_log import Order
from townlet.replay.player import Player, ReplayError, replay
from townlet.replay.recorder import Recorder
from townlet.replay.recording import Recording

__all__ = [
    "HashLog",
    "HashRecord",
    "Order",
    "Player",
    "Recorder",
    "Recording",
    "ReplayError",
    "read_hashes",
    "replay",
    "write_lines",
]
