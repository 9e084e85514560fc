"""Validation: is a file whole, and could it be gone on from here and now?"""

from __future__ import annotations

from pathlib import Path

import townlet_components
from townlet.config import SimulationConfig
from townlet.ecs.schema import spec_of
from townlet.errors import UserError
from townlet.snapshot.files import load, read
from townlet.snapshot.header import Header
from townlet.snapshot.schema import schema_hash
from townlet.systems import OPTIONAL_COMPONENTS, discover_components


def validate(
    path: str | Path,
    strict: bool = False,
    config: SimulationConfig | None = None,
) -> tuple[Header, list[str]]:
    """Check a file.

    Args:
        path: the file; each of its bytes is compared with its digests.
        strict: also build the towns it holds, restore them and compare the state hash.
        config: whose guards hold, and what it would be restored under; None: the file's own.

    Returns:
        Its header, and sentences about what stands in the way of going on from it; empty when
        nothing does.

    Raises:
        SnapshotError: it cannot be read at all, or is damaged; a subclass says which.
    """
    header = read(path, config).header
    found = _components(path, header)
    if not header.complete:
        found.append(f"{path}: tick {header.tick} failed half-way, so nobody can go on from it")
    if strict and not found:
        try:
            load(path, config=config)
        except UserError as error:
            found.append(str(error))
    return header, found


def _components(path: str | Path, header: Header) -> list[str]:
    """Components whose declaration has changed since."""
    here = {
        spec.name: schema_hash(spec)
        for spec in map(spec_of, [*discover_components(townlet_components), *OPTIONAL_COMPONENTS])
    }
    return [
        f"{path}: {name} had schema {schema} and has {here[name]} now; it needs a migration"
        for name, schema in header.components.items()
        if name in here and here[name] != schema
    ]
