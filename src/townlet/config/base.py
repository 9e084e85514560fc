"""What every section of a configuration is made of.

Types are strict (the text ``"60"`` is no whole number) because a config that means something
else than it says is worse than one that is refused. YAML's own traps are mended instead:
``on``, ``off``, ``yes`` and ``no`` reach a model as text and mean what the field makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

TICKS_PER_DAY = 1440
"""One tick is one minute; every day has this many (SPEC §1)."""

MONEY_UNIT = 1000
"""``1.0`` in YAML is this many units of money (SPEC §1)."""

CORE_NEEDS = ("hunger", "hygiene", "energy")
"""Needs every town has, always the first three of the need axis."""

_WORDS = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


class Section(BaseModel):
    """A mapping of a configuration file: frozen, strict, and without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any) -> Any:
        """A section whose keys are all commented out is null in YAML; it means the defaults."""
        return {} if value is None else value


@dataclass(frozen=True)
class ShapedLike:
    """Marks a field of plain data with the model it was validated by."""

    model: type[BaseModel]


def money(amount: float) -> int:
    """Convert a YAML amount (1.0 = the price of a meal) to integer thousandths, half up."""
    return math.floor(amount * MONEY_UNIT + 0.5)


def _flag(value: Any) -> Any:
    """Read on/off, yes/no as a truth value; leave the rest to the strict type."""
    return _WORDS.get(value.lower(), value) if isinstance(value, str) else value


def _as_tuple(value: Any) -> Any:
    """Let a YAML list stand for a tuple."""
    return tuple(value) if isinstance(value, list) else value


def _off_is_none(value: Any) -> Any:
    """Read ``off`` (or false) as "no limit"."""
    if value is False or (isinstance(value, str) and value.lower() == "off"):
        return None
    return value


def choice(*names: str) -> BeforeValidator:
    """Accept any of ``names`` in any case, and YAML 1.1 booleans for ``on`` and ``off``."""
    known = {name.casefold(): name for name in names}

    def match(value: Any) -> Any:
        if isinstance(value, bool):
            value = "on" if value else "off"
        return known.get(value.casefold(), value) if isinstance(value, str) else value

    return BeforeValidator(match)


def one_or_many(value: Any) -> Any:
    """Let a single value stand for a list of one."""
    return value if isinstance(value, list | tuple) or value is None else (value,)


def keyed_by(key: str) -> Callable[[Any], Any]:
    """Return a validator that lets bare text stand for ``{key: text}``."""

    def wrap(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else value

    return wrap


Flag = Annotated[bool, BeforeValidator(_flag)]
"""true or false, also written on/off or yes/no."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
"""A number between 0 and 1."""

Trait = Annotated[float, Field(ge=-1.0, le=1.0)]
"""A personality trait, between -1 and 1."""

Multiplier = Annotated[float, Field(ge=0.1, le=5.0)]
"""A factor; the prototype clamps it to the same range (world §2.4)."""

Price = Annotated[float, Field(ge=0.0, le=1_000_000.0)]
"""Money; 1.0 is the default price of a meal."""

Text = Annotated[str, Field(min_length=1)]
"""Text that is not empty."""

Tile = Annotated[
    tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]], BeforeValidator(_as_tuple)
]
"""``[x, y]``, both from 0."""

Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_tuple)]
"""A list of texts."""

as_tuple = BeforeValidator(_as_tuple)
off_is_none = BeforeValidator(_off_is_none)
