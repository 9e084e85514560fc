"""May this use start? A flat program per affordance, evaluated by kernels.

A manifest's preconditions (a subset of Python expressions) are compiled once, at load, by
``townlet.affordances.expressions``. What runs in a tick is this file: a stack machine over one
float64 vector of variables.

A program is pairs of int32 words, operation and argument. Truth is 1.0 and 0.0, null is NaN, a name
(a shift state, an object type, an agent) is its number in its vocabulary, never negative. Nothing
here allocates, and comparing with null follows the language: ordering is false, ``== null`` works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_components.inventory import ITEMS

F = TypeVar("F", bound=Callable[..., Any])

#: Words of scratch ``stack`` a program may use; the compiler refuses deeper expressions.
STACK_SIZE: Final = 32

OP_CONST: Final = 0  # push const[argument]
OP_VALUE: Final = 1  # push values[argument]
OP_TRUTH: Final = 2  # top = 1.0 unless it is 0 or null
OP_KNOWN: Final = 3  # top = 1.0 unless it is null (truth of a name)
OP_NOT: Final = 4  # top = 1.0 - top, for truths
OP_NEGATE: Final = 5
OP_LT: Final = 6  # pop right, top = left < right
OP_LE: Final = 7
OP_GT: Final = 8
OP_GE: Final = 9
OP_EQ: Final = 10  # null equals null
OP_NE: Final = 11
OP_AND: Final = 12  # top false: keep it and skip `argument` words, else drop it
OP_OR: Final = 13  # top true: keep it and skip `argument` words, else drop it
OP_REQUIRE: Final = 14  # pop; false: precondition number `argument` failed, stop

#: Keys of ``economy`` that are prices, hence may be named in ``price:`` and read as ``prices.*``.
PRICE_KEYS: Final = ("meal_cost", "ingredients_cost", "public_shower", "coffee", "gym", "rent")

#: The seven states of a shift; ``agent.shift_state`` holds an index into this tuple.
SHIFT_STATES: Final = (
    "pre_shift",
    "idle",
    "await_start",
    "on_time",
    "late",
    "absent",
    "post_shift",
)


@dataclass(frozen=True)
class Variable:
    """What a precondition may read.

    Attributes:
        index: position in the value vector.
        kind: ``bool``, ``number``, or the vocabulary of a name: ``affordance``, ``object_type``,
            ``shift_state`` (closed) and ``agent``, ``object``, ``job`` (open: names a run decides).
        doc: meaning and unit, for the reference.
    """

    index: int
    kind: str
    doc: str


_CORE: Final = (
    ("affordance_id", "affordance", "the affordance about to start"),
    ("occupied", "bool", "someone other than the agent uses the object"),
    ("power_on", "bool", "the town has power"),
    ("water_on", "bool", "the town has water"),
    ("meal_available", "bool", "the object's stock holds a meal"),
    ("queue_length", "number", "agents waiting for the object, without its holder"),
    ("reservation_active", "bool", "the object is reserved by someone"),
    ("reservation_holder", "agent", "who holds the object; null: nobody"),
    ("wallet", "number", "the agent's money; 1.0 is the price of a meal"),
    ("agent.agent_id", "agent", "the agent itself"),
    ("agent.job_id", "job", "its job; null: none"),
    ("agent.on_shift", "bool", "at work now"),
    ("agent.shift_state", "shift_state", "its shift"),
    ("agent.lateness_counter", "number", "late shifts so far"),
    ("agent.attendance_ratio", "number", "share of shifts attended"),
    ("agent.wages_withheld", "number", "money withheld from its wages"),
    ("agent.position[0]", "number", "its x on the town map, in tiles"),
    ("agent.position[1]", "number", "its y on the town map, in tiles; y grows southward"),
    ("object.object_id", "object", "the object"),
    ("object.object_type", "object_type", "its type"),
    ("object.occupied_by", "agent", "who uses it; null: nobody"),
    ("object.position[0]", "number", "its x on the town map, in tiles"),
    ("object.position[1]", "number", "its y on the town map, in tiles"),
    ("world.tick", "number", "ticks since the run began; a tick is a minute"),
    ("world.day", "number", "whole days since the run began"),
    ("world.minute", "number", "minute of the day, 0 to 1439"),
    ("world.hour", "number", "hour of the day, 0 to 23"),
)
_LISTED: Final = (
    _CORE
    + tuple((f"inventory.{item}", "number", f"{item} the agent carries") for item in ITEMS)
    + tuple((f"stock.{item}", "number", f"{item} in the object's stock") for item in ITEMS)
    + tuple(
        (f"prices.{key}", "number", f"economy.{key} today, with its spikes") for key in PRICE_KEYS
    )
)

#: Every variable but the needs: canonical name -> :class:`Variable`.
VARIABLES: Final = {
    name: Variable(index, kind, doc) for index, (name, kind, doc) in enumerate(_LISTED)
}

AFFORDANCE_ID: Final = VARIABLES["affordance_id"].index
OCCUPIED: Final = VARIABLES["occupied"].index
POWER_ON: Final = VARIABLES["power_on"].index
WATER_ON: Final = VARIABLES["water_on"].index
MEAL_AVAILABLE: Final = VARIABLES["meal_available"].index
QUEUE_LENGTH: Final = VARIABLES["queue_length"].index
RESERVATION_ACTIVE: Final = VARIABLES["reservation_active"].index
RESERVATION_HOLDER: Final = VARIABLES["reservation_holder"].index
WALLET: Final = VARIABLES["wallet"].index
AGENT_ID: Final = VARIABLES["agent.agent_id"].index
JOB_ID: Final = VARIABLES["agent.job_id"].index
ON_SHIFT: Final = VARIABLES["agent.on_shift"].index
SHIFT_STATE: Final = VARIABLES["agent.shift_state"].index
LATENESS_COUNTER: Final = VARIABLES["agent.lateness_counter"].index
ATTENDANCE_RATIO: Final = VARIABLES["agent.attendance_ratio"].index
WAGES_WITHHELD: Final = VARIABLES["agent.wages_withheld"].index
AGENT_X: Final = VARIABLES["agent.position[0]"].index
AGENT_Y: Final = VARIABLES["agent.position[1]"].index
OBJECT_ID: Final = VARIABLES["object.object_id"].index
OBJECT_TYPE: Final = VARIABLES["object.object_type"].index
OCCUPIED_BY: Final = VARIABLES["object.occupied_by"].index
OBJECT_X: Final = VARIABLES["object.position[0]"].index
OBJECT_Y: Final = VARIABLES["object.position[1]"].index
TICK: Final = VARIABLES["world.tick"].index
DAY: Final = VARIABLES["world.day"].index
MINUTE: Final = VARIABLES["world.minute"].index
HOUR: Final = VARIABLES["world.hour"].index
INVENTORY0: Final = VARIABLES[f"inventory.{ITEMS[0]}"].index  # + item
STOCK0: Final = VARIABLES[f"stock.{ITEMS[0]}"].index  # + item
PRICE0: Final = VARIABLES[f"prices.{PRICE_KEYS[0]}"].index  # + index in PRICE_KEYS
NEED0: Final = len(_LISTED)  # + need, in the order of the needs table

_NULL_AT_FIRST: Final = (RESERVATION_HOLDER, JOB_ID, OCCUPIED_BY)


def value_count(n_needs: int) -> int:
    """Length of the value vector of a town with ``n_needs`` needs."""
    return NEED0 + n_needs


def initial_values(n_needs: int) -> NDArray[np.float64]:
    """A value vector with everything at rest, float64 of ``value_count(n_needs)``.

    Power and water are on, nobody is there, numbers are 0. Whoever fills the vector only has to
    write what it knows; what does not exist yet keeps these values.
    """
    values = np.zeros(value_count(n_needs), dtype=np.float64)
    values[[POWER_ON, WATER_ON]] = 1.0
    values[list(_NULL_AT_FIRST)] = np.nan
    return values


def device(function: F) -> F:
    """Compile a helper that kernels call; not inlined, so that kernels stay small."""
    return cast(F, numba.njit(**JIT_OPTIONS)(function))


@device
def compare(op: int, left: float, right: float) -> bool:
    """One comparison; NaN is null: ordering with it is false, and it equals itself."""
    if op == OP_LT:
        return left < right
    if op == OP_LE:
        return left <= right
    if op == OP_GT:
        return left > right
    if op == OP_GE:
        return left >= right
    same = left == right or (left != left and right != right)  # noqa: PLR0124  (NaN test)
    return same == (op == OP_EQ)


@device
def apply_unary(op: int, value: float) -> float:
    """``OP_TRUTH``, ``OP_KNOWN``, ``OP_NOT`` or ``OP_NEGATE`` of one value."""
    if op == OP_NEGATE:
        return -value
    if op == OP_NOT:
        return 1.0 - value
    known = value == value  # noqa: PLR0124  (false for NaN alone)
    if op == OP_KNOWN:
        return 1.0 if known else 0.0
    return 1.0 if known and value != 0.0 else 0.0


@device
def first_failure(
    code: NDArray[np.int32],
    const: NDArray[np.float64],
    start: int,
    stop: int,
    values: NDArray[np.float64],
    stack: NDArray[np.float64],
) -> int:
    """Number of the first precondition that fails, or -1 when all hold.

    Args:
        code: program words, all affordances one after the other.
        const: constants of all programs.
        start: first word of this program; equal to ``stop`` where there is no precondition.
        stop: one past its last word.
        values: (value_count,) the variables, see :data:`VARIABLES`.
        stack: (>= STACK_SIZE,) scratch, contents unimportant.
    """
    top = -1
    at = start
    while at < stop:
        op, argument = code[at], code[at + 1]
        at += 2
        if op <= OP_VALUE:
            top += 1
            stack[top] = values[argument] if op == OP_VALUE else const[argument]
        elif OP_LT <= op <= OP_NE:
            top -= 1
            stack[top] = 1.0 if compare(op, stack[top], stack[top + 1]) else 0.0
        elif OP_AND <= op <= OP_OR:
            if (stack[top] != 0.0) == (op == OP_OR):
                at += argument
            else:
                top -= 1
        elif op == OP_REQUIRE:
            if stack[top] == 0.0:
                return int(argument)
            top -= 1
        else:
            stack[top] = apply_unary(op, stack[top])
    return -1


@device
def holds(
    code: NDArray[np.int32],
    const: NDArray[np.float64],
    start: int,
    stop: int,
    values: NDArray[np.float64],
    stack: NDArray[np.float64],
) -> bool:
    """Do all preconditions of the program ``code[start:stop]`` hold?

    The same as ``first_failure(...) < 0``.
    """
    return first_failure(code, const, start, stop, values, stack) < 0
