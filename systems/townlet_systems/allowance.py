"""The daily allowance: the income of everyone until work exists (SPEC §8)."""

from townlet.ecs import I32, I64, Bool, Phase, Read, Write, kernel, system
from townlet_components.clock import Clock
from townlet_components.identity import Identity
from townlet_components.rows import Rows
from townlet_components.rules import EconomyRules
from townlet_components.wallet import ALLOWANCE, Treasury, Wallet


@kernel
def pay(
    money: I64, treasury: I64, flow: I64, alive: Bool, town: I32, allowance: I64, minute: I64
) -> None:
    """At midnight move ``allowance[town]`` from the treasury to each living agent.

    Args:
        money: wallets in thousandths, (agent,).
        treasury: (town,).
        flow: bookings, (town, flow).
        alive, town: (agent,).
        allowance: thousandths per agent and day, (town,).
        minute: minute of the day, (1,).
    """
    if minute[0] != 0:
        return
    for r in range(money.shape[0]):
        if alive[r]:
            amount = allowance[town[r]]
            money[r] += amount
            treasury[town[r]] -= amount
            flow[town[r], ALLOWANCE] += amount


@system(phase=Phase.LIVE, after=["apply_ties"])
def pay_allowance(
    wallet: Write[Wallet],
    treasury: Write[Treasury],
    identity: Read[Identity],
    rows: Read[Rows],
    rules: Read[EconomyRules],
    clock: Read[Clock],
) -> None:
    """At midnight the treasury pays everyone the daily allowance."""
    pay(
        wallet.money,
        treasury.money,
        treasury.flow,
        identity.alive,
        rows.town,
        rules.allowance,
        clock.minute,
    )
