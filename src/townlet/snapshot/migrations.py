"""Migrations: how a snapshot of an older config, or of older components, becomes one of today's.

A migration leads from one node to another. A node is a ``config_id``, or a component with a schema
hash, ``"Needs@0123456789abcdef"``. Between two nodes the shortest chain is taken; each step that
was applied is named in the snapshot.
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from townlet.config import SimulationConfig
from townlet.snapshot.contents import Contents
from townlet.snapshot.errors import MigrationFailedError, MigrationMissingError

Handler = Callable[[Contents, SimulationConfig], Contents | None]
"""Changes the contents, or returns others. Arrays may be read-only: put new ones in their place."""


@dataclass(frozen=True)
class Step:
    """One migration.

    Attributes:
        source, target: nodes.
        handler: what does it.
    """

    source: str
    target: str
    handler: Handler

    @property
    def name(self) -> str:
        """What the snapshot calls it: ``source->target:function``."""
        function = getattr(self.handler, "__qualname__", type(self.handler).__name__)
        return f"{self.source}->{self.target}:{function}"


class Registry:
    """Migrations by where they begin."""

    def __init__(self) -> None:
        self._steps: dict[str, list[Step]] = {}

    def __iter__(self) -> Iterator[Step]:
        """All of them, in order of registration by source."""
        return (step for steps in self._steps.values() for step in steps)

    def register(self, source: str, target: str, handler: Handler) -> None:
        """Add a migration; another one between the same nodes is replaced."""
        others = [s for s in self._steps.get(source, ()) if s.target != target]
        self._steps[source] = [*others, Step(source, target, handler)]

    def clear(self) -> None:
        """Forget all."""
        self._steps.clear()

    def copy(self) -> Registry:
        """Another one with the same migrations."""
        twin = Registry()
        twin._steps = {source: list(steps) for source, steps in self._steps.items()}
        return twin

    def find_path(self, source: str, target: str) -> list[Step]:
        """The shortest chain, empty where both are the same.

        Raises:
            MigrationMissingError: there is none.
        """
        before: dict[str, Step | None] = {source: None}
        line = deque([source])
        while line and target not in before:
            for step in self._steps.get(line.popleft(), ()):
                if step.target not in before:
                    before[step.target] = step
                    line.append(step.target)
        if target not in before:
            known = ", ".join(f"{step.source} to {step.target}" for step in self) or "none"
            raise MigrationMissingError(
                f"no chain of migrations leads from {source!r} to {target!r}; known are: {known}"
            )
        chain: list[Step] = []
        last = before[target]
        while last is not None:
            chain.append(last)
            last = before[last.source]
        return chain[::-1]


#: Migrations of Townlet and of whoever registers some.
migration_registry = Registry()


def register_migration(source: str, target: str, handler: Handler) -> None:
    """Add a migration to those all snapshots may use.

    Args:
        source, target: config ids, or ``Component@schema_hash``.
        handler: called with the contents and the config they are wanted for.
    """
    migration_registry.register(source, target, handler)


def registry_of(config: SimulationConfig) -> Registry:
    """The registered migrations, and those of a config's ``snapshot.migrations.handlers``.

    Raises:
        MigrationMissingError: a handler cannot be imported.
    """
    registry = migration_registry.copy()
    for source, name in config.snapshot.migrations.handlers.items():
        registry.register(source, config.config_id, _import(source, name))
    return registry


def _import(source: str, name: str) -> Handler:
    where = f"snapshot.migrations.handlers.{source} is {name!r}"
    module, _, attribute = name.partition(":")
    try:
        found: object = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise MigrationMissingError(f"{where}, which cannot be imported: {_said(error)}") from None
    if not callable(found):
        raise MigrationMissingError(f"{where}, which is no function")
    return found


def apply(contents: Contents, chain: list[Step], config: SimulationConfig) -> Contents:
    """Apply a chain; each step is named in the header, and the state hash is forgotten.

    Raises:
        MigrationFailedError: a step raises, returns something else, or leaves its node as it was.
    """
    for step in chain:
        try:
            result = step.handler(contents, config)
        except Exception as error:
            raise MigrationFailedError(f"migration {step.name} failed: {_said(error)}") from error
        if result is not None and not isinstance(result, Contents):
            raise MigrationFailedError(
                f"migration {step.name} returned {type(result).__name__}; it must return contents, "
                "or None after changing those it was given"
            )
        contents = contents if result is None else result
        _arrive(contents, step)
        contents.header.migrations.append(step.name)
        contents.header.state_hash, contents.header.hashes = None, {}
    return contents


def _arrive(contents: Contents, step: Step) -> None:
    """See that the contents are now at the step's target."""
    name, mark, schema = step.target.partition("@")
    header = contents.header
    now = header.components.get(name) if mark else header.config_id
    if now == (step.source.partition("@")[2] if mark else step.source):
        # A step that does nothing but lead on need not say where it has led.
        if mark:
            header.components[name] = schema
        else:
            header.config_id = step.target
    elif now != (schema if mark else step.target):
        raise MigrationFailedError(f"migration {step.name} leads to {now!r} instead")


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


@contextmanager
def registered(steps: Mapping[tuple[str, str], Handler]) -> Iterator[None]:
    """Register migrations for a while, as tests and tools do."""
    before = migration_registry.copy()
    for (source, target), handler in steps.items():
        migration_registry.register(source, target, handler)
    try:
        yield
    finally:
        migration_registry._steps = before._steps
