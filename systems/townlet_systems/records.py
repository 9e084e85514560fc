"""Records: at the day boundary a day of absences is forgotten (SPEC §8)."""

from townlet.ecs import I32, I64, U8, Bool, Phase, Read, Write, kernel, system
from townlet_components.clock import Clock
from townlet_components.rows import Rows
from townlet_components.work import Employment, EmploymentRules
from townlet_systems.shifts import days_absent

#: Days of absences that are remembered, a bit each.
_REMEMBERED = 0x7F


@kernel(over="agent", local=True)
def close_all(absences: U8, warned: Bool, town: I32, max_absent: I32, minute: I64) -> None:
    """At midnight move each agent's days of absence on; the eighth is forgotten.

    Args:
        absences: a bit per day, today's lowest, (agent,).
        warned: it has been warned, and has not become better since, (agent,).
        town: (agent,).
        max_absent: absences that lead to an exit, (town,).
        minute: minute of the day, (1,).
    """
    if minute[0] != 0:
        return
    for r in range(absences.shape[0]):
        if absences[r] == 0:
            continue
        absences[r] = (absences[r] << 1) & _REMEMBERED
        if days_absent(absences[r]) < max_absent[town[r]] - 1:
            warned[r] = False


@system(phase=Phase.LIVE, after=["hire_agents"])
def close_records(
    employment: Write[Employment],
    rules: Read[EmploymentRules],
    rows: Read[Rows],
    clock: Read[Clock],
) -> None:
    """At midnight absences of more than seven days ago are forgotten."""
    close_all(employment.absences, employment.warned, rows.town, rules.max_absent, clock.minute)
