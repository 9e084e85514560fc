"""Wallets, tills and the treasury: all the money there is, in thousandths."""

from townlet.ecs import I64, column, component

#: Kinds of accounts: an agent's wallet, a place's till, the town's treasury.
WALLET, TILL, TREASURY = "wallet", "till", "treasury"
#: Why money moves: (name, payer, payee), SPEC §8. One booking per payment; what a flow's bookings
#: add up to is what left its payers and reached its payees (:meth:`Simulation.check_money`).
FLOW_TABLE = (
    ("sales", WALLET, TILL),
    ("refund", TILL, WALLET),
    ("goods", TILL, TREASURY),
    ("allowance", TREASURY, WALLET),
    ("initial", TREASURY, WALLET),
    ("operator", TREASURY, WALLET),
    ("estate", WALLET, TREASURY),
    ("wage", TILL, WALLET),
    ("wage_treasury", TREASURY, WALLET),
    ("penalty", WALLET, TILL),
    ("rent", WALLET, TREASURY),
    ("sweep", TILL, TREASURY),
)
FLOWS = tuple(name for name, _, _ in FLOW_TABLE)
(
    SALES, REFUND, GOODS, ALLOWANCE, INITIAL, OPERATOR, ESTATE, WAGE, WAGE_TREASURY, PENALTY, RENT,
    SWEEP,
) = range(len(FLOWS))  # fmt: skip


@component
class Wallet:
    """What an agent has on it; never negative."""

    money: I64 = column("agent", unit="thousandths", telemetry="mean", doc="money in the wallet")


@component
class Till:
    """What a place has taken; may be negative after refunds."""

    money: I64 = column("place", unit="thousandths", doc="money of the place")


@component
class Treasury:
    """The town's own account; may be negative."""

    money: I64 = column("town", unit="thousandths", doc="money of the town")
    flow: I64 = column("town", "flow", unit="thousandths", doc="booked per flow since the start")


@component
class Ledger:
    """Bookings made where they happen; added to the town's when a report is made."""

    flow: I64 = column(
        "district", "flow", unit="thousandths", doc="booked per flow since the start"
    )
