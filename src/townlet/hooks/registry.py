"""The registry: what a hook module wants to be called for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from townlet.suggest import nearest

#: What a manifest can name hooks for: ``hooks: {before: [name], ...}`` of an affordance.
STAGES = ("before", "after", "fail")
#: What can happen in a town.
EVENTS = (
    "on_tick",
    "on_spawn",
    "on_exit",
    "on_conflict",
    "on_need_threshold",
    "on_price_change",
    "on_weather_change",
    "on_outage",
)

#: Called as ``hook(batch, world)``.
Hook = Callable[[Any, Any], object]
F = TypeVar("F", bound=Callable[[Any, Any], object])


class RegistrationError(ValueError):
    """A module registers something that cannot be; the sentence says what."""


@dataclass(frozen=True)
class Handler:
    """One hook: a function and what it is called for.

    Attributes:
        module: the module it comes from.
        what: one of :data:`STAGES` or :data:`EVENTS`.
        name: the name manifests use; empty for what happens in a town.
        function: the hook.
    """

    module: str
    what: str
    name: str
    function: Hook

    @property
    def label(self) -> str:
        """``module.function (before order_coffee)``: how reports name it."""
        function = getattr(self.function, "__qualname__", repr(self.function))
        return f"{self.module}.{function} ({self.what}{self.name and ' '}{self.name})"


class HookRegistry:
    """Handed to a module's ``register_hooks``; hooks are called in the order of registration.

    Each method registers ``function``, or, without one, is a decorator::

        def register_hooks(hooks: HookRegistry) -> None:
            hooks.before("order_coffee", check_manners)
            hooks.on("on_conflict", hold_a_grudge)

    Args:
        module: the module's name.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.handlers: list[Handler] = []

    @overload
    def before(self, name: str) -> Callable[[F], F]: ...
    @overload
    def before(self, name: str, function: F) -> F: ...
    def before(self, name: str, function: Any = None) -> Any:
        """Call for affordances that name ``name`` under ``hooks.before``; it may cancel."""
        return self._add("before", name, function)

    @overload
    def after(self, name: str) -> Callable[[F], F]: ...
    @overload
    def after(self, name: str, function: F) -> F: ...
    def after(self, name: str, function: Any = None) -> Any:
        """Call for affordances that name ``name`` under ``hooks.after``, once they are done."""
        return self._add("after", name, function)

    @overload
    def fail(self, name: str) -> Callable[[F], F]: ...
    @overload
    def fail(self, name: str, function: F) -> F: ...
    def fail(self, name: str, function: Any = None) -> Any:
        """Call for affordances that name ``name`` under ``hooks.fail``, with the reason."""
        return self._add("fail", name, function)

    @overload
    def on(self, event: str) -> Callable[[F], F]: ...
    @overload
    def on(self, event: str, function: F) -> F: ...
    def on(self, event: str, function: Any = None) -> Any:
        """Call for what happens in a town: one of :data:`EVENTS`.

        Raises:
            RegistrationError: there is no such event.
        """
        if event not in EVENTS:
            raise RegistrationError(f"unknown event {event!r}{nearest(str(event), EVENTS)}")
        return self._add(event, "", function)

    def _add(self, what: str, name: str, function: Any) -> Any:
        if not isinstance(name, str) or (what in STAGES and not name.strip()):
            raise RegistrationError(f"a hook's name is a non-blank string, not {name!r}")
        if function is None:
            return lambda found: self._add(what, name, found)
        if not callable(function):
            raise RegistrationError(f"{function!r} is no function that could be called")
        self.handlers.append(Handler(self.module, what, name.strip(), function))
        return function
