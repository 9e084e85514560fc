"""The blueprint: everything that is decided before arrays are allocated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from townlet.affordances import AffordanceTable, Manifest, compile_affordances
from townlet.affordances.expressions import Resolver
from townlet.config import NeedSpec, Profile, SimulationConfig
from townlet.counts import whole_seed
from townlet.errors import UserError
from townlet.maps import TownPlan, build_plan
from townlet.maps.from_config import plan_spec
from townlet.named_files import NamedFile, noted
from townlet.names import Names
from townlet.setup.cast import Cast, population_of, read_cast
from townlet.setup.incidents import IncidentTable, incident_table, refuse_different_events
from townlet.setup.jobs import JobTable, job_table
from townlet.setup.stubs import read_manifest
from townlet.timeline import Entry, guests_of, read_timeline
from townlet_components.intent import OPTIONS, PRIMITIVES
from townlet_components.needs import BASE_NEEDS
from townlet_systems.preconditions import PRICE_KEYS

Overrides = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Blueprint:
    """What a simulation is made of.

    Attributes:
        config: the config all towns start from.
        town_configs: one per town, after its overrides; the same object where nothing differs.
        plan: the map, shared by all towns.
        manifest, table: affordances as read and as arrays.
        needs: the needs, hunger, hygiene and energy first.
        profiles: personality profiles by name.
        towns, agents, capacity: sizes.
        seed: seed of town 0.
        jobs: positions of the town.
        cast: agents and schedules of the config's scenario.
        timeline: what happens when, by tick.
        incidents: perturbations, their targets resolved.
        files: what the config's files held, by the name it calls them.
    """

    config: SimulationConfig
    town_configs: tuple[SimulationConfig, ...]
    plan: TownPlan
    manifest: Manifest
    table: AffordanceTable
    needs: tuple[NeedSpec, ...]
    profiles: Mapping[str, Profile]
    towns: int
    agents: int
    capacity: int
    seed: int
    jobs: JobTable
    cast: Cast
    timeline: tuple[Entry, ...]
    incidents: IncidentTable
    files: Mapping[str, NamedFile] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        """What agents are called."""
        return self.cast.called(self.capacity)

    @property
    def need_names(self) -> tuple[str, ...]:
        """Names of the needs."""
        return tuple(need.name for need in self.needs)

    @property
    def option_names(self) -> tuple[str, ...]:
        """Options in order of their numbers."""
        further = (f"get_{name}" for name in self.need_names[len(BASE_NEEDS) :])
        return (*OPTIONS, *further)

    @property
    def primitive_names(self) -> tuple[str, ...]:
        """Primitives in order of their numbers."""
        return (*PRIMITIVES, *(f"interact:{name}" for name in self.table.ids))


def town_overrides(overrides: Any, towns: int) -> list[dict[str, Any]]:
    """One mapping of dotted keys per town.

    Args:
        overrides: None; a mapping of dotted key to one value per town; a sequence of mappings,
            one per town; or a polars frame with one row per town.
        towns: number of towns.

    Raises:
        UserError: the number of rows is not the number of towns.
    """
    if overrides is None:
        return [{} for _ in range(towns)]
    if hasattr(overrides, "to_dicts"):
        rows: list[dict[str, Any]] = overrides.to_dicts()
    elif isinstance(overrides, Mapping):
        lengths = {key: len(values) for key, values in overrides.items()}
        for key, length in lengths.items():
            if length != towns:
                raise UserError(
                    f"overrides: {key!r} has {length} values for {towns} towns; give one per town"
                )
        rows = [{key: overrides[key][t] for key in overrides} for t in range(towns)]
    else:
        rows = [dict(row) for row in overrides]
    if len(rows) != towns:
        raise UserError(f"overrides: {len(rows)} rows for {towns} towns; give one row per town")
    return rows


def _town_configs(
    config: SimulationConfig, overrides: Any, towns: int
) -> tuple[SimulationConfig, ...]:
    rows = town_overrides(overrides, towns)
    return tuple(config.with_overrides(row) if row else config for row in rows)


def _check_sizes(towns: int, agents: int) -> None:
    if towns < 1:
        raise UserError(f"towns is {towns}; it must be at least 1")
    if not 1 <= agents <= 1 << 24:
        raise UserError(f"agents is {agents}; it must be between 1 and {1 << 24}")
    if towns * agents > 1 << 30:
        raise UserError(f"{towns} towns of {agents} agents are more than {1 << 30} rows")


def resolver(jobs: JobTable, plan: TownPlan, cast: Cast, capacity: int) -> Resolver:
    """What numbers preconditions mean by the names of jobs, objects and the first agents."""
    called = cast.called(capacity)

    def resolve(vocabulary: str, word: str) -> int | None:
        if vocabulary == "job":
            return jobs.names.index(word) if word in jobs.names else None
        if vocabulary == "object":
            try:
                return plan.object_index(word)
            except KeyError:
                return None
        serial = called.serial(word)
        return None if serial is None or serial[1] > 0 else serial[0]

    return resolve


def draw_blueprint(
    config: SimulationConfig,
    towns: int = 1,
    seed: int = 0,
    agents: int | None = None,
    overrides: Any = None,
) -> Blueprint:
    """Decide everything but the arrays.

    Raises:
        UserError: sizes or a seed out of range, a bad override, manifest, layout or precondition.
    """
    with noted() as notes:
        blue = _draw(config, towns, seed, agents, overrides)
    files, included = notes.files(), config.included
    if included is not None:
        files[str(config.perturbations.file)] = NamedFile(included.path, included.content)
    return replace(blue, files=files)


def _draw(
    config: SimulationConfig, towns: int, seed: int, agents: int | None, overrides: Any
) -> Blueprint:
    agents = population_of(config, agents)
    _check_sizes(towns, agents)
    timeline = read_timeline(config)
    cast = read_cast(config, guests_of(timeline))
    capacity = max(agents, config.world.capacity or agents + len(cast.guests))
    needs = config.needs_table()
    names = tuple(need.name for need in needs)
    manifest = read_manifest(config)
    plan = build_plan(plan_spec(config, manifest, agents, capacity))
    prices = {key: getattr(config.economy, key) for key in PRICE_KEYS}
    jobs = job_table(config, plan)
    resolve = resolver(jobs, plan, cast, capacity)
    table = compile_affordances(manifest, names, plan.object_types, prices, resolve)
    town_configs = _town_configs(config, overrides, towns)
    refuse_different_events(town_configs)
    return Blueprint(
        config=config,
        town_configs=town_configs,
        plan=plan,
        manifest=manifest,
        table=table,
        needs=needs,
        profiles=config.personalities.table(),
        towns=towns,
        agents=agents,
        capacity=capacity,
        seed=whole_seed(seed),
        jobs=jobs,
        cast=cast,
        timeline=timeline,
        incidents=incident_table(town_configs[0], plan, table, cast.called(capacity)),
    )
