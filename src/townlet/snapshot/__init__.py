"""Snapshots: all that decides a simulation's future, in one file (docs/snapshots.md)."""

from townlet.snapshot.contents import Contents
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
    "Contents",
    "Header",
    "SnapshotError",
    "inspect",
    "load",
    "migration_registry",
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
