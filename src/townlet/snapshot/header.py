"""The header: what a snapshot says about itself, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from townlet.snapshot.errors import DamagedSnapshotError, NewerFormatError

#: Version of the format, major and minor. A new minor is one that old readers would understand.
FORMAT = (1, 0)


@dataclass
class Header:
    """What a snapshot says about itself.

    Attributes:
        format: version of the format, ``"1.0"``.
        townlet: version of the program that wrote it.
        config_id: of the config.
        config_hash: SHA-256 of the config's resolved values, 64 hex digits.
        config: what the config's file says, with all that it extends, as plain data.
        resolved: every key of the config with its value.
        source: path the config was read from; None: made in Python.
        files: what else the config names, by name: ``path`` and ``content`` as it was used last.
        overrides: per town, the dotted keys whose values differ from the config's.
        agents: agents per town at the start.
        towns, capacity: sizes.
        seed: of the first town.
        seeds: of each town.
        tick: ticks done.
        clock: day, hour and minute.
        complete: the tick had ended; False: something failed in the middle of it.
        policy: name of the policy in charge.
        learner: what was written for a learner, None: nothing.
        identity: ``policy_hash``, ``policy_artifact``, ``observation_variant``, ``anneal_ratio``,
            ``observation_schema_hash``.
        components: schema hash of each component that has saved columns.
        dimensions: length or labels of each dimension; of tables the rows of one town.
        tables: dimensions that are tables of a town.
        columns: dimension names of each saved column.
        compared: digest of each column that is made of the config again.
        state_hash: as :meth:`townlet.Simulation.hash`, 16 hex digits; None after a migration.
        hashes: one per authoritative column, likewise.
        migrations: steps that were applied to it, oldest first.
        sections: what services keep in it, by name.
    """

    format: str
    townlet: str
    config_id: str
    config_hash: str
    config: dict[str, Any]
    resolved: dict[str, Any]
    source: str | None
    files: dict[str, dict[str, str]]
    overrides: list[dict[str, Any]]
    towns: int
    agents: int
    capacity: int
    seed: int
    seeds: list[int]
    tick: int
    clock: list[int]
    complete: bool
    policy: str
    learner: dict[str, Any] | None
    identity: dict[str, Any]
    components: dict[str, str]
    dimensions: dict[str, int | list[str]]
    tables: list[str]
    columns: dict[str, list[str]]
    compared: dict[str, str]
    state_hash: str | None
    hashes: dict[str, str]
    migrations: list[str] = field(default_factory=list)
    sections: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data, which is its own: change nothing in it."""
        return dict(vars(self))

    @classmethod
    def of(
        cls,
        path: Path | str,
        values: Mapping[str, Any],
        allow_minor: bool = False,
        allow_downgrade: bool = False,
    ) -> Header:
        """Read a header.

        Args:
            path: whose, for sentences.
            values: plain data.
            allow_minor: take a newer minor version; what it adds is left out.
            allow_downgrade: take any newer version, likewise.

        Raises:
            NewerFormatError: a newer version, and it is not allowed.
            DamagedSnapshotError: something is missing.
        """
        version = _version(path, values.get("format"))
        minor_only = version[0] == FORMAT[0] and allow_minor
        if version > FORMAT and not (allow_downgrade or minor_only):
            ours = ".".join(map(str, FORMAT))
            key = "allow_minor" if version[0] == FORMAT[0] else "allow_downgrade"
            section = "migrations" if key == "allow_minor" else "guardrails"
            raise NewerFormatError(
                f"{path}: its format is {values['format']}, and this Townlet knows {ours}; use the "
                f"Townlet that wrote it ({values.get('townlet')}), or set snapshot.{section}.{key}"
            )
        known = {entry.name for entry in fields(cls)}
        given = {key: value for key, value in values.items() if key in known}
        try:
            return TypeAdapter(cls).validate_python(given)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"]))
            raise DamagedSnapshotError(
                f"{path}: its header is not one of a snapshot: {key}: {first['msg']}"
            ) from None


def _version(path: Path | str, text: object) -> tuple[int, int]:
    parts = str(text).split(".")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise DamagedSnapshotError(
            f"{path}: it is a safetensors file, but no snapshot of Townlet: its format is {text!r}"
        )
    return int(parts[0]), int(parts[1])
