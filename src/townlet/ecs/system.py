"""Systems: functions whose parameters declare what they read, write and emit."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from townlet.ecs.schema import spec_of

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., None])

Read = Annotated[T, "read"]
Write = Annotated[T, "write"]
Emit = Annotated[T, "emit"]


class Phase(enum.IntEnum):
    """The phases of a tick, in order (SPEC §2)."""

    ORDERS = 0
    ARRIVE = 1
    DECIDE = 2
    ACT = 3
    USE = 4
    LIVE = 5
    LEAVE = 6
    SCORE = 7
    OBSERVE = 8
    REPORT = 9


#: Phases whose systems may read derived columns: what they write is derived too.
DERIVED_PHASES = frozenset({Phase.SCORE, Phase.OBSERVE, Phase.REPORT})


class DeclarationError(TypeError):
    """A system is declared wrongly; the sentence names the system and the parameter."""


@dataclass(frozen=True)
class Access:
    """One component of a parameter of a system; ``parameter.member`` where it is a group."""

    parameter: str
    component: type[Any]
    mode: str

    @property
    def name(self) -> str:
        """Name of the component."""
        return spec_of(self.component).name


@dataclass_transform(kw_only_default=True)
def group(cls: type[T]) -> type[T]:
    """Class decorator: annotated components that systems take as one parameter.

    ``Read[Surroundings]`` declares a read of each component the group names; the system gets an
    object with those as attributes.
    """
    members = get_type_hints(cls)
    for klass in members.values():
        spec_of(klass)
    body = {
        "__slots__": tuple(members),
        "__doc__": cls.__doc__,
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__annotations__": dict(cls.__annotations__),
        "__init__": _fill_slots,
        "__group__": members,
    }
    made: type[T] = type(cls.__name__, (), body)
    return made


def _fill_slots(self: Any, **members: Any) -> None:
    for name, component in members.items():
        setattr(self, name, component)


@dataclass(frozen=True)
class SystemSpec:
    """What :func:`system` recorded about a function.

    Attributes:
        name: function name, unique in a schedule.
        phase: when it runs.
        after: names of systems of the same phase that must run earlier.
        access: its parameters.
        function: the function itself; called once, when the schedule is bound.
        doc: first line of its docstring.
        before: names of systems of the same phase that must run later.
    """

    name: str
    phase: Phase
    after: tuple[str, ...]
    access: tuple[Access, ...]
    function: Callable[..., None]
    doc: str
    before: tuple[str, ...] = ()

    def names(self, mode: str) -> list[str]:
        """Component names with the given access mode."""
        return [a.name for a in self.access if a.mode == mode]

    def touches(self) -> set[str]:
        """Names of all components it reads, writes or emits into."""
        return {a.name for a in self.access}


def _access(function: Callable[..., None]) -> tuple[Access, ...]:
    hints = get_type_hints(function, include_extras=True)
    found = []
    for name in inspect.signature(function).parameters:
        hint = hints.get(name)
        if get_origin(hint) is not Annotated:
            raise DeclarationError(
                f"system {function.__name__}: annotate parameter {name!r} with Read[...], "
                "Write[...] or Emit[...]"
            )
        klass, mode = get_args(hint)
        for part, member in getattr(klass, "__group__", {"": klass}).items():
            spec = spec_of(member)
            if spec.static and mode != "read":
                raise DeclarationError(
                    f"system {function.__name__}: {spec.name} is static; it can only be read"
                )
            found.append(Access(f"{name}.{part}" if part else name, member, mode))
    return tuple(found)


def arguments(function: Callable[..., None], store: Any) -> dict[str, Any]:
    """What a system is called with: views of its components, and groups of them.

    Args:
        function: the system.
        store: has ``read`` and ``write``, see :class:`townlet.ecs.store.Store`.
    """
    hints = get_type_hints(function, include_extras=True)
    found = {}
    for name in inspect.signature(function).parameters:
        klass, mode = get_args(hints[name])
        view = store.read if mode == "read" else store.write
        members = getattr(klass, "__group__", None)
        if members is None:
            found[name] = view(klass)
        else:
            found[name] = klass(**{part: view(member) for part, member in members.items()})
    return found


def system(
    *,
    phase: Phase,
    after: tuple[str, ...] | list[str] = (),
    before: tuple[str, ...] | list[str] = (),
) -> Callable[[F], F]:
    """Mark a function as a system. It records facts only; packages decide what runs.

    Args:
        phase: when in the tick it runs.
        after: names of systems in the same phase that must have run before.
        before: names of systems in the same phase that must run later: for a system that not every
            schedule has, so that those cannot name it in ``after``.

    Raises:
        DeclarationError: a parameter has no access annotation, or writes a static component.
    """

    def mark(function: F) -> F:
        doc = inspect.cleandoc(function.__doc__ or "").split("\n")[0]
        access = _access(function)
        spec = SystemSpec(
            function.__name__, phase, tuple(after), access, function, doc, tuple(before)
        )
        function.__system__ = spec  # type: ignore[attr-defined]
        return function

    return mark
