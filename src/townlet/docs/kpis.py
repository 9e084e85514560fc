"""The reference of KPIs: names, meanings, and where a town in balance lies."""

from __future__ import annotations

from townlet.docs.markdown import NONE, head, table
from townlet.report.kpis import MEAN_NEED, kpi
from townlet_components.metrics import kpi_names

_INTRODUCTION = (
    "Measured for every town at midnight, for the day that ends; `Simulation.kpis()` has a row per "
    "town and day, `Simulation.kpis_today()` the running day so far, by the same rules. They are "
    "derived: nothing in a town depends on them, and asking changes nothing.",
    "A share of nothing has no value: NaN in frames, null in JSON, left out of means.",
    "The band is where a town in balance lies ([balance](../balance.md)); some say nothing before "
    "a town is a few days old.",
)
_FOLDER = """\
## What `townlet run --out DIR` leaves behind

| file | what it holds |
|---|---|
| `summary.json` | what `townlet run --json` prints: the run, its speed, its state hash, what was \
dropped, and `kpis` |
| `kpis.parquet` | a row per town and finished day: `town`, `day` (0 is the first), `tick` at \
midnight, then the KPIs above in this order |
| `kpis.png` | the KPIs over the days, the bands shaded; not before the first midnight |
| `needs.png` | mean needs, hour by hour |
| `town.png` | the map of the first town with who lives there |

The section `kpis` of `summary.json` is the last finished day's, each the mean over the towns that \
have a value; of a run that has finished none, the running day's. The closing table of \
`townlet run` shows the same beside the bands.
"""


def kpis_reference() -> str:
    """The page, as Markdown."""
    lines = head("KPIs", "src/townlet/report/kpis.py", *_INTRODUCTION)
    rows = []
    for name in kpi_names(("<need>",)):
        about = kpi(name)
        what = about.meaning
        if name.startswith(MEAN_NEED):
            what = "mean of the living's level of each need at full hours, 0 to 1"
        band = NONE if about.band is None else about.band.text(about.unit)
        if about.band is not None and about.band.since:
            band += f", from day {about.band.since} on"
        rows.append((f"`{name}`", about.unit, what, band))
    lines += table(("KPI", "unit", "what it is", "in balance"), rows)
    return "\n".join([*lines, _FOLDER])
