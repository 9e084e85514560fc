"""The table of docs/pairing.md: ``python -m bench.pairing [--towns 24] [--update-docs]``.

Two changes are tried on the same towns: a citizen of each is killed at noon, and hunger grows
faster. For each KPI it is told how much a difference varies from pair to pair, beside how much it
would if each arm had seeds of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.balance import ROOT, TOWN, update_docs
from townlet.compare import Change, Difference, compare
from townlet.config import load_config
from townlet.errors import UserError
from townlet.simulation import Simulation

DOCS = ROOT / "docs" / "pairing.md"
NOON = 300
"""Ticks from the town's 07:00."""


def kill_one(sim: Simulation) -> None:
    """Remove the citizen in slot 3 of every town."""
    for town in range(sim.towns):
        sim.kill(3, town)


CHANGES = {
    "one citizen less from noon on": Change(act=kill_one, at=NOON),
    "hunger grows by an eighth faster": Change({"rewards.decay_rates.hunger": 0.0009}),
}


def lines(name: str, found: Sequence[Difference]) -> list[str]:
    """A table of one change as Markdown; KPIs that are the same in all towns tell nothing."""
    told = [d for d in found if d.unpaired > 1e-12]
    rows = [
        f"| `{d.kpi}` | {d.without:,.3f} | {d.mean:+.4f} ± {d.error:.4f} | {d.paired:.2g} | "
        f"{d.unpaired:.2g} | {d.share:.0%} |"
        for d in told
    ]
    head = "| KPI | without | difference, standard error | paired variance | unpaired | share |"
    return [f"**{name[0].upper()}{name[1:]}**", "", head, "|---|---|---|---|---|---|", *rows, ""]


def main(
    towns: Annotated[int, typer.Option(min=2, help="Pairs.")] = 24,
    agents: Annotated[int, typer.Option(min=4, help="Agents per town.")] = 32,
    days: Annotated[int, typer.Option(min=1, help="Midnights to run to.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first town.")] = 1,
    config: Annotated[Path, typer.Option(metavar="FILE", help="The town.")] = TOWN,
    docs: Annotated[
        bool, typer.Option("--update-docs", help="Rewrite the tables in docs/pairing.md.")
    ] = False,
) -> None:
    """Show how much less paired differences vary."""
    try:
        model = load_config(config)
        block = [
            f"{towns} towns of {agents} agents, seeds {seed} to {seed + towns - 1}, {days} "
            f"midnight{'s' if days > 1 else ''}, config hash `{model.config_hash()}`.",
            "",
        ]
        for name, change in CHANGES.items():
            found = compare(model, change, towns=towns, seed=seed, days=days, agents=agents)
            block += lines(name, found)
    except UserError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(UserError.exit_code) from None
    print("\n".join(block))
    if docs:
        update_docs(block, DOCS)


if __name__ == "__main__":
    typer.run(main)
