"""Everybody has a name, made from the serial."""

from townlet.names import FIRST_NAMES, name_of


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
