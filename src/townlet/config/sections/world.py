"""``world``: how many agents, on what map (SPEC §3, §4)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from townlet.config.base import TICKS_PER_DAY, Section, Texts, as_tuple, choice

MAX_AGENTS = 16_777_216

GridSide = Annotated[int, Field(ge=4, le=256)]
DistrictSide = Annotated[int, Field(ge=16, le=128)]
Occupancy = Annotated[Literal["one", "many"], choice("one", "many")]


class World(Section):
    """How many agents, on what map, from which minute of the day."""

    agents: int = Field(64, ge=1, le=MAX_AGENTS, description="Agents a town starts with.")
    capacity: int | None = Field(
        None, ge=1, le=MAX_AGENTS, description="Slots of a town; unset: as many as agents."
    )
    map_seed: int = Field(
        0, ge=0, le=2**63 - 1, description="Layouts and districts follow from it, never from seed."
    )
    grid_size: Annotated[tuple[GridSide, GridSide], as_tuple] | None = Field(
        None, description="[width, height]: one open district instead of a generated town."
    )
    start_minute: int | None = Field(
        None,
        ge=0,
        le=TICKS_PER_DAY - 1,
        description="Minute of the day of tick 0; unset: 420, or 0 with a scenario or jobs in"
        " ticks.",
    )
    ticks_per_day: Literal[1440] = Field(
        1440, description="One tick is one minute; this cannot be changed."
    )
    residents_per_district: int = Field(
        64, ge=1, le=1024, description="Agents that live in a full district."
    )
    district_size: Annotated[tuple[DistrictSide, DistrictSide], as_tuple] = Field(
        (32, 32), description="[width, height] of a generated district, in tiles."
    )
    commute_radius: int = Field(
        1, ge=0, le=64, description="Districts between home and where an agent goes, at most."
    )
    ghost_step_after: int = Field(
        3,
        ge=0,
        le=100,
        description="Failed steps in a row before an occupied tile may be entered; 0: never.",
    )
    layouts: Texts = Field((), description="Files with hand-drawn layouts.")
    tiles: dict[str, Occupancy] = Field(
        default_factory=dict, description="How many agents a tile kind holds, by kind: one, many."
    )
    weather_seed: int | None = Field(
        None, ge=0, description="Seed of the weather; unset: the run's."
    )
