"""YAML with line numbers: mappings as fields that know where they stand, no key twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from townlet.affordances.sentences import ManifestError, shown

# What PyYAML raises for a value that is not what its tag says (`!!bool x` is a KeyError).
_BAD_VALUES = (
    yaml.YAMLError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    RecursionError,
)


class LineError(Exception):
    """Something wrong at ``line`` (from 1); becomes a sentence of a :class:`ManifestError`."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Field(NamedTuple):
    """One key of a mapping with the node of its value."""

    key: Any
    line: int
    node: yaml.Node


class Document:
    """One YAML file as nodes.

    Args:
        raw: the bytes of the file, UTF-8.
        path: named in errors.

    Raises:
        ManifestError: not UTF-8, or not YAML.
    """

    def __init__(self, raw: bytes, path: Path) -> None:
        self.path = path
        self._fields: dict[int, dict[Any, Field]] = {}
        try:
            self._loader = yaml.SafeLoader(raw.decode("utf-8-sig"))
            self.root: yaml.Node | None = self._loader.get_single_node()
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise ManifestError(f"{path}:{line}: the file is not UTF-8 text") from None
        except RecursionError:
            raise ManifestError(f"{path}:1: not valid YAML: nested too deeply") from None
        except yaml.YAMLError as error:
            raise ManifestError(f"{path}:{_yaml_line(error)}: {_yaml_problem(error)}") from None

    def value(self, node: yaml.Node) -> Any:
        """The Python value of a node; raises :class:`LineError`."""
        try:
            return self._loader.construct_object(node, deep=True)
        except _BAD_VALUES as error:
            raise LineError(line_of(node), _yaml_problem(error)) from None

    def fields(self, node: yaml.Node, what: str) -> dict[Any, Field]:
        """The keys of a mapping, merge keys (``<<``) resolved; raises :class:`LineError`."""
        if not isinstance(node, yaml.MappingNode):
            raise LineError(line_of(node), f"{what} must be a map, not {shown(self.value(node))}")
        if id(node) not in self._fields:  # flattening changes the node, so it happens once
            self._fields[id(node)] = self._read(node, what)
        return self._fields[id(node)]

    def _read(self, node: yaml.MappingNode, what: str) -> dict[Any, Field]:
        """The fields of a mapping: own keys once each, merged keys below them."""
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            key = _plain(key_node, what)
            if key in seen:
                message = f"key {key!r} of {what} is given twice, first at line {seen[key]}"
                raise LineError(line_of(key_node), message)
            seen[key] = line_of(key_node)
        try:
            self._loader.flatten_mapping(node)
        except yaml.YAMLError as error:
            raise LineError(line_of(node), _yaml_problem(error)) from None
        fields = {}
        for key_node, value_node in node.value:  # merged pairs come first, the map's own win
            _plain(key_node, what)
            name = self.value(key_node)
            fields[name] = Field(name, line_of(key_node), value_node)
        return fields


def _plain(key_node: yaml.Node, what: str) -> str:
    """The text of a key; lists and maps as keys are refused."""
    if not isinstance(key_node, yaml.ScalarNode):
        raise LineError(line_of(key_node), f"{what} has a key that is not a plain name")
    return str(key_node.value)


def line_of(node: yaml.Node) -> int:
    """Line of a node, from 1."""
    return int(node.start_mark.line) + 1


def _yaml_line(error: yaml.YAMLError) -> int:
    """Line of a YAML error, from 1."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return int(mark.line) + 1 if mark is not None else 1


def _yaml_problem(error: Exception) -> str:
    """A YAML error as half a sentence on one line."""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    context = getattr(error, "context", None)
    text = f"{context}: {problem}" if context else str(problem)
    return "not valid YAML: " + " ".join(text.split())
