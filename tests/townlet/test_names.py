"""Everybody has a name, made from the serial."""

import numpy as np
import pytest

from townlet.names import FIRST_NAMES, Names, name_of


def test_names_are_unique_among_all_who_ever_lived_in_a_town() -> None:
    capacity, generations = 130, 4
    names = {name_of(s, g, capacity) for s in range(capacity) for g in range(generations)}
    assert len(names) == capacity * generations


def test_the_first_go_by_their_first_name() -> None:
    assert name_of(0, 0, 64) == FIRST_NAMES[0]
    assert name_of(len(FIRST_NAMES), 0, 1000) == f"{FIRST_NAMES[0]}_2"
    assert name_of(0, 1, 64) == FIRST_NAMES[64]


def test_first_names_are_different_lower_case_words() -> None:
    assert len(set(FIRST_NAMES)) == len(FIRST_NAMES)
    assert all(name.isalpha() and name.islower() and name.isascii() for name in FIRST_NAMES)


def test_given_names_are_nobody_elses() -> None:
    names = Names(8, (FIRST_NAMES[3], "guest"), cast=1)
    assert names.of(0, 0, 0) == FIRST_NAMES[3]
    assert names.of(5, 2, 1) == "guest"
    assert names.of(3, 0) == f"{FIRST_NAMES[3]}_1"
    everybody = [names.of(s, g) for s in range(8) for g in range(40)]
    assert len({*everybody, *names.given}) == len(everybody) + 2


def test_a_name_leads_back_to_its_serial() -> None:
    names = Names(8, (FIRST_NAMES[3], "guest"), cast=1)
    assert names.serial(FIRST_NAMES[3]) == (0, 0)
    assert names.serial("guest") is None  # comes later, in whatever slot is free
    assert names.serial("nobody") is None
    assert names.serial(FIRST_NAMES[0]) is None  # slot 0 has another name
    for slot in range(1, 8):
        for generation in range(40):
            assert names.serial(names.of(slot, generation)) == (slot, generation)


@pytest.mark.parametrize("given", [(), (FIRST_NAMES[3], f"{FIRST_NAMES[3]}_1", "guest")])
def test_many_names_are_those_one_gets_one_by_one(given: tuple[str, ...]) -> None:
    names = Names(8, given, cast=1)
    slot, generation = (array.ravel() for array in np.indices((8, 40)))
    number = np.where((slot + generation) % 5 == 0, generation % 3, -1) if given else slot * 0 - 1
    rows = zip(slot.tolist(), generation.tolist(), number.tolist(), strict=True)
    wanted = [names.of(*row) for row in rows]
    assert names.of_many(slot, generation, number).tolist() == wanted
