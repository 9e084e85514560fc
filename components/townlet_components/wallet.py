"""Wallets, tills and the treasury: all the money there is, in thousandths."""

from townlet.ecs import I64, column, component

#: Why money moves (SPEC §8). One booking per flow: payer and payee are named by the flow.
FLOWS = ("sales", "refund", "groceries", "goods", "allowance", "initial", "operator", "estate")
SALES, REFUND, GROCERIES, GOODS, ALLOWANCE, INITIAL, OPERATOR, ESTATE = range(len(FLOWS))


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
