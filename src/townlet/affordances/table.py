"""A manifest as arrays: what the kernels of USE read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townlet.affordances.entries import Affordance
from townlet.affordances.expressions import Names, Resolver
from townlet.affordances.manifest import Manifest, compile_preconds
from townlet.affordances.sentences import ManifestError
from townlet.affordances.yaml_tree import LineError
from townlet_components.inventory import ITEMS
from townlet_components.town_state import NEEDS_POWER, NEEDS_WATER
from townlet_systems.preconditions import (
    OP_CONST,
    OP_REQUIRE,
    OP_VALUE,
    POWER_ON,
    PRICE_KEYS,
    WATER_ON,
)
from townlet_systems.pricing import DEAREST

#: Prices that are per item: an affordance that follows one and gives the item pays for each.
ITEM_OF_PRICE: Mapping[str, str] = {"ingredients_cost": "ingredients"}

#: Items the prototype's ids take and give when their entry names no item.
IMPLIED_ITEMS: Mapping[str, Mapping[str, int]] = {
    "eat_meal": {"meals": -1},
    "cook_meal": {"ingredients": -2, "meals": 2},
}


@dataclass(frozen=True)
class AffordanceTable:
    """All affordances of a town; arrays are read-only, one row per affordance.

    Attributes:
        ids: affordance ids in manifest order.
        object_type: int16 (affordance,), index in ``object_types``; -1: the town has
            no such object.
        duration: int32 (affordance,), ticks.
        need_effect: float32 (affordance, need), added at the end.
        item_effect: int16 (affordance, item); negative taken at the start, positive given at
            the end.
        price: int32 (affordance,), thousandths, paid at the start.
        price_key: int16 (affordance,), index in ``PRICE_KEYS`` of the price of the economy it
            follows; -1: ``price`` is fixed by the manifest.
        units: int32 (affordance,), what a named price is multiplied by: the items sold by the
            unit, else 1.
        utility: uint8 (affordance,), bits of what it breaks off without: 1 power, 2 water; those
            its preconditions name.
        program_code: int32 (words,), all programs; program a is ``[program_start[a],
            program_start[a + 1])``.
        program_const: float64 (constants,).
        program_start: int32 (affordance + 1,).
        stub: bool (affordance,), whether it is a stub: it serves nothing.
        conditions: texts of the preconditions per affordance; ``first_failure`` returns an index.
        checksum: of the manifest.
        warnings: sentences about names no object, agent or job of this town has.
    """

    ids: tuple[str, ...]
    object_type: NDArray[np.int16]
    duration: NDArray[np.int32]
    need_effect: NDArray[np.float32]
    item_effect: NDArray[np.int16]
    price: NDArray[np.int32]
    price_key: NDArray[np.int16]
    units: NDArray[np.int32]
    utility: NDArray[np.uint8]
    program_code: NDArray[np.int32]
    program_const: NDArray[np.float64]
    program_start: NDArray[np.int32]
    stub: NDArray[np.bool_]
    conditions: tuple[tuple[str, ...], ...]
    checksum: str
    warnings: tuple[str, ...]


def compile_affordances(
    manifest: Manifest,
    needs: tuple[str, ...],
    object_types: tuple[str, ...],
    prices: Mapping[str, float],
    resolve: Resolver | None = None,
) -> AffordanceTable:
    """Make the arrays of a manifest.

    Args:
        manifest: the checked manifest.
        needs: the town's needs, in the order of the needs table.
        object_types: the town's object types, in the order of their numbers.
        prices: the section ``economy`` in its own unit (1.0 is the price of a meal); must hold
            every key a ``price:`` names.
        resolve: numbers of agents, objects and jobs named in preconditions; None: all unknown.

    Raises:
        ManifestError: a precondition names a need or an object type this town does not have.
    """
    rows = manifest.affordances
    keys = [-1 if row.price is None else PRICE_KEYS.index(row.price) for row in rows]
    names = Names(tuple(needs), manifest.ids, tuple(object_types), resolve)
    code, const, start, warnings = _programs(manifest, names)
    need_effects = [[row.effects.get(need, 0.0) for need in needs] for row in rows]
    return AffordanceTable(
        ids=manifest.ids,
        object_type=_column((_index(row.object_type, object_types) for row in rows), np.int16),
        duration=_column((row.duration for row in rows), np.int32),
        need_effect=_matrix(need_effects, len(needs), np.float32),
        item_effect=_matrix([item_effects(row) for row in rows], len(ITEMS), np.int16),
        price=_column((_price(row, prices) for row in rows), np.int32),
        price_key=_column(keys, np.int16),
        units=_column(map(_units, rows), np.int32),
        utility=_column((_utility(code, start, k) for k in range(len(rows))), np.uint8),
        program_code=_column(code, np.int32),
        program_const=_column(const, np.float64),
        program_start=_column(start, np.int32),
        stub=_column((row.stub for row in rows), np.bool_),
        conditions=tuple(row.preconds for row in rows),
        checksum=manifest.checksum,
        warnings=tuple(warnings),
    )


def item_effects(affordance: Affordance) -> list[int]:
    """What an affordance takes (negative) and gives (positive), on the item axis."""
    given = {item: int(affordance.effects[item]) for item in ITEMS if item in affordance.effects}
    effects = given or IMPLIED_ITEMS.get(affordance.id, {})
    return [effects.get(item, 0) for item in ITEMS]


def thousandths(money: float) -> int:
    """Money of a YAML file as an integer, rounded half up."""
    return int(np.floor(money * 1000 + 0.5))


def _price(affordance: Affordance, prices: Mapping[str, float]) -> int:
    """Thousandths: the price named, else what ``money`` takes."""
    if affordance.price is not None:
        money = thousandths(prices[affordance.price]) * _units(affordance)
    else:
        money = thousandths(max(0.0, -affordance.effects.get("money", 0.0)))
    return min(money, int(DEAREST))


def _units(affordance: Affordance) -> int:
    """How many times a named price is paid: once per item where the price is an item's."""
    item = ITEM_OF_PRICE.get(affordance.price or "")
    return 1 if item is None else max(1, item_effects(affordance)[ITEMS.index(item)])


def _utility(code: list[int], start: list[int], number: int) -> int:
    """Bits of the utilities an affordance's preconditions read."""
    words = code[start[number] : start[number + 1]]
    read = {a for op, a in zip(words[::2], words[1::2], strict=True) if op == OP_VALUE}
    return (NEEDS_POWER if POWER_ON in read else 0) | (NEEDS_WATER if WATER_ON in read else 0)


def _index(name: str, names: tuple[str, ...]) -> int:
    """Position of ``name``, -1 when it is not there."""
    return names.index(name) if name in names else -1


def _programs(
    manifest: Manifest, names: Names
) -> tuple[list[int], list[float], list[int], list[str]]:
    """Code, constants, starts and warnings of all affordances."""
    code: list[int] = []
    const: list[float] = []
    start = [0]
    warnings: list[str] = []
    for affordance in manifest.affordances:
        try:
            programs = compile_preconds(affordance, names)
        except LineError as fault:
            where = f"{manifest.path}:{fault.line}: affordance {affordance.id!r}"
            raise ManifestError(f"{where}: {fault.message}") from None
        for number, program in enumerate(programs):
            pairs = zip(program.code[::2], program.code[1::2], strict=True)
            for op, argument in pairs:
                code += [op, argument + len(const) if op == OP_CONST else argument]
            code += [OP_REQUIRE, number]
            const += program.const
            line = affordance.precond_lines[number]
            for vocabulary, word in program.unresolved:
                where = f"{manifest.path}:{line}: affordance {affordance.id!r}"
                warnings.append(
                    f"{where}: no {vocabulary} is called {word!r}, so nothing equals it"
                )
        start.append(len(code))
    return code, const, start, warnings


def _column(values: Iterable[float], dtype: Any) -> NDArray[Any]:
    """``values`` as a read-only array."""
    array = np.array(list(values), dtype=dtype)
    array.flags.writeable = False
    return array


def _matrix(rows: list[list[Any]], width: int, dtype: Any) -> NDArray[Any]:
    """``rows`` as (affordance, width), also when there are none."""
    array = np.array(rows, dtype=dtype).reshape(len(rows), width)
    array.flags.writeable = False
    return array
