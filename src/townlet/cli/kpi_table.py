"""The closing table of a run: the day's KPIs in groups, beside what a town in balance has."""

from collections.abc import Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from townlet.report.kpis import grouped, kpi, written

_COLOURS = {"ok": "green", "too low": "yellow", "too high": "yellow"}


def kpi_table(
    kpis: Mapping[str, float | None], day: str, age: float, many_towns: bool = False
) -> Table:
    """Make the table.

    Args:
        kpis: Values by name; None: no value.
        day: What the table is of, such as "day 1".
        age: Days the town is old; a band may want some before it says anything.
        many_towns: The values are means over towns.
    """
    table = Table(title=f"KPIs of {day}", box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    table.add_column("")
    table.add_column("KPI", no_wrap=True)
    table.add_column("mean over towns" if many_towns else "value", justify="right")
    table.add_column("in balance")
    table.add_column("")
    for group, names in grouped(kpis).items():
        for number, name in enumerate(names):
            about, value = kpi(name), kpis[name]
            label = Text(group if number == 0 else "", style="bold")
            band = about.band
            verdict = ""
            if band is not None:
                verdict = band.verdict(value) if age >= band.since else "too early"
            table.add_row(
                label,
                Text(name),
                written(value, about.unit),
                "" if band is None else band.text(about.unit),
                Text(verdict, style=_COLOURS.get(verdict, "dim")),
            )
        table.add_section()
    return table
