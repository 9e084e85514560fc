"""Turning what pydantic reports into sentences with file, line, key, value and range."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from townlet.config.describe import accepts, choices, pick_model, range_text, shape_at, spellings
from townlet.config.document import Document, KeyPath, child

MAX_PROBLEMS = 10
"""A file with more mistakes than this is shown this many."""

_RANGE_ERRORS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_LONGEST_VALUE = 60


def sentences(error: ValidationError, document: Document, root: type[BaseModel]) -> str:
    """Return one sentence per mistake, in the order of the file, at most `MAX_PROBLEMS`."""
    found: dict[str, tuple[int, str]] = {}
    for detail in error.errors(include_url=False):
        for path, text in _problems(detail, document, root):
            place = document.place(path)
            where = "override: " if place is None else f"{place}: "
            found.setdefault(where + text, (place.line if place else 0, ".".join(path)))
    ordered = sorted(found, key=lambda sentence: found[sentence])
    hidden = len(ordered) - MAX_PROBLEMS
    shown = ordered[:MAX_PROBLEMS]
    if hidden > 0:
        shown.append(f"... and {hidden} more.")
    return "\n".join(shown)


def _problems(
    detail: Any, document: Document, root: type[BaseModel]
) -> Sequence[tuple[KeyPath, str]]:
    """Return path and sentence of everything one reported error says."""
    context = detail.get("ctx", {})
    if detail["type"] == "cross_check":
        return [(path, _named(path, text)) for path, text in context["problems"]]
    path = _path(detail["loc"], document)
    return [_problem(detail, path, document, root)]


def _problem(
    detail: Any, path: KeyPath, document: Document, root: type[BaseModel]
) -> tuple[KeyPath, str]:
    """Return path and sentence of one reported error."""
    kind, message, context = detail["type"], detail["msg"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return path, _unknown(path, document, root)
    if kind == "at_key":
        path = (*path, context["key"])
    if kind == "missing" and path[-1].isdigit():
        return _of_value(detail | {"input": document.value(path[:-1])}, path[:-1], document, root)
    if kind in ("missing", "union_tag_not_found"):
        return path, _missing(kind, path)
    if kind == "union_tag_invalid":
        tags, tag = str(context["expected_tags"]).replace("'", ""), context["tag"]
        here = (*path, "kind")
        return here, f"{dotted(here)} is '{tag}'; it must be one of {tags}{_near(tag, tags)}"
    if message.startswith(("is ", "must ")):
        return path, f"{dotted(path)} {message}."
    return _of_value(detail, path, document, root)


def _of_value(
    detail: Any, path: KeyPath, document: Document, root: type[BaseModel]
) -> tuple[KeyPath, str]:
    """Return path and sentence where a value has the wrong type, range or name."""
    kind, found = detail["type"], shape_at(root, path, document.values)
    begin = f"{dotted(path)} is {show(detail.get('input'))};"
    if found is None:
        return path, f"{begin} {detail['msg']}."
    if kind in _RANGE_ERRORS:
        return path, f"{begin} it must be {range_text(found)}."
    end = _hint(detail, kind) + "."
    if kind == "literal_error":
        end = _near(str(detail.get("input")), ", ".join(choices(found)))
    return path, f"{begin} it must be {accepts(found)}{end}"


def _named(path: KeyPath, text: str) -> str:
    """Begin a sentence with its key unless it speaks of the key itself."""
    return text if text.startswith("unknown") else f"{dotted(path)} {text}"


def _path(location: tuple[int | str, ...], document: Document) -> KeyPath:
    """Drop the parts of pydantic's location that are no keys (names of union members)."""
    path: list[str] = []
    value: Any = document.values
    last = len(location) - 1
    for number, part in enumerate(location):
        key = str(part)
        inner = child(value, key)
        if part == "[key]" or (inner is None and number < last and not _holds(value, key)):
            continue
        path.append(key)
        value = inner
    return tuple(path)


def _holds(value: Any, key: str) -> bool:
    """Tell whether ``key`` is there at all, null or not."""
    return isinstance(value, dict) and key in value


def _unknown(path: KeyPath, document: Document, root: type[BaseModel]) -> str:
    """Return the sentence for a key nobody knows, with the nearest one."""
    parent = shape_at(root, path[:-1], document.values)
    model = None if parent is None else pick_model(parent, document.value(path[:-1]))
    fields = {} if model is None else model.model_fields
    names = [spelling for name, field in fields.items() for spelling in spellings(name, field)]
    if len(path) == 1:
        names += ["extends", "observations"]
    return unknown_key(path, names)


def unknown_key(path: KeyPath, names: Sequence[str]) -> str:
    """Return the sentence for an unknown key at ``path`` where ``names`` are known."""
    *above, key = path
    near = get_close_matches(key, names, n=1, cutoff=0.6)
    if near:
        return f"unknown key '{dotted(path)}'; did you mean '{dotted((*above, near[0]))}'?"
    known = ", ".join(sorted(set(names))) or "none"
    return f"unknown key '{dotted(path)}'; known here: {known}."


def _missing(kind: str, path: KeyPath) -> str:
    """Return the sentence for a key that must be there."""
    *above, key = path if kind == "missing" else (*path, "kind")
    inside = f" in {dotted(tuple(above))}" if above else ""
    return f"key '{key}' is missing{inside}."


def _near(value: str, names: str) -> str:
    """End a sentence, with the nearest of the comma-separated ``names`` where one is near."""
    near = get_close_matches(value, names.split(", "), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else "."


def _hint(detail: Any, kind: str) -> str:
    """Say what to do where a type is nearly right."""
    value = detail.get("input")
    if kind == "string_type" and isinstance(value, int | float):
        return f", so put it in quotes: '{value}'"
    if kind in ("int_type", "float_type") and isinstance(value, str) and _is_number(value):
        return ", so leave the quotes out"
    return ""


def _is_number(text: str) -> bool:
    """Tell whether ``text`` would be a number without quotes."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def show(value: Any) -> str:
    """Return ``value`` as it would stand in YAML, cut where it is long."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, dict | BaseModel):
        return "a mapping"
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def dotted(path: KeyPath) -> str:
    """Return ``a.b[2].c`` for the keys a, b, 2, c."""
    text = ""
    for key in path:
        text += f"[{key}]" if key.isdigit() else f".{key}" if text else key
    return text or "the file"
