"""Names: every agent has one, made from its serial; no table grows with the town."""

from __future__ import annotations

FIRST_NAMES = (
    "ada", "alba", "amir", "anna", "arlo", "asha", "aziz", "bea", "ben", "bo", "cara", "cem",
    "cleo", "dara", "dawn", "dev", "dina", "eda", "edo", "eli", "ella", "emil", "erin", "esra",
    "eve", "farid", "finn", "flora", "gina", "greta", "hana", "hari", "hugo", "ida", "ilya",
    "ines", "iris", "ivan", "jana", "jonas", "juno", "kai", "kira", "kofi", "lara", "leo", "lina",
    "luca", "maja", "malik", "mara", "mei", "mila", "milo", "mina", "nadia", "nico", "nina",
    "noor", "nora", "olga", "omar", "otto", "paz", "pia", "quinn", "rafa", "rana", "rhea", "rosa",
    "runa", "sami", "sara", "selma", "sima", "sven", "tara", "tess", "theo", "tito", "uma", "vera",
    "vito", "wanda", "wim", "xenia", "yara", "yuki", "zara", "zeno",
)  # fmt: skip


def name_of(slot: int, generation: int, capacity: int) -> str:
    """Name of the agent with serial (slot, generation): unique within its town."""
    serial = slot + capacity * generation
    turn, first = divmod(serial, len(FIRST_NAMES))
    return FIRST_NAMES[first] if turn == 0 else f"{FIRST_NAMES[first]}_{turn + 1}"


def serial_of(name: str, capacity: int) -> tuple[int, int] | None:
    """Slot and generation of the agent called ``name``; None when nobody ever is."""
    first, _, turn = name.partition("_")
    if first not in FIRST_NAMES or (turn and not (turn.isdecimal() and int(turn) >= 2)):
        return None
    serial = FIRST_NAMES.index(first) + len(FIRST_NAMES) * (int(turn) - 1 if turn else 0)
    if name_of(serial % capacity, serial // capacity, capacity) != name:
        return None
    return serial % capacity, serial // capacity
