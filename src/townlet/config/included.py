"""Files that a configuration names and that hold part of it: ``perturbations.file``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from townlet.config.document import Document, merge
from townlet.config.errors import ConfigError
from townlet.config.yaml_source import parse_yaml
from townlet.named_files import content_of, kept_path, note_path

_SECTION = "perturbations"


@dataclass(frozen=True)
class Included:
    """A file that is part of a configuration, as it was read."""

    path: Path
    checksum: str
    content: bytes = b""


def find_file(document: Document, source: Path | None, name: str | Path) -> Path:
    """Find a file that ``document`` names.

    It is looked for beside the file that names it, in the folders above that one, then in the
    working directory; ``~`` is the home folder.

    Raises:
        ConfigError: If it is in none of them.
    """
    held = kept_path(str(name))
    if held is not None:
        note_path(str(name), held)
        return held
    path = Path(name).expanduser()
    place = document.file_of(str(name))
    named_in = Path(place.file) if place else source
    beside = [] if named_in is None else list(named_in.resolve().parents)
    for folder in [*beside, Path.cwd()]:
        if (folder / path).exists():
            note_path(str(name), folder / path)
            return folder / path
    where = f"{place}: " if place else ""
    raise ConfigError(
        f"{where}there is no file '{name}' beside the config, in the folders above it, or in"
        " the working directory."
    )


def with_perturbations(
    document: Document, source: Path | None, raw: bytes | None = None
) -> tuple[Document, Included | None]:
    """Lay ``document`` over the file of its ``perturbations.file``, if it names one.

    Args:
        document: What was read.
        source: The file it came from.
        raw: What that file is taken to hold, whether it is there or not; None: what it holds.

    Raises:
        ConfigError: If there is no such file, or it is no YAML mapping.
    """
    section = document.values.get(_SECTION)
    name = section.get("file") if isinstance(section, Mapping) else None
    if not isinstance(name, str) or not name:
        return document, None
    path = find_file(document, source, name) if raw is None else Path(name)
    try:
        raw = content_of(path) if raw is None else raw
        text = raw.decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8 text.") from None
    inner = parse_yaml(text, str(path))
    if "file" in inner.values:
        raise ConfigError(
            f"{inner.place(('file',))}: a file of perturbations cannot name another 'file'."
        )
    places = {(_SECTION, *key): place for key, place in inner.places.items()}
    merged = merge(Document({_SECTION: inner.values}, places), document)
    return merged, Included(path, hashlib.sha256(raw).hexdigest(), raw)
