from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.preconditions import evaluate

from townlet.affordances.expressions import Names, compile_expression
from townlet_components.inventory import ITEMS
from townlet_systems import preconditions as vm

NEEDS = ("hunger", "hygiene", "energy", "fun")
TYPES = ("bed", "fridge", "stove")
AFFORDANCES = ("eat_meal", "rest_sleep")
AGENTS = ("ann", "bo")
JOBS = ("cook", "clerk")


def resolve(vocabulary: str, name: str) -> int | None:
    names = {"agent": AGENTS, "job": JOBS, "object": ("fridge_1",)}[vocabulary]
    return names.index(name) if name in names else None


NAMES = Names(NEEDS, AFFORDANCES, TYPES, resolve)

numbers = st.sampled_from([0.0, 1.0, -1.0, 0.4, 0.85, 2.0, 7.0, 1439.0])
booleans = st.booleans()


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Values as the oracle reads them; the vector is made from the same dict by ``vector``."""
    needs = {need: draw(numbers) for need in NEEDS}
    inventory = {item: draw(numbers) for item in ITEMS}
    stock = {item: draw(numbers) for item in ITEMS}
    wallet = draw(numbers)
    agents = st.sampled_from([None, *AGENTS])
    return {
        "needs": needs,
        "inventory": inventory,
        "stock": stock,
        "wallet": wallet,
        "prices": {key: draw(numbers) for key in vm.PRICE_KEYS},
        "affordance_id": draw(st.sampled_from(AFFORDANCES)),
        "occupied": draw(booleans),
        "power_on": draw(booleans),
        "water_on": draw(booleans),
        "meal_available": draw(booleans),
        "queue_length": draw(numbers),
        "reservation_active": draw(booleans),
        "reservation_holder": draw(agents),
        "agent": {
            "agent_id": draw(st.sampled_from(AGENTS)),
            "needs": needs,
            "inventory": inventory,
            "wallet": wallet,
            "job_id": draw(st.sampled_from([None, *JOBS])),
            "on_shift": draw(booleans),
            "shift_state": draw(st.sampled_from(vm.SHIFT_STATES)),
            "position": [draw(numbers), draw(numbers)],
        },
        "object": {
            "object_type": draw(st.sampled_from(TYPES)),
            "occupied_by": draw(agents),
            "stock": stock,
        },
        "world": {"tick": draw(numbers), "minute": draw(numbers)},
    }


def number_of(value: object, names: tuple[str, ...] = ()) -> float:
    if value is None:
        return math.nan
    return float(names.index(value)) if isinstance(value, str) else float(value)  # type: ignore[arg-type]


def vector(world: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = vm.initial_values(len(NEEDS))
    for name, variable in Names(NEEDS).variables().items():
        found: Any = world
        for key in name.replace("[", ".").replace("]", "").split("."):
            index: Any = int(key) if key.isdigit() else key
            try:
                found = found[index]
            except KeyError:
                found = 0.0
                break
        vocabulary = {
            "affordance": AFFORDANCES,
            "object_type": TYPES,
            "shift_state": vm.SHIFT_STATES,
            "agent": AGENTS,
            "job": JOBS,
        }.get(variable.kind, ())
        values[variable.index] = number_of(found, vocabulary)
    return values


def run(text: str, values: Any) -> bool:
    """Compile and evaluate, jitted and plain; both must agree."""
    program = compile_expression(text, NAMES)
    code = np.array([*program.code, vm.OP_REQUIRE, 5], dtype=np.int32)
    const = np.array(program.const, dtype=np.float64)
    answers = []
    for first, holds in (
        (vm.first_failure, vm.holds),
        (vm.first_failure.py_func, vm.holds.py_func),  # type: ignore[attr-defined]
    ):
        stack = np.full(vm.STACK_SIZE, np.nan)
        failure = first(code, const, 0, len(code), values, stack)
        assert failure in (-1, 5)
        assert holds(code, const, 0, len(code), values, stack) == (failure < 0)
        answers.append(failure < 0)
    assert answers[0] == answers[1]
    return answers[0]


def one_of_texts(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


number_texts = one_of_texts(
    "wallet", "agent.wallet", "needs.hunger", "agent.needs['fun']", "inventory['meals']",
    "agent.inventory.meals", "stock.ingredients", "object.stock['meals']", "queue_length",
    "world.minute", "prices.meal_cost", "agent.position[1]", "power_on", "0", "0.4", "-1",
    "-wallet", "+needs.energy", "-(-1)", "2", "true", "FALSE",
)  # fmt: skip
bool_texts = one_of_texts(
    "occupied", "power_on", "water_on", "meal_available", "reservation_active", "agent.on_shift",
    "true", "False", "agent.job_id", "object.occupied_by", "null", "'x'", "''", "wallet",
)  # fmt: skip
name_pairs = {
    "agent.shift_state": vm.SHIFT_STATES,
    "object.object_type": TYPES,
    "affordance_id": AFFORDANCES,
    "agent.job_id": (*JOBS, "pilot"),
    "object.occupied_by": (*AGENTS, "nobody"),
    "reservation_holder": AGENTS,
}


@st.composite
def comparisons(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    number = st.one_of(number_texts, st.just("null"), inner)
    shape = draw(st.integers(0, 5))
    if shape <= 2:
        count = draw(st.integers(1, 3))
        signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
        return draw(number) + "".join(f" {draw(signs)} {draw(number)}" for _ in range(count))
    word = draw(st.sampled_from(["in", "not in"]))
    if shape == 3:
        elements = ", ".join(draw(st.lists(number, max_size=4)))
        return f"{draw(number)} {word} [{elements}]"
    name, known = draw(st.sampled_from(list(name_pairs.items())))
    literal = st.one_of(st.sampled_from(known).map(repr), st.just("None"))
    if shape == 4:
        sign = draw(st.sampled_from(["==", "!="]))
        sides = draw(st.permutations([name, draw(st.one_of(literal, st.just(name)))]))
        return f"{sides[0]} {sign} {sides[1]}"
    elements = "".join(draw(literal) + ", " for _ in range(draw(st.integers(0, 3))))
    return f"{name} {word} ({elements})"


expressions = st.recursive(
    bool_texts,
    lambda inner: st.one_of(
        comparisons(inner.map(lambda text: f"(not ({text}))")).map(lambda text: f"({text})"),
        inner.map(lambda text: f"(not {text})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(text=expressions, world=worlds())
def test_the_machine_agrees_with_its_slow_twin(text: str, world: dict[str, Any]) -> None:
    assert run(text, vector(world)) == evaluate(text, world)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("agent.job_id == null", True),
        ("agent.job_id != NULL", False),
        ("wallet < null", False),
        ("not wallet < null", True),
        ("null == null", True),
        ("null", False),
        ("wallet == none", False),
        ("1 < 2 < 3 == 3", True),
        ("1 < 2 < 2", False),
        ("power_on == 1", True),
        ("-power_on == -1", True),
        ("stock.power_on", True),
        ("'a' == 'a' and 'a' != 'b'", True),
        ("'a' in ('b', 'a')", True),
        ("wallet in []", False),
        ("wallet not in ()", True),
        ("agent.shift_state == 'pre_shift'", True),
        ("object.object_type in ['bed', 'stove']", True),
        ("object.occupied_by in [None]", True),
        ("'pilot' == agent.job_id", False),
        ("agent.job_id == object.object_id", None),
    ],
)
def test_language(text: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="cannot compare"):
            compile_expression(text, NAMES)
    else:
        assert run(text, vm.initial_values(len(NEEDS))) is expected


def test_names_are_never_true_by_number() -> None:
    values = vm.initial_values(len(NEEDS))
    values[vm.JOB_ID] = 0.0  # the first job of the vocabulary
    assert run("agent.job_id", values)
    assert not run("not agent.job_id", values)


def test_value_vector() -> None:
    indices = [variable.index for variable in vm.VARIABLES.values()]
    assert indices == list(range(vm.NEED0))
    assert vm.value_count(5) == vm.NEED0 + 5
    at_rest = vm.initial_values(2)
    assert at_rest.shape == (vm.value_count(2),)
    assert at_rest[[vm.POWER_ON, vm.WATER_ON]].tolist() == [1.0, 1.0]
    assert np.isnan(at_rest[[vm.RESERVATION_HOLDER, vm.JOB_ID, vm.OCCUPIED_BY]]).all()
    assert np.count_nonzero(np.nan_to_num(at_rest)) == 2


def test_deepest_expression_fits_the_stack() -> None:
    def nested(depth: int) -> str:
        return "wallet == (" * depth + "1 == 1" + ")" * depth

    run(nested(vm.STACK_SIZE - 2), vm.initial_values(len(NEEDS)))
    with pytest.raises(ValueError, match="nested too deeply"):
        compile_expression(nested(vm.STACK_SIZE - 1), NAMES)
