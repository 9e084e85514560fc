"""Books: money is conserved, wallets and goods are never negative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from townlet.invariants.finding import Finding, found, thing, where, who
from townlet_components.inventory import ITEMS, Inventory
from townlet_components.objects import Objects
from townlet_components.wallet import Wallet

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def money_adds_up(sim: Simulation) -> Iterator[Finding]:
    """Every town's money adds up to 0 (SPEC §8)."""
    total = sim.money()
    yield from found(
        "town",
        np.flatnonzero(total),
        lambda town: f"the money of town {town} adds up to {int(total[town])} thousandths, not 0",
    )


def money_is_booked(sim: Simulation) -> Iterator[Finding]:
    """Each kind of accounts holds what its bookings say (SPEC §8)."""
    for sentence in sim.check_money():
        town = int(sentence.removeprefix("town ").partition(":")[0])
        yield Finding(sentence, "town", (town,), 1)


def wallets_are_not_negative(sim: Simulation) -> Iterator[Finding]:
    """No wallet is negative."""
    money = sim.store.read(Wallet).money
    yield from found(
        "agent",
        where(lambda part: money[part] < 0, len(money)),
        lambda row: f"{who(sim, row)} has a negative wallet, {int(money[row])} thousandths",
    )


def goods_are_not_negative(sim: Simulation) -> Iterator[Finding]:
    """Nobody carries, and no object stores, less than nothing."""
    carried, stock = sim.store.read(Inventory).count, sim.store.read(Objects).stock

    def lack(row: int, of: str) -> str:
        counts = carried[row] if of == "carries" else stock[row]
        item = int(np.flatnonzero(counts < 0)[0])
        owner = who(sim, row) if of == "carries" else thing(sim, row)
        return f"{owner} {of} {int(counts[item])} {ITEMS[item]}"

    short = where(lambda part: carried[part] < 0, len(carried))
    yield from found("agent", short, lambda row: lack(row, "carries"))
    short = where(lambda part: stock[part] < 0, len(stock))
    yield from found("object", short, lambda row: lack(row, "stores"))
