"""Files: save, load, restore, look; the functions a program calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from townlet.affordances.manifest import BUILTIN, BUILTIN_PATH
from townlet.config import SimulationConfig
from townlet.config.document import Document
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.named_files import NamedFile, kept
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.snapshot.contents import Contents
from townlet.snapshot.errors import DamagedSnapshotError, OtherConfigError, SnapshotError
from townlet.snapshot.guards import admit, check_path, different_values, fit, refuse_other_tick
from townlet.snapshot.header import Header
from townlet.snapshot.put import pour, pour_town
from townlet.snapshot.take import Sections, draft
from townlet.snapshot.tensors import of, read_tensors, write_tensors

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: How a snapshot file's name ends.
SUFFIX = ".safetensors"
SAVED: Literal["saved"] = "saved"


def save(
    sim: Simulation,
    path: str | Path,
    *,
    town: int | None = None,
    sections: Sections | None = None,
    complete: bool = True,
) -> Path:
    """Write all that decides a simulation's future into one file.

    The file is whole or not there: it is written beside ``path``, seen onto the disk and renamed.

    Args:
        sim: the simulation, between two ticks.
        path: the file; ``.safetensors`` is added to a name without an ending.
        town: save this town alone; None: all of the batch.
        sections: what services want to keep in it: plain data and arrays, by name and key.
        complete: False for one saved in the middle of a tick, to be looked at only; so is one of a
            simulation that is not ``whole``.

    Returns:
        The file.

    Raises:
        OutsideRootsError: the config does not allow that place.
        NotWrittenError: the file cannot be written.
        UserError: no such town.
    """
    target = Path(path)
    target = target if target.suffix else target.with_suffix(SUFFIX)
    check_path(target, sim.config)
    header, blanks = draft(sim, town, sections, complete)
    write_tensors(target, blanks, header.as_dict())
    return target


def write(contents: Contents, path: str | Path) -> Path:
    """Write contents that have been taken, read or migrated; see :func:`save`."""
    target = Path(path)
    target = target if target.suffix else target.with_suffix(SUFFIX)
    arrays = {name: of(array) for name, array in contents.arrays.items()}
    write_tensors(target, arrays, contents.header.as_dict())
    return target


def read(path: str | Path, config: SimulationConfig | None = None) -> Contents:
    """Read a file and check every byte.

    Args:
        path: the file.
        config: whose guards hold; None: none do.

    Raises:
        DamagedSnapshotError, NewerFormatError, OutsideRootsError: typed refusals.
        SnapshotError: the file cannot be read.
    """
    where = Path(path)
    if config is not None:
        check_path(where, config)
    sealed = read_tensors(where)
    return Contents(_header_of(where, sealed.meta, config), sealed.arrays)


def inspect(path: str | Path) -> Header:
    """What a file says about itself; its columns are not read.

    Raises:
        DamagedSnapshotError, NewerFormatError: typed refusals.
        SnapshotError: the file cannot be read.
    """
    return _header_of(Path(path), read_tensors(Path(path), header_only=True).meta, None)


def _header_of(path: Path, meta: Mapping[str, Any], config: SimulationConfig | None) -> Header:
    if config is None:
        return Header.of(path, meta)
    rules = config.snapshot
    return Header.of(path, meta, rules.migrations.allow_minor, rules.guardrails.allow_downgrade)


def load(
    path: str | Path,
    *,
    config: SimulationConfig | str | Path | None = None,
    learner: Learner | Literal["saved"] | None = SAVED,
    policy: str | None = None,
    migrate: bool | None = None,
    **options: Any,
) -> Simulation:
    """Build a simulation that goes on where a file ends, bit for bit.

    Args:
        path: the file.
        config: the config to go on with, and whose guards hold; None: the file's.
        learner: what to write for a learner; ``"saved"``: as when it was saved. A learner that the
            file knows nothing of begins here: its rewards start from the state everybody is in.
        policy: of the town; None: as when it was saved.
        migrate: apply migrations; None: as the config says.
        options: ``threads``, ``lanes``, ``shuffle``, ``row_order``, ``progress``, ``fused``,
            ``steps``; see :meth:`townlet.Simulation.from_config`. None of them changes the towns.

    Raises:
        SnapshotError: a subclass says why the file is not taken.
        UserError: an option is wrong, or a file that the config names cannot be used.
    """
    from townlet.config import load_config  # noqa: PLC0415
    from townlet.simulation import Simulation  # noqa: PLC0415  (it imports us in its methods)

    given = load_config(Path(config)) if isinstance(config, str | Path) else config
    contents = read(path, given)
    recorded = recorded_config(path, contents.header)
    model = given or recorded
    contents = admit(path, contents, model, migrate, recorded)
    header = contents.header
    same = given is None or recorded.config_hash() == given.config_hash()
    blue = _blueprint(path, header, model, same)
    wanted = Learner(**header.learner) if learner == SAVED and header.learner else learner
    sim = Simulation(
        blue,
        policy=policy or header.policy,
        learner=None if wanted == SAVED else wanted,
        **options,
    )
    may = model.snapshot.migrations.auto_apply if migrate is None else migrate
    contents = fit(path, contents, sim, may, same_config=same)
    return _poured(path, sim, contents, blue, same)


def recorded_config(path: str | Path, header: Header) -> SimulationConfig:
    """The config a snapshot was made with.

    Raises:
        OtherConfigError: a value comes out differently today.
        UserError: a file it names cannot be used.
    """
    source = None if header.source is None else Path(header.source)
    with kept(named_files(header)):
        config = SimulationConfig.from_document(Document(dict(header.config)), source)
    if config.config_hash() != header.config_hash:
        said = different_values(header.resolved, config.resolved())
        if said:
            raise OtherConfigError(
                f"{path}: its config does not come out as it was: {said}; Townlet "
                f"{header.townlet}, which wrote it, had other defaults"
            )
    return config


def _blueprint(path: str | Path, header: Header, model: SimulationConfig, exact: bool) -> Blueprint:
    overrides = header.overrides if any(header.overrides) else None
    with kept(named_files(header) if exact else {}):
        blue = draw_blueprint(model, header.towns, header.seed, header.agents, overrides)
    if blue.capacity != header.capacity:
        whose, kind = ("its", DamagedSnapshotError) if exact else ("this", OtherConfigError)
        raise kind(
            f"{path}: its towns have {header.capacity} slots, and {whose} config makes "
            f"{blue.capacity}"
        )
    return blue


def named_files(header: Header) -> dict[str, NamedFile]:
    """What the files of the config held when a snapshot was saved."""
    files: dict[str, NamedFile] = {}
    for name, held in header.files.items():
        content = held["content"].encode("utf-8", "surrogateescape")
        path = BUILTIN_PATH if name == BUILTIN else Path(held["path"])
        files[name] = NamedFile(path, content)
    return files


def _poured(
    path: str | Path, sim: Simulation, contents: Contents, blue: Blueprint, exact: bool
) -> Simulation:
    files = named_files(contents.header) if exact else {}
    pour(sim, contents, blue, files, rules=exact)
    wanted = contents.header.state_hash
    if exact and wanted is not None and f"{sim.hash():016x}" != wanted:
        raise SnapshotError(
            f"{path}: restored, the state hash is {sim.hash():016x} instead of {wanted}; do not "
            "trust it, and please report this"
        )
    return sim


def restore(sim: Simulation, path: str | Path, *, migrate: bool | None = None) -> Simulation:
    """Go on from a file in a simulation that is there: its arrays stay where they are.

    Args:
        sim: a simulation of the same sizes; its config's guards hold.
        path: the file.
        migrate: apply migrations; None: as the config says.

    Returns:
        ``sim``. When the file is refused, nothing of it has changed.

    Raises:
        SnapshotError: a subclass says why the file is not taken.
    """
    contents = read(path, sim.config)
    return restore_contents(sim, contents, path=path, migrate=migrate)


def restore_contents(
    sim: Simulation,
    contents: Contents,
    *,
    path: str | Path = "snapshot",
    migrate: bool | None = None,
) -> Simulation:
    """:func:`restore` from memory: what :func:`take` has taken of a whole batch."""
    recorded = recorded_config(path, contents.header)
    contents = admit(path, contents, sim.config, migrate, recorded)
    may = sim.config.snapshot.migrations.auto_apply if migrate is None else migrate
    same = recorded.config_hash() == sim.config.config_hash()
    contents = fit(path, contents, sim, may, same_config=same)
    header = contents.header
    with kept(named_files(header)):
        configs = tuple(
            sim.config.with_overrides(row) if row else sim.config for row in header.overrides
        )
    blue = replace(sim.blueprint, seed=header.seed, agents=header.agents, town_configs=configs)
    return _poured(path, sim, contents, blue, same)


def put(sim: Simulation, town: int, snapshot: Contents | str | Path) -> None:
    """Let one town of a batch become the town of a snapshot; the others stay as they are.

    It keeps its own seed, rules and books, so from here on it lives as it would alone.

    Args:
        sim: the batch, at the same tick as the snapshot.
        town: which of its towns.
        snapshot: of one town, in memory or a file.

    Raises:
        SnapshotError: a subclass says why it is not taken.
        UserError: no such town, or another tick.
    """
    if not 0 <= town < sim.towns:
        raise UserError(f"town is {town}; it must be between 0 and {sim.towns - 1}")
    path: str | Path = "snapshot"
    if not isinstance(snapshot, Contents):
        path, snapshot = snapshot, read(snapshot, sim.config)
    recorded = recorded_config(path, snapshot.header)
    contents = admit(path, snapshot, sim.config, None, recorded)
    refuse_other_tick(path, contents.header, sim)
    same = recorded.config_hash() == sim.config.config_hash()
    contents = fit(path, contents, sim, False, towns=1, same_config=same)
    row = contents.header.overrides[0]
    configs = list(sim.blueprint.town_configs)
    with kept(named_files(contents.header)):
        configs[town] = sim.config.with_overrides(row) if row else sim.config
    sim.blueprint = replace(sim.blueprint, town_configs=tuple(configs))
    pour_town(sim, contents, town, rules=same)
