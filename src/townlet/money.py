"""Money from outside a tick: accounts against their bookings, and prices that operators set."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from townlet.config import money
from townlet.ear import Ear, order
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.setup.blueprint import Blueprint
from townlet.suggest import nearest
from townlet_components.citymap import PlacePlan
from townlet_components.rows import Rows
from townlet_components.town_state import PricePlan, Prices
from townlet_components.wallet import (
    FLOW_TABLE,
    TILL,
    TREASURY,
    WALLET,
    Ledger,
    Till,
    Treasury,
    Wallet,
)
from townlet_systems.preconditions import PRICE_KEYS
from townlet_systems.pricing import price_index

#: Kinds of accounts, and what a sentence calls all of a kind.
ACCOUNTS = {WALLET: "the wallets", TILL: "the tills", TREASURY: "the treasury"}
#: Highest price that can be set; 1.0 is the default price of a meal.
HIGHEST_PRICE = 1_000_000.0


def balances(store: Store, towns: int) -> dict[str, npt.NDArray[np.int64]]:
    """What the accounts of each kind hold together, thousandths, int64 (towns,) per kind."""
    at = store.read(Rows).row_of.reshape(towns, -1)
    return {
        WALLET: store.read(Wallet).money[at].sum(axis=1),
        TILL: store.read(Till).money.reshape(towns, -1).sum(axis=1),
        TREASURY: store.read(Treasury).money.copy(),
    }


def booked(store: Store, towns: int) -> npt.NDArray[np.int64]:
    """Bookings of each flow since the start, thousandths, int64 (towns, flow)."""
    districts = store.read(Ledger).flow
    here = districts.reshape(towns, -1, districts.shape[1]).sum(axis=1)
    found: npt.NDArray[np.int64] = store.read(Treasury).flow + here
    return found


def check_money(store: Store, towns: int) -> list[str]:
    """What is wrong with the money: empty when every thousandth is accounted for.

    Of each town all money adds up to 0, and each kind of accounts holds what its flows brought
    less what they took since the start (SPEC §8).

    Args:
        store: the components.
        towns: towns of the batch.
    """
    held, flow = balances(store, towns), booked(store, towns)
    found = []
    for town in range(towns):
        total = sum(int(sums[town]) for sums in held.values())
        if total:
            found.append(f"town {town}: all money adds up to {total} thousandths instead of 0")
        for kind, name in ACCOUNTS.items():
            due = sum(
                int(flow[town, number]) * ((payee == kind) - (payer == kind))
                for number, (_, payer, payee) in enumerate(FLOW_TABLE)
            )
            has = int(held[kind][town])
            if has != due:
                found.append(
                    f"town {town}: the balance of {name} is {has} thousandths; by bookings it is"
                    f" {due}"
                )
        poorest = int(store.read(Wallet).money[store.read(Rows).town == town].min())
        if poorest < 0:
            found.append(f"town {town}: a wallet holds {poorest} thousandths, below 0")
    return found


def price_indexes(store: Store, towns: int) -> npt.NDArray[np.float64]:
    """Price index of each town, float64 (towns,); 1.0: all prices are the config's."""
    prices, plan = store.read(Prices), store.read(PricePlan)
    kinds = store.read(PlacePlan).kind
    return np.array(
        [
            price_index(
                prices.base, prices.spike, prices.factor, plan.base, plan.factor, kinds, town
            )
            for town in range(towns)
        ]
    )


class PriceDesk:
    """Writes prices that operators set; they come into force in the next tick.

    Args:
        store: the components.
        blue: the blueprint.
        ear: hears of orders; None: nobody does.
    """

    def __init__(self, store: Store, blue: Blueprint, ear: Ear | None = None) -> None:
        self._towns, self.ear = blue.towns, ear or Ear()
        self._asked = store.write(Prices).asked

    @order
    def set_price(self, key: str, value: float, town: int = 0) -> None:
        """Set a price of ``economy`` for good; spikes and place factors multiply it as before.

        Args:
            key: which, such as ``meal_cost``.
            value: the price in YAML units.
            town: the town.

        Raises:
            UserError: no such town or price, or a value out of range.
        """
        if not 0 <= town < self._towns:
            raise UserError(f"town is {town}; it must be between 0 and {self._towns - 1}")
        if key not in PRICE_KEYS:
            raise UserError(f"no price is called {key!r}{nearest(key, PRICE_KEYS)}")
        if not 0 <= value <= HIGHEST_PRICE:
            raise UserError(f"{key} is {value}; it must be between 0 and {HIGHEST_PRICE:.0f}")
        self._asked[town, PRICE_KEYS.index(key)] = money(value)
