"""Why a snapshot is not taken: one class per reason, each with a code and a sentence."""

from __future__ import annotations

from townlet.errors import UserError


class SnapshotError(UserError):
    """A snapshot cannot be saved, read or restored; ``str(error)`` is the sentence.

    Attributes:
        code: the reason as a word that programs can compare.
    """

    code = "E_SNAPSHOT"


class DamagedSnapshotError(SnapshotError):
    """The bytes are not those that were written, or never were a snapshot."""

    code = "E_SNAPSHOT_DAMAGED"


class NewerFormatError(SnapshotError):
    """A later Townlet wrote it, in a format this one does not know."""

    code = "E_SNAPSHOT_NEWER_FORMAT"


class SchemaChangedError(SnapshotError):
    """Components have other columns, or tables other rows, than when it was saved."""

    code = "E_SNAPSHOT_SCHEMA_MISMATCH"


class OtherConfigError(SnapshotError):
    """It is of another config, or of another map."""

    code = "E_SNAPSHOT_CONFIG_MISMATCH"


class OtherIdentityError(SnapshotError):
    """It was made with another policy, other observations or another share of imitation."""

    code = "E_SNAPSHOT_IDENTITY_MISMATCH"


class OutsideRootsError(SnapshotError):
    """The path lies outside the folders that the config allows."""

    code = "E_SNAPSHOT_OUTSIDE_ROOTS"


class IncompleteTickError(SnapshotError):
    """It was saved in the middle of a tick that failed; it can be looked at, not gone on from."""

    code = "E_SNAPSHOT_INCOMPLETE_TICK"


class MigrationMissingError(SnapshotError):
    """No chain of migrations leads from what it is to what is wanted."""

    code = "E_SNAPSHOT_MIGRATION_REQUIRED"


class MigrationFailedError(SnapshotError):
    """A migration raised, or did not do what it is for."""

    code = "E_SNAPSHOT_MIGRATION_FAILED"


class NotWrittenError(SnapshotError):
    """The file could not be written: a full disk, a missing folder, no permission."""

    code = "E_SNAPSHOT_NOT_WRITTEN"
    exit_code = 1
