"""`load_config`: a file, what it extends, and overrides, as one validated model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from townlet.config.document import Document, merge
from townlet.config.errors import ConfigError
from townlet.config.model import SimulationConfig
from townlet.config.yaml_source import read_yaml


def load_config(
    path: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None
) -> SimulationConfig:
    """Read a configuration file.

    Args:
        path: A YAML file. Its ``extends:`` names another, relative to it, whose keys it
            builds on: mappings are merged key by key, everything else is replaced, and a
            section left empty goes back to its defaults.
        overrides: Values by dotted key that win over the file.

    Raises:
        ConfigError: If a file is missing or unreadable, or anything in it is wrong.
    """
    source = Path(path)
    config = SimulationConfig.from_document(read_document(source), source)
    return config.with_overrides(overrides) if overrides else config


def read_document(path: Path, chain: tuple[Path, ...] = ()) -> Document:
    """Read ``path`` and everything it extends; ``chain`` holds the files that led here."""
    document = read_yaml(path)
    if "extends" not in document.values:
        return document
    place = document.places.pop(("extends",))
    base = document.values.pop("extends")
    if not isinstance(base, str) or not base:
        raise ConfigError(
            f"{place}: extends is {base!r}; it must be the path of a file, relative to this one."
        )
    chain = (*chain, path.resolve())
    target = Path(os.path.normpath(path.parent / Path(base).expanduser()))
    if target.resolve() in chain:
        raise ConfigError(f"{place}: extends '{base}' leads back to a file that led here.")
    if not target.exists():
        raise ConfigError(f"{place}: extends is '{base}', and there is no file '{target}'.")
    return merge(read_document(target, chain), document)
