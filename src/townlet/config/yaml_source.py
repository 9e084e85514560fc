"""Reading YAML with the line of every key.

Only ``true`` and ``false`` are booleans here, as in YAML 1.2: ``OFF``, ``on``, ``yes`` stay
text, because ``relationships: OFF`` names a stage. ``12:30`` stays text, ``3e-4`` is a number.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from townlet.config.document import Document, KeyPath, Place
from townlet.config.errors import ConfigError

_TAG = "tag:yaml.org,2002:"
DEEPEST = 50
"""Levels a file may nest; no section has more than a few."""

_ROOT_HINT = "a config is a mapping of sections such as 'world' and 'economy'"


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalar rules of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_SCALARS = {
    "bool": r"true|True|TRUE|false|False|FALSE",
    "null": r"~|null|Null|NULL|",
    "int": r"[-+]?(?:0x[0-9a-fA-F_]+|0b[01_]+|[0-9][0-9_]*)",
    "float": r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)",
    "merge": r"<<",
}
for _name, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), None)


def read_yaml(path: Path) -> Document:
    """Read one file.

    Args:
        path: The file; errors show it as it is given.

    Raises:
        ConfigError: If there is no such file, it is empty, it is no YAML or no mapping, or a
            key is given twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file{_similar(path)}") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a folder, not a config file.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8 text.") from None
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be read ({error.strerror}).") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str) -> Document:
    """Read YAML ``text``; ``file`` is the name shown in errors."""
    try:
        root = yaml.compose(text, _Loader)
    except yaml.YAMLError as error:
        raise ConfigError(_syntax(error, file, text)) from None
    except RecursionError:
        raise ConfigError(f"{file}:1: the file is nested too deeply.") from None
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag == _TAG + "null"):
        raise ConfigError(
            f"{file}:1: the file is empty; {_ROOT_HINT}, and '{{}}' means all defaults."
        )
    line = root.start_mark.line + 1
    if not isinstance(root, yaml.MappingNode):
        kind = "a list" if isinstance(root, yaml.SequenceNode) else "a single value"
        raise ConfigError(f"{file}:{line}: the file holds {kind}; {_ROOT_HINT}.")
    builder = _Builder(file)
    values = builder.mapping(root, ())
    builder.places[()] = Place(file, line)
    return Document(values, builder.places)


class _Builder:
    """Turns nodes into plain values and notes where each key stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[KeyPath, Place | None] = {}
        self._open: list[yaml.Node] = []
        self._scalars = yaml.constructor.SafeConstructor()

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        """Build a mapping; keys are text, merged (``<<``) ones give way to its own."""
        self._enter(node)
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                self._merge(value_node, path, values, lines)
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                continue
            key, line = self._key(key_node), key_node.start_mark.line + 1
            if lines.get(key, 0) > 0:
                dotted = ".".join((*path, key))
                raise ConfigError(
                    f"{self.file}:{line}: key '{dotted}' is given twice; it was first given on"
                    f" line {lines[key]}."
                )
            lines[key] = line
            self.places[(*path, key)] = Place(self.file, line)
            values[key] = self.value(value_node, (*path, key))
        self._open.pop()
        return values

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        """Build whatever ``node`` is."""
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._enter(node)
            entries = []
            for number, entry in enumerate(node.value):
                here = (*path, str(number))
                self.places[here] = Place(self.file, entry.start_mark.line + 1)
                entries.append(self.value(entry, here))
            self._open.pop()
            return entries
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        """Build a scalar; numbers follow YAML 1.2, so 010 is ten."""
        text = str(node.value).replace("_", "")
        try:
            if node.tag == _TAG + "int":
                return int(text, 0 if text.lstrip("+-")[:2] in ("0x", "0b") else 10)
            if node.tag == _TAG + "str":
                return node.value
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):
            line = node.start_mark.line + 1
            raise ConfigError(
                f"{self.file}:{line}: '{node.value}' with tag '{node.tag}' cannot be read; write"
                " plain text, a number, true or false."
            ) from None

    def _merge(
        self, node: yaml.Node, path: KeyPath, values: dict[str, Any], lines: dict[str, int]
    ) -> None:
        """Take over the keys of anchored mappings; earlier ones win."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise ConfigError(
                    f"{self.file}:{node.start_mark.line + 1}: '<<' must name a mapping."
                )
            for key, value in self.mapping(source, path).items():
                if key not in values:
                    values[key], lines[key] = value, 0

    def _key(self, node: yaml.Node) -> str:
        """Return the text of a key."""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        raise ConfigError(f"{self.file}:{node.start_mark.line + 1}: a key must be plain text.")

    def _enter(self, node: yaml.Node) -> None:
        """Refuse an alias inside its own anchor."""
        if any(node is outer for outer in self._open):
            raise ConfigError(
                f"{self.file}:{node.start_mark.line + 1}: this anchor contains itself."
            )
        if len(self._open) >= DEEPEST:
            raise ConfigError(
                f"{self.file}:{node.start_mark.line + 1}: more than {DEEPEST} levels are nested"
                " here."
            )
        self._open.append(node)


def _syntax(error: yaml.YAMLError, file: str, text: str) -> str:
    """Return one sentence for what PyYAML says in several lines."""
    if not isinstance(error, yaml.MarkedYAMLError):
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        return f"{file}:{line}: this line holds a character that YAML does not allow."
    context, opened = error.context or "", error.context_mark
    stop = error.problem_mark or opened
    line = 1 if stop is None else stop.line + 1
    bracket = {"flow sequence": "[", "flow mapping": "{"}
    for name, sign in bracket.items():
        if name in context and opened is not None:
            return (
                f"{file}:{opened.line + 1}: the '{sign}' opened here is not closed properly;"
                f" reading stopped at line {line}."
            )
    if "quoted scalar" in context and opened is not None:
        return f"{file}:{opened.line + 1}: the quote opened here is not closed."
    if "'\\t'" in str(error.problem):
        return f"{file}:{line}: a tab stands where spaces must; YAML indents with spaces."
    return f"{file}:{line}: this is not valid YAML: {error.problem}."


def _similar(path: Path) -> str:
    """End a sentence, with the most similar file of the same folder if there is one."""
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    folder = path.parent
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    near = get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"; did you mean '{folder / near[0]}'?" if near else "."
