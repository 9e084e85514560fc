"""Names: every agent has one, made from its serial; no table grows with the town."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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


@dataclass(frozen=True)
class Names:
    """What the agents of a town are called: by their serial, or as a scenario says.

    Attributes:
        capacity: slots of the town.
        given: names a scenario gives, by their number (``Identity.name``).
        cast: how many of them are of the first population, in slots 0, 1, ...
    """

    capacity: int
    given: tuple[str, ...] = ()
    cast: int = 0

    def of(self, slot: int, generation: int, number: int = -1) -> str:
        """Name of an agent; nobody else of its town has it.

        Args:
            slot, generation: its serial.
            number: of the name it was given; -1: made from its serial.
        """
        if number >= 0:
            return self.given[number]
        name = name_of(slot, generation, self.capacity)
        while name in self.given:
            name += "_1"
        return name

    def of_many(
        self, slot: npt.NDArray[Any], generation: npt.NDArray[Any], number: npt.NDArray[Any]
    ) -> npt.NDArray[np.str_]:
        """Names of many agents, as :meth:`of` gives them one by one."""
        serial = slot.astype(np.int64) + self.capacity * generation.astype(np.int64)
        turn, first = np.divmod(serial, len(FIRST_NAMES))
        plain = np.array(FIRST_NAMES)[first]
        numbered = np.char.add(np.char.add(plain, "_"), (turn + 1).astype(str))
        names = np.where(turn == 0, plain, numbered)
        if not self.given:
            return names
        given = np.array(self.given)
        while (taken := np.isin(names, given)).any():
            names = np.where(taken, np.char.add(names, "_1"), names)
        return np.where(number >= 0, given[np.maximum(number, 0)], names)

    def serial(self, name: str) -> tuple[int, int] | None:
        """Slot and generation of who is called ``name``; None when that cannot be known."""
        if name in self.given:
            slot = self.given.index(name)
            return (slot, 0) if slot < self.cast else None
        while name.endswith("_1"):
            name = name.removesuffix("_1")
        found = serial_of(name, self.capacity)
        return None if found is None or (found[1] == 0 and found[0] < self.cast) else found
