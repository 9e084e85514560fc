"""One entry of a manifest: its shape, and the checks that need no other entry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from townlet.affordances.sentences import nearest, shown
from townlet.affordances.yaml_tree import Document, Field, LineError, line_of
from townlet_components.inventory import ITEMS
from townlet_systems.preconditions import PRICE_KEYS

#: Longest affordance, in ticks: two years of minutes; keeps due ticks far from int32's end.
MAX_DURATION = 1_000_000
#: Largest amount of an effect or a stock; item columns are int16, money int32 thousandths.
MAX_ITEMS = 32_767
MAX_MONEY = 1_000_000.0

TYPES = ("object", "affordance")
HOOK_KEYS = ("before", "after", "fail")
_OBJECT_KEYS = ("type", "id", "object_type", "stock", "position")
_AFFORDANCE_KEYS = (
    "type", "id", "object_type", "duration", "effects", "preconds", "hooks", "price",
)  # fmt: skip


@dataclass(frozen=True)
class ManifestObject:
    """An object a manifest places.

    Attributes:
        id: its id, unique in the file.
        object_type: what it is.
        stock: as given; ``items`` is what the engine uses of it.
        position: (x, y) in tiles, None: the next free anchor of its type.
        line: where the entry begins.
    """

    id: str
    object_type: str
    stock: Mapping[str, int]
    position: tuple[int, int] | None
    line: int

    @property
    def items(self) -> tuple[int, ...]:
        """The stock on the item axis; the prototype's ``raw_ingredients`` are ingredients."""
        extra = {"ingredients": self.stock.get("raw_ingredients", 0)}
        return tuple(self.stock.get(item, 0) + extra.get(item, 0) for item in ITEMS)


@dataclass(frozen=True)
class Affordance:
    """Something that can be done with an object.

    Attributes:
        id: its id, unique in the file.
        object_type: the type of object it is done with.
        duration: ticks.
        effects: as given: needs, items, ``money``; other keys have no effect.
        preconds: expressions that must all hold at the start.
        hooks: hook names per stage (before, after, fail).
        price: key of the section ``economy``, None: no price but a negative ``money`` effect.
        line: where the entry begins.
        effect_lines: where each effect stands.
        precond_lines: where each precondition stands.
        stub: no manifest has it; a schedule names it, and it has no effect.
    """

    id: str
    object_type: str
    duration: int
    effects: Mapping[str, float]
    preconds: tuple[str, ...]
    hooks: Mapping[str, tuple[str, ...]]
    price: str | None
    line: int
    effect_lines: Mapping[str, int]
    precond_lines: tuple[int, ...]
    stub: bool = False


class EntryReader:
    """Reads one entry; every method raises :class:`LineError` at the line that is wrong.

    Attributes:
        label: ``entry 3 ('use_shower')``, the id as soon as it is known.
    """

    def __init__(self, document: Document, node: yaml.Node, number: int) -> None:
        self.document = document
        self.node = node
        self.line = line_of(node)
        self.label = f"entry {number}"
        self._fields: dict[Any, Field] = {}

    def read(self) -> ManifestObject | Affordance:
        """The entry."""
        self._fields = self.document.fields(self.node, "an entry")
        name = self._fields["id"].node if "id" in self._fields else None
        if isinstance(name, yaml.ScalarNode):
            self.label += f" ({name.value.strip()!r})"
        kind = self._type()
        self._known_keys(_OBJECT_KEYS if kind == "object" else _AFFORDANCE_KEYS, kind)
        return self._object() if kind == "object" else self._affordance()

    def _type(self) -> str:
        """``object`` or ``affordance``, in any case."""
        line, value = self._get("type", "affordance")
        kind = value.strip().lower() if isinstance(value, str) else value
        if kind not in TYPES:
            raise LineError(line, f"type must be object or affordance, not {shown(value)}")
        return str(kind)

    def _known_keys(self, valid: tuple[str, ...], kind: str) -> None:
        """Refuse a key the entry cannot have."""
        for key, field in self._fields.items():
            if key not in valid:
                raise LineError(
                    field.line, f"unknown key {str(key)!r} of an {kind}, {nearest(str(key), valid)}"
                )

    def _object(self) -> ManifestObject:
        """An entry of type object."""
        return ManifestObject(
            id=self._text("id"),
            object_type=self._text("object_type"),
            stock=self._stock(),
            position=self._position(),
            line=self.line,
        )

    def _affordance(self) -> Affordance:
        """An entry of type affordance."""
        name, object_type, duration = self._text("id"), self._text("object_type"), self._duration()
        effects = self._effects()
        preconds = self._strings("preconds")
        return Affordance(
            id=name,
            object_type=object_type,
            duration=duration,
            effects={key: value for key, (value, _) in effects.items()},
            preconds=tuple(text for text, _ in preconds),
            hooks=self._hooks(),
            price=self._price(effects),
            line=self.line,
            effect_lines={key: line for key, (_, line) in effects.items()},
            precond_lines=tuple(line for _, line in preconds),
        )

    def _get(self, key: str, default: Any = None) -> tuple[int, Any]:
        """Line and value of a key; null is as good as absent."""
        field = self._fields.get(key)
        if field is None:
            return self.line, default
        value = self.document.value(field.node)
        return field.line, default if value is None else value

    def _text(self, key: str) -> str:
        """A required string, trimmed."""
        line, value = self._get(key)
        if value is None:
            raise LineError(line, f"{key} is missing; it must be a non-blank string")
        return _non_blank(value, line, key)

    def _duration(self) -> int:
        """Ticks, at least one."""
        line, value = self._get("duration")
        if value is None:
            raise LineError(
                line, "duration is missing; it must be a whole number of ticks, 1 or more"
            )
        number = _whole(value)
        if number is None or not 1 <= number <= MAX_DURATION:
            allowed = f"a whole number of ticks from 1 to {MAX_DURATION}"
            raise LineError(line, f"duration must be {allowed}, not {shown(value)}")
        return number

    def _map(self, key: str, what: str) -> Iterable[tuple[str, int, Any]]:
        """Key, line and value of each pair of the map under ``key``."""
        field = self._fields.get(key)
        if field is None or self.document.value(field.node) is None:
            return
        for inner in self.document.fields(field.node, key).values():
            if not isinstance(inner.key, str):
                raise LineError(inner.line, f"{what} must be a string, not {shown(inner.key)}")
            yield inner.key, inner.line, self.document.value(inner.node)

    def _stock(self) -> dict[str, int]:
        """Item -> how many."""
        stock = {}
        for item, line, value in self._map("stock", "an item of stock"):
            number = _whole(value) if not isinstance(value, str) else None
            if number is None or not 0 <= number <= MAX_ITEMS:
                allowed = f"a whole number from 0 to {MAX_ITEMS}"
                raise LineError(line, f"stock of {item!r} must be {allowed}, not {shown(value)}")
            stock[item] = number
        return stock

    def _position(self) -> tuple[int, int] | None:
        """(x, y) in tiles, None when not given."""
        line, value = self._get("position")
        if value is None:
            return None
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise LineError(
                line, f"position must be a list of two numbers [x, y], not {shown(value)}"
            )
        for part in value:
            if isinstance(part, bool) or not isinstance(part, int) or part < 0:
                raise LineError(
                    line, f"position must hold whole numbers, 0 or more, not {shown(part)}"
                )
        return (value[0], value[1])

    def _effects(self) -> dict[str, tuple[float, int]]:
        """Effect -> (value, line), at least one."""
        effects = {}
        for name, line, value in self._map("effects", "the name of an effect"):
            limit = MAX_ITEMS if name in ITEMS else MAX_MONEY
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise LineError(line, f"effect {name!r} must be a number, not {shown(value)}")
            if not math.isfinite(value) or abs(value) > limit:
                allowed = f"from {-limit:g} to {limit:g}"
                raise LineError(line, f"effect {name!r} must be {allowed}, not {shown(value)}")
            if name in ITEMS and value != int(value):
                raise LineError(line, f"effect {name!r} must be a whole number, not {shown(value)}")
            effects[name] = (float(value), line)
        if not effects:
            raise LineError(
                self._get("effects")[0], "effects must be a map with at least one effect"
            )
        return effects

    def _price(self, effects: Mapping[str, object]) -> str | None:
        """The price of the economy the affordance costs, None when not given."""
        line, value = self._get("price")
        if value is None:
            return None
        if value not in PRICE_KEYS:
            hint = nearest(str(value), PRICE_KEYS)
            raise LineError(
                line, f"price must be a price of the economy, not {shown(value)}; {hint}"
            )
        if "money" in effects:
            raise LineError(
                line, "price and the effect 'money' both set the price; give one of them"
            )
        return str(value)

    def _strings(self, key: str) -> list[tuple[str, int]]:
        """A string or a list of strings, each with its line."""
        field = self._fields.get(key)
        return [] if field is None else self._string_list(field.node, key)

    def _string_list(self, node: yaml.Node, key: str) -> list[tuple[str, int]]:
        """The strings of a node that is one string or a list of them."""
        value = self.document.value(node)
        if value is None:
            return []
        if isinstance(value, str):
            return [(_non_blank(value, line_of(node), key), line_of(node))]
        if not isinstance(node, yaml.SequenceNode):
            raise LineError(
                line_of(node), f"{key} must be a string or a list of strings, not {shown(value)}"
            )
        return [
            (
                _non_blank(self.document.value(item), line_of(item), f"an item of {key}"),
                line_of(item),
            )
            for item in node.value
        ]

    def _hooks(self) -> dict[str, tuple[str, ...]]:
        """Stage -> hook names."""
        hooks = {}
        field = self._fields.get("hooks")
        for stage, line, _ in self._map("hooks", "a stage of hooks"):
            if stage not in HOOK_KEYS:
                raise LineError(
                    line, f"unknown key {stage!r} of hooks, {nearest(stage, HOOK_KEYS)}"
                )
            assert field is not None
            node = self.document.fields(field.node, "hooks")[stage].node
            hooks[stage] = tuple(text for text, _ in self._string_list(node, f"hooks.{stage}"))
        return hooks


def _non_blank(value: object, line: int, what: str) -> str:
    """``value`` trimmed, if it is a string with something in it."""
    if not isinstance(value, str):
        raise LineError(line, f"{what} must be a non-blank string, not {shown(value)}")
    if not value.strip():
        raise LineError(line, f"{what} must be a non-blank string, not a blank one")
    return value.strip()


def _whole(value: object) -> int | None:
    """A whole number, also written ``30.0`` or ``"30"``; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if isinstance(value, str) or number == value else None
