"""The tables of ``townlet config check``: a day of one agent, and the load on objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from townlet.config.budget import DayBudget


def day_table(day: DayBudget) -> Table:
    """Make the table of what a day asks of one agent."""
    title = "A day of one agent, without walking and waiting"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("for", "by", "at"):
        table.add_column(name)
    for name in ("times", "minutes", "money"):
        table.add_column(name, justify="right")
    for line in day.lines:
        figures = (line.times, line.minutes, line.money)
        words = (Text(line.serves), Text(line.affordance), Text(line.object_type))
        table.add_row(*words, *(f"{x:,.2f}" for x in figures))
    table.add_section()
    minutes = f"{day.minutes:,.0f} ({day.share:.0%})"
    table.add_row("all", "", "", "", minutes, f"{day.money:,.2f} of {day.income:,.2f}")
    return table


def load_table(day: DayBudget) -> Table:
    """Make the table of how busy each object type is when everybody has such a day."""
    title = "The load on objects, when all agents have that day"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("type")
    for name in ("in town", "minutes each", "load"):
        table.add_column(name, justify="right")
    for load in day.loads:
        each = load.minutes / load.objects
        table.add_row(
            Text(load.object_type), f"{load.objects:,}", f"{each:,.0f}", f"{load.share:.0%}"
        )
    return table


def wage_table(day: DayBudget) -> Table:
    """Make the table of what full shifts bring, beside the basket."""
    title = f"Wages, beside a basket of {day.basket:,.2f}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("job")
    for name in ("positions", "minutes", "a full shift pays", "more than a basket"):
        table.add_column(name, justify="right")
    for job in day.jobs:
        figures = (f"{job.positions:,}", f"{job.minutes:,.0f}", f"{job.pay:,.2f}")
        table.add_row(Text(job.job), *figures, f"{job.slack:.0%}")
    return table
