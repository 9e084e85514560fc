"""Snapshots: all that decides a simulation's future, in one file (docs/snapshots.md)."""

from townlet.snapshot.autosave import Autosave, capture_failure, newest
from townlet.snapshot.background import Background
from townlet.snapshot.contents import Contents
from townlet.snapshot.differences import Difference, differences
from townlet.snapshot.errors import SnapshotError
from townlet.snapshot.files import (
    SUFFIX,
    inspect,
    load,
    put,
    read,
    restore,
    restore_contents,
    save,
    write,
)
from townlet.snapshot.header import FORMAT, Header
from townlet.snapshot.migrations import migration_registry, register_migration
from townlet.snapshot.take import take
from townlet.snapshot.validate import validate

__all__ = [
    "FORMAT",
    "SUFFIX",
    "Autosave",
    "Background",
    "Contents",
    "Difference",
    "Header",
    "SnapshotError",
    "capture_failure",
    "differences",
    "inspect",
    "load",
    "migration_registry",
    "newest",
    "put",
    "read",
    "register_migration",
    "restore",
    "restore_contents",
    "save",
    "take",
    "validate",
    "write",
]
