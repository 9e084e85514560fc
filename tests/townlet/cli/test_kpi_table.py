import io

from rich.console import Console

from townlet.cli.kpi_table import kpi_table
from townlet_components.metrics import kpi_names


def told(age: float, **values: float | None) -> list[list[str]]:
    """The cells of each line of the table."""
    kpis = {name: values.get(name, 0.0) for name in kpi_names(("hunger",))}
    out = io.StringIO()
    Console(file=out, width=120).print(kpi_table(kpis, "day 6", age))
    lines = out.getvalue().splitlines()
    assert lines[0].strip() == "KPIs of day 6"
    return [line.split() for line in lines if line.strip()]


def line(lines: list[list[str]], name: str) -> str:
    (found,) = [" ".join(words) for words in lines if name in words]
    return found


def test_values_stand_beside_their_bands_in_groups() -> None:
    lines = told(7.0, self_sufficiency=0.98, tie_formation=0.25, wealth_gini=0.7, lateness=None)
    assert line(lines, "self_sufficiency") == ("well-being self_sufficiency 98% at least 70% ok")
    assert line(lines, "tie_formation") == "company tie_formation 25% at least 60% too low"
    assert line(lines, "wealth_gini") == "money wealth_gini 0.7 0.1 to 0.6 too high"
    assert line(lines, "lateness") == "lateness -"
    assert line(lines, "exits") == "exits 0"
    assert line(lines, "starvation_exits") == "starvation_exits 0 none ok"


def test_a_young_town_is_not_judged_by_what_takes_days() -> None:
    lines = told(1.0, tenure_days=0.7)
    assert line(lines, "tenure_days").endswith("0.7 days at least 3 days too early")
    assert line(lines, "self_sufficiency").endswith("too low")
