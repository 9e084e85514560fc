"""``employment``: lateness, absence, and leaving for lack of work."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import TICKS_PER_DAY, Flag, Fraction, Section


class Employment(Section):
    """Lateness, absence, and leaving for lack of work."""

    grace_ticks: int = Field(5, ge=0, le=120, description="Late begins after this many ticks.")
    absent_cutoff: int = Field(30, ge=0, le=600, description="Never seen by then: absent.")
    absence_slack: int = Field(
        60, ge=0, le=600, description="Ticks in a row away from work before it is an absence."
    )
    late_tick_penalty: Fraction = Field(0.005, description="Money lost per late tick.")
    absence_penalty: float = Field(0.2, ge=0.0, le=5.0, description="Money lost per absence.")
    max_absent_shifts: int = Field(
        3, ge=0, le=20, description="Absences in 7 days that lead to an exit."
    )
    attendance_window: int = Field(3, ge=1, le=14, description="Shifts in the attendance ratio.")
    daily_exit_cap: int = Field(
        2, ge=0, le=50, description="Employment exits per day; 0: unlimited."
    )
    exit_queue_limit: int = Field(8, ge=0, le=100, description="Pending exits; 0: unlimited.")
    exit_review_window: int = Field(
        TICKS_PER_DAY, ge=1, le=100_000, description="Ticks after which a pending exit is decided."
    )
    enforce_job_loop: Flag = Field(True, description="Turn employment exits on.")
    hire_minute: int = Field(
        360, ge=0, lt=TICKS_PER_DAY, description="Minute of the day at which vacancies are filled."
    )
