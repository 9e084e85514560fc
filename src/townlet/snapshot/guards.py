"""Guards: which snapshot may be restored under which config, and which file may be touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.snapshot.errors import (
    IncompleteTickError,
    OtherConfigError,
    OtherIdentityError,
    OutsideRootsError,
    SchemaChangedError,
)
from townlet.snapshot.identity import KEYS, SCHEMA, identity_of, schema_of_learner
from townlet.snapshot.migrations import apply, registry_of
from townlet.snapshot.schema import dimensions, saved_columns, schemas
from townlet.snapshot.take import compared
from townlet.systems import OPTIONAL_COMPONENTS

if TYPE_CHECKING:
    from townlet.simulation import Simulation
    from townlet.snapshot.contents import Contents
    from townlet.snapshot.header import Header

#: Sections of a config that decide nothing in a town.
WITHOUT_EFFECT = (
    "snapshot", "telemetry", "console_auth", "meta", "docs", "monitor", "training", "ppo",
    "stability", "curiosity", "policy_hash",
)  # fmt: skip
_SHOWN = 3


# -- paths ------------------------------------------------------------------------------------


def roots_of(config: SimulationConfig) -> tuple[Path, ...]:
    """Folders a config allows snapshots in; empty: anywhere.

    A config that names ``snapshot.storage.root`` or ``snapshot.guardrails.allowed_paths`` means
    them; the default root alone forbids nothing.
    """
    section = config.snapshot
    said = config.written.get("snapshot") or {}
    named = isinstance(said, Mapping) and "root" in (said.get("storage") or {})
    allowed = section.guardrails.allowed_paths
    if not named and not allowed:
        return ()
    return tuple(Path(name).expanduser() for name in (section.storage.root, *allowed))


def check_path(path: Path, config: SimulationConfig) -> None:
    """Refuse a file outside the folders a config allows; links are followed first.

    Raises:
        OutsideRootsError: it is outside.
    """
    roots = roots_of(config)
    real = path.expanduser().resolve()
    if roots and not any(real.is_relative_to(root.resolve()) for root in roots):
        names = ", ".join(str(root) for root in roots)
        raise OutsideRootsError(
            f"{path}: it lies outside the folders that snapshot.storage.root and "
            f"snapshot.guardrails.allowed_paths name: {names}"
        )


# -- configs ----------------------------------------------------------------------------------


def admit(
    path: Path | str,
    contents: Contents,
    config: SimulationConfig,
    migrate: bool | None = None,
    recorded: SimulationConfig | None = None,
) -> Contents:
    """Let a snapshot in under a config, migrated if need be and allowed.

    Args:
        path: whose, for sentences.
        contents: the snapshot.
        config: what is to be run.
        migrate: apply migrations; None: as ``snapshot.migrations.auto_apply`` says.
        recorded: the config of the snapshot, where it could be read.

    Raises:
        OtherConfigError: it is of another config, and that is not allowed.
        OtherIdentityError: it has another identity, and that is not allowed.
        MigrationMissingError, MigrationFailedError: they were asked for, and could not be done.
        IncompleteTickError: it was saved within a tick.
    """
    header, rules = contents.header, config.snapshot
    if not header.complete:
        raise IncompleteTickError(
            f"{path}: it was saved when tick {header.tick} failed half-way; it can be inspected, "
            "compared and exported, not gone on from"
        )
    if migrate is None:
        migrate = rules.migrations.auto_apply
    exact = rules.guardrails.require_exact_config
    if header.config_id != config.config_id:
        if migrate:
            chain = registry_of(config).find_path(header.config_id, config.config_id)
            return apply(contents, chain, config)
        if exact:
            raise OtherConfigError(
                f"{path}: it is of config {header.config_id!r}, and this one is "
                f"{config.config_id!r}; migrate it, or set "
                "snapshot.guardrails.require_exact_config to false"
            )
        return contents
    if exact:
        _check_values(path, config, recorded)
        _check_identity(path, header, config)
    return contents


def _check_values(
    path: Path | str, config: SimulationConfig, recorded: SimulationConfig | None
) -> None:
    if recorded is None or recorded.config_hash() == config.config_hash():
        return
    said = different_values(recorded.resolved(), config.resolved())
    if said:
        raise OtherConfigError(
            f"{path}: it is of config {config.config_id!r} with other values: {said}; set "
            "snapshot.guardrails.require_exact_config to false to go on with this one's"
        )


def different_values(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """Keys of two resolved configs that decide something and differ, and what they were.

    A key that only one of them knows is of another Townlet, and is left out.
    """
    there, here = _effective(theirs), _effective(ours)
    keys = [key for key in there if key in here and there[key] != here[key]]
    shown = ", ".join(f"{key} ({there[key]!r} there)" for key in keys[:_SHOWN])
    return f"{shown} and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else shown


def _effective(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for section, entry in values.items():
        if section not in WITHOUT_EFFECT:
            _flatten(section, entry, found)
    return found


def _flatten(prefix: str, values: Any, into: dict[str, Any]) -> None:
    if isinstance(values, Mapping) and values:
        for key, value in values.items():
            _flatten(f"{prefix}.{key}", value, into)
    else:
        into[prefix] = values


def _check_identity(path: Path | str, header: Header, config: SimulationConfig) -> None:
    """What a config says about the policy must be what the snapshot says."""
    said = config.snapshot.identity
    ours = identity_of(config)
    if said.observation_variant == "infer":
        ours["observation_variant"] = None
    for key in KEYS:
        theirs = header.identity.get(key)
        if ours[key] is not None and theirs is not None and ours[key] != theirs:
            raise OtherIdentityError(
                f"{path}: its {key} is {theirs!r}, and this config's is {ours[key]!r}; set "
                "snapshot.guardrails.require_exact_config to false to restore it nevertheless"
            )


# -- schemas ----------------------------------------------------------------------------------


def fit(
    path: Path | str,
    contents: Contents,
    sim: Simulation,
    migrate: bool,
    towns: int | None = None,
    same_config: bool = True,
) -> Contents:
    """See that a snapshot fits a simulation's columns; migrate components if need be and allowed.

    Args:
        path: whose, for sentences.
        contents: the snapshot.
        sim: the simulation.
        migrate: apply migrations of components.
        towns: towns it must hold; None: those of the simulation.
        same_config: rules that a config makes have to be the same as well as the map.

    Raises:
        SchemaChangedError: components or dimensions differ.
        OtherConfigError: the towns, or the map that the config makes, differ.
        OtherIdentityError: what its learner observed would mean something else now.
    """
    contents = _fit_components(path, contents, sim, migrate)
    header = contents.header
    _fit_dimensions(path, header, sim)
    wanted = sim.towns if towns is None else towns
    if header.towns != wanted:
        raise OtherConfigError(f"{path}: it has {header.towns} towns, and {wanted} are wanted")
    _fit_arrays(path, contents, sim, header.towns)
    _fit_map(path, header, sim, same_config)
    if same_config and sim.config.snapshot.guardrails.require_exact_config:
        _fit_observations(path, header, sim)
    return contents


def _fit_components(
    path: Path | str, contents: Contents, sim: Simulation, migrate: bool
) -> Contents:
    optional = {klass.__name__ for klass in OPTIONAL_COMPONENTS}
    ours = schemas(sim.store)
    for name, schema in ours.items():
        theirs = contents.header.components.get(name)
        if theirs == schema or (theirs is None and name in optional):
            continue
        if theirs is not None and migrate:
            chain = registry_of(sim.config).find_path(f"{name}@{theirs}", f"{name}@{schema}")
            contents = apply(contents, chain, sim.config)
            continue
        what = "lacks" if theirs is None else "has other columns of"
        raise SchemaChangedError(
            f"{path}: it {what} {name}; it was written by Townlet {contents.header.townlet}"
            + ("" if theirs is None else f", with schema {theirs} instead of {schema}")
        )
    for name in contents.header.components:
        if name not in ours and name not in optional:
            raise SchemaChangedError(
                f"{path}: it has the component {name}, which this simulation has not; is a hook "
                "module missing?"
            )
    return contents


def _fit_dimensions(path: Path | str, header: Header, sim: Simulation) -> None:
    for dim, ours in dimensions(sim.store).items():
        theirs = header.dimensions.get(dim, ours)
        if theirs != ours:
            raise SchemaChangedError(f"{path}: {_difference(dim, theirs, ours)}")


def _difference(dim: str, theirs: int | list[str], ours: int | list[str]) -> str:
    if isinstance(theirs, int) or isinstance(ours, int):
        many = [len(n) if isinstance(n, list) else n for n in (theirs, ours)]
        return f"its towns have {many[0]} rows of {dim!r}, and these have {many[1]}"
    gone = [name for name in theirs if name not in ours]
    new = [name for name in ours if name not in theirs]
    if not gone and not new:
        return f"its {dim!r} is in another order"
    parts = [f"has {gone[0]!r}"] if gone else []
    parts += [f"lacks {new[0]!r}"] if new else []
    return f"its {dim!r} {' and '.join(parts)}"


def _fit_arrays(path: Path | str, contents: Contents, sim: Simulation, towns: int) -> None:
    """Every column has the shape it is going to be written to; migrations may have erred."""
    absent = set()
    for spec, col in saved_columns(sim.store):
        name = f"{spec.name}.{col.name}"
        if name not in contents.arrays:
            absent.add(spec.name)
            if spec.name in contents.header.components:
                raise SchemaChangedError(f"{path}: it lacks the column {name}")
            continue
        ours, theirs = sim.store.column(name), contents.arrays[name]
        shape = list(ours.shape)
        if col.dims[0] in sim.store.sizes.tables:
            shape[0] = sim.store.sizes.tables[col.dims[0]] * towns
        if list(theirs.shape) != shape or theirs.dtype != ours.dtype:
            raise SchemaChangedError(
                f"{path}: its {name} is {theirs.dtype} of {theirs.shape}, and it has to be "
                f"{ours.dtype} of {tuple(shape)}"
            )


def _fit_map(path: Path | str, header: Header, sim: Simulation, same_config: bool) -> None:
    ours = compared(sim)
    for name, digest in header.compared.items():
        component = name.partition(".")[0]
        if not same_config and component not in _MAP:
            continue
        if name in ours and ours[name] != digest and component not in _LEARNERS:
            raise OtherConfigError(
                f"{path}: {name}, which is made of the config and its files, is not what it was "
                "when the snapshot was saved; was a layout, a manifest or the program changed?"
            )


def _fit_observations(path: Path | str, header: Header, sim: Simulation) -> None:
    """Under the same config the same learner sees the same, unless another Townlet shows it."""
    theirs = header.identity.get(SCHEMA)
    if theirs is None or header.learner is None:
        return
    ours = schema_of_learner(sim.blueprint, Learner(**header.learner))
    if ours != theirs:
        raise OtherIdentityError(
            f"{path}: its {SCHEMA} is {theirs!r}, and the same observations have {ours!r} here: a "
            "policy that learned from them would misread these; set "
            "snapshot.guardrails.require_exact_config to false to restore it nevertheless"
        )


#: Components that say where everything is: no town can go on in another one's streets.
_MAP = (
    "Layouts", "DistrictPlan", "PlacePlan", "SlotPlan", "ObjectPlan", "ObjectIndex",
    "PositionPlan",
)  # fmt: skip
#: Plans that depend on who observes.
_LEARNERS = ("MapPlan", "FeaturePlan")


def refuse_other_tick(path: Path | str, header: Header, sim: Simulation) -> None:
    """A town joins a batch at the tick it is at."""
    if header.tick != sim.tick:
        raise UserError(
            f"{path}: the town is at tick {header.tick}, and the batch at {sim.tick}; all towns of "
            "a batch share a clock"
        )
