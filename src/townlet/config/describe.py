"""Saying in words what a key accepts, read off the models."""

from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from townlet.config.base import ShapedLike
from townlet.config.document import KeyPath, child

Number = int | float


class Shape(NamedTuple):
    """A type without its wrapping, and what limits it."""

    core: Any
    limits: tuple[Any, ...] = ()
    optional: bool = False


def shape(annotation: Any, limits: Sequence[Any] = ()) -> Shape:
    """Unwrap ``Annotated`` and ``| None``; `ShapedLike` in the metadata tells the model."""
    optional = False
    gathered: list[Any] = list(limits)
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *extra = get_args(annotation)
            gathered += extra
        elif origin in (Union, UnionType):
            inner = [part for part in get_args(annotation) if part is not type(None)]
            optional = optional or len(inner) < len(get_args(annotation))
            if len(inner) > 1:
                return Shape(annotation, tuple(_flat(gathered)), optional)
            annotation = inner[0]
        else:
            break
    flat = tuple(_flat(gathered))
    models = [item.model for item in flat if isinstance(item, ShapedLike)]
    return Shape(models[0] if models else annotation, flat, optional)


def _flat(metadata: Sequence[Any]) -> list[Any]:
    """Open the ``Field(...)`` objects of ``Annotated`` types."""
    return [
        part
        for item in metadata
        for part in (item.metadata if isinstance(item, FieldInfo) else (item,))
    ]


def field_shape(field: FieldInfo) -> Shape:
    """Return the shape of a model's field."""
    return shape(field.annotation, field.metadata)


def bounds(found: Shape) -> tuple[Number | None, Number | None, bool]:
    """Return least, most, and whether the least itself is excluded."""
    least: Number | None = None
    most: Number | None = None
    above = False
    for item in found.limits:
        if getattr(item, "ge", None) is not None:
            least = item.ge
        if getattr(item, "gt", None) is not None:
            least, above = item.gt, True
        if getattr(item, "le", None) is not None:
            most = item.le
    return least, most, above


def range_text(found: Shape) -> str:
    """Return ``between 0 and 600``, ``at least 1``, ``above 0`` or nothing."""
    least, most, above = bounds(found)
    if least is not None and most is not None and not above:
        return f"between {_figure(least)} and {_figure(most)}"
    parts = []
    if least is not None:
        parts.append(f"{'above' if above else 'at least'} {_figure(least)}")
    if most is not None:
        parts.append(f"at most {_figure(most)}")
    return " and ".join(parts)


def _figure(value: Number) -> str:
    """Write whole numbers without a point, however large."""
    return str(int(value)) if value == int(value) else f"{value:g}"


def choices(found: Shape) -> tuple[str, ...]:
    """Return the values of a ``Literal``, as text."""
    return tuple(str(v) for v in get_args(found.core)) if get_origin(found.core) is Literal else ()


def noun(found: Shape) -> str:
    """Return what a key accepts, without its range: ``a whole number``, ``text`` and so on."""
    core, origin = found.core, get_origin(found.core)
    simple = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    if core in simple:
        return simple[core]
    if origin is Literal:
        names = choices(found)
        return names[0] if len(names) == 1 else "one of " + ", ".join(names)
    if origin is tuple:
        parts = get_args(core)
        inner = noun(shape(parts[0]))
        within = range_text(shape(parts[0]))
        within = f" {within}" if within else ""
        if len(parts) == 2 and parts[1] is Ellipsis:
            return f"a list, each entry {inner}{within}"
        return f"a list of {len(parts)}, each entry {inner}{within}"
    if origin is dict:
        value = get_args(core)[1]
        return "a mapping" if value is Any else f"a mapping of names to {_plural(shape(value))}"
    return "a mapping of keys"


def _plural(found: Shape) -> str:
    """Return what the values of a mapping are."""
    within = range_text(found)
    return noun(found) + (f" {within}" if within else "")


def accepts(found: Shape) -> str:
    """Return everything a key accepts: ``a whole number between 0 and 600``."""
    within = range_text(found)
    return noun(found) + (f" {within}" if within else "")


def models_of(found: Shape) -> list[type[BaseModel]]:
    """Return the models a value may follow: one, several kinds, or none."""
    parts = get_args(found.core) if get_origin(found.core) in (Union, UnionType) else (found.core,)
    cores = [shape(part).core for part in parts]
    return [core for core in cores if isinstance(core, type) and issubclass(core, BaseModel)]


def pick_model(found: Shape, value: Any) -> type[BaseModel] | None:
    """Return the model that ``value`` follows; of several kinds the one its `kind` names."""
    models = models_of(found)
    for model in models:
        kind = model.model_fields.get("kind")
        if len(models) > 1 and kind and child(value, "kind") in choices(field_shape(kind)):
            return model
    return models[0] if models else None


def spellings(name: str, field: FieldInfo) -> list[str]:
    """Return all names a field may be written with."""
    alias = field.validation_alias
    return [name, *[c for c in getattr(alias, "choices", ()) if c != name]]


def step(found: Shape, key: str, value: Any) -> Shape | None:
    """Return the shape of entry ``key`` of ``value``, which has the shape ``found``."""
    model = pick_model(found, value)
    if model is not None:
        for name, field in model.model_fields.items():
            if key in spellings(name, field):
                return field_shape(field)
        return extra_shape(model)
    origin, parts = get_origin(found.core), get_args(found.core)
    if origin is dict:
        return shape(parts[1])
    if origin is tuple:
        many = len(parts) == 2 and parts[1] is Ellipsis
        index = 0 if many else min(int(key) if key.isdigit() else 0, len(parts) - 1)
        return shape(parts[index])
    return None


def extra_shape(model: type[BaseModel]) -> Shape | None:
    """Return the shape of names a model does not list but accepts, None where it accepts none."""
    if model.model_config.get("extra") != "allow":
        return None
    hint = get_type_hints(model, include_extras=True)["__pydantic_extra__"]
    return shape(get_args(hint)[1])


def shape_at(root: type[BaseModel], path: KeyPath, values: Any) -> Shape | None:
    """Return the shape of the key at ``path``, None where no key can be."""
    found: Shape | None = Shape(root)
    for key in path:
        if found is None:
            return None
        found = step(found, key, values)
        values = child(values, key)
    return found
