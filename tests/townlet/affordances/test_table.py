from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from townlet.affordances import Manifest, ManifestError, compile_affordances, load_manifest
from townlet.affordances.table import thousandths
from townlet_systems import preconditions as vm

NEEDS = ("hunger", "hygiene", "energy")
TYPES = ("bed", "fridge", "shower", "stove", "till", "bench", "treadmill", "counter")
PRICES = {
    "meal_cost": 1.0,
    "ingredients_cost": 0.5,
    "public_shower": 0.4,
    "coffee": 0.5,
    "gym": 0.5,
    "rent": 5.0,
}


def load(tmp_path: Path, text: str, needs: tuple[str, ...] = NEEDS) -> Manifest:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return load_manifest(path, needs)


def test_core_manifest_as_arrays() -> None:
    table = compile_affordances(load_manifest(None, NEEDS), NEEDS, TYPES, PRICES)
    assert [TYPES[t] for t in table.object_type] == [
        "shower", "fridge", "stove", "bed", "till", "bench", "treadmill", "counter",
    ]  # fmt: skip
    assert table.duration.tolist() == [20, 30, 30, 60, 10, 30, 45, 10]
    expected = np.zeros((8, 3), np.float32)
    expected[0, 1], expected[1, 0], expected[3, 2], expected[5, 2] = 0.6, 0.4, 0.13, 0.01
    expected[6] = 0, -0.05, -0.02
    expected[7, 2] = 0.03
    assert np.array_equal(table.need_effect, expected)
    items = np.zeros((8, 3), np.int16)
    items[1, 1] = -1
    items[2] = -2, 2, 0
    items[4, 0] = 6
    assert np.array_equal(table.item_effect, items)
    assert table.price.tolist() == [400, 1000, 0, 0, 3000, 0, 500, 500]
    assert [vm.PRICE_KEYS[k] if k >= 0 else "" for k in table.price_key] == [
        "public_shower", "meal_cost", "", "", "ingredients_cost", "", "gym", "coffee",
    ]  # fmt: skip
    dtypes: list[NDArray[Any]] = [
        table.object_type, table.duration, table.need_effect, table.item_effect, table.price,
        table.price_key, table.program_code, table.program_const, table.program_start,
    ]  # fmt: skip
    assert [array.dtype.name for array in dtypes] == [
        "int16", "int32", "float32", "int16", "int32", "int16", "int32", "float64", "int32",
    ]  # fmt: skip
    assert not any(array.flags.writeable for array in dtypes)


def test_ids_of_the_prototype_imply_items_and_money_is_a_price(tmp_path: Path) -> None:
    text = """
- {id: eat_meal, object_type: fridge, duration: 15, effects: {hunger: 0.4, money: -0.4}}
- {id: cook_meal, object_type: stove, duration: 40, effects: {hunger: 0.1}}
- {id: nibble, object_type: fridge, duration: 5, effects: {hunger: 0.1, money: 0.2}}
- {id: juggle, object_type: trapeze, duration: 5, effects: {joy: 0.1}}
"""
    table = compile_affordances(load(tmp_path, text), NEEDS, TYPES, {})
    assert table.price.tolist() == [400, 0, 0, 0]
    assert table.item_effect.tolist() == [[0, -1, 0], [-2, 2, 0], [0, 0, 0], [0, 0, 0]]
    assert table.object_type.tolist() == [1, 3, 1, -1]


def test_given_items_replace_the_implied_ones(tmp_path: Path) -> None:
    text = "- {id: eat_meal, object_type: fridge, duration: 15, effects: {meals: -2, hunger: 1}}"
    table = compile_affordances(load(tmp_path, text), NEEDS, TYPES, {})
    assert table.item_effect.tolist() == [[0, -2, 0]]


def test_programs_find_the_first_failing_condition(tmp_path: Path) -> None:
    text = """
- {id: a, object_type: bed, duration: 5, effects: {energy: 1},
   preconds: [wallet > 2, needs.fun < 0.5]}
- {id: b, object_type: bed, duration: 5, effects: {energy: 1}}
- {id: c, object_type: bed, duration: 5, effects: {energy: 1},
   preconds: ["object.object_type == 'bed'", "affordance_id == 'c'", "agent.shift_state != 'late'"]}
"""
    needs = (*NEEDS, "fun")
    table = compile_affordances(load(tmp_path, text, needs), needs, TYPES, {})
    values = vm.initial_values(len(needs))
    stack = np.zeros(vm.STACK_SIZE)

    def failure(row: int) -> int:
        start, stop = table.program_start[row : row + 2]
        args = (table.program_code, table.program_const, start, stop, values, stack)
        assert vm.holds(*args) == (vm.first_failure(*args) < 0)
        return int(vm.first_failure(*args))

    assert failure(0) == 0
    values[vm.WALLET] = 3.0
    assert failure(0) == -1
    values[vm.NEED0 + 3] = 0.5
    assert failure(0) == 1
    assert failure(1) == -1
    values[vm.OBJECT_TYPE], values[vm.AFFORDANCE_ID] = TYPES.index("bed"), 2
    assert failure(2) == -1
    values[vm.SHIFT_STATE] = vm.SHIFT_STATES.index("late")
    assert failure(2) == 2
    assert table.conditions[2][2] == "agent.shift_state != 'late'"


def test_names_only_a_town_knows(tmp_path: Path) -> None:
    text = (
        "- {id: a, object_type: bed, duration: 5, effects: {energy: 1},\n"
        "   preconds: [\"agent.agent_id == 'ann'\"]}\n"
    )
    manifest = load(tmp_path, text)
    (warning,) = compile_affordances(manifest, NEEDS, TYPES, {}).warnings
    assert "m.yaml:2: affordance 'a': no agent is called 'ann', so nothing equals it" in warning
    table = compile_affordances(manifest, NEEDS, TYPES, {}, lambda _, name: {"ann": 7}.get(name))
    assert table.warnings == ()
    assert table.program_const.tolist() == [7.0]


def test_object_types_the_town_does_not_have_are_refused(tmp_path: Path) -> None:
    text = (
        "- {id: a, object_type: bed, duration: 5, effects: {energy: 1},\n"
        "   preconds: [\"object.object_type == 'stove'\"]}\n"
    )
    manifest = load(tmp_path, text)
    with pytest.raises(ManifestError, match=r"m\.yaml:2: .*'stove' is not an object type"):
        compile_affordances(manifest, NEEDS, ("bed",), {})


def test_no_affordances(tmp_path: Path) -> None:
    table = compile_affordances(load(tmp_path, "[]\n"), NEEDS, TYPES, {})
    assert table.need_effect.shape == (0, 3)
    assert table.item_effect.shape == (0, 3)
    assert table.program_start.tolist() == [0]


@pytest.mark.parametrize(("money", "units"), [(0.4, 400), (0.0005, 1), (0.00049, 0), (8.4, 8400)])
def test_money_rounds_half_up(money: float, units: int) -> None:
    assert thousandths(money) == units
