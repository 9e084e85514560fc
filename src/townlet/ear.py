"""The ear: where orders from outside a tick are heard, by whoever wants to write them down."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError

F = TypeVar("F", bound=Callable[..., Any])


class Listener(Protocol):
    """Is told what a simulation is told, when it has been done."""

    def ordered(self, name: str, arguments: Mapping[str, Any], refused: str | None) -> None:
        """An order has been carried out.

        Args:
            name: of the desk's method.
            arguments: by name; those left out are left out here too.
            refused: the sentence it was refused with; it may have been counted nevertheless.
        """
        ...

    def given(
        self,
        actions: npt.NDArray[np.int32] | None,
        level: str,
        waits: npt.NDArray[np.bool_] | None,
    ) -> None:
        """The next tick has these actions; see :meth:`townlet.Simulation.step`."""
        ...

    def ticked(self) -> None:
        """A tick has ended."""
        ...


class Ear:
    """Passes on what a simulation is told between ticks; nothing while nobody listens.

    Timelines and hooks give orders within a tick. They would give them again, so nobody is told.

    Attributes:
        listeners: who is told, in this order.
    """

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self._shut = False

    @property
    def open(self) -> bool:
        """Somebody listens, and no tick is running."""
        return bool(self.listeners) and not self._shut

    def shut(self) -> Shut:
        """Hear nothing for a while: what happens follows from what has been heard already."""
        return Shut(self)

    def tell(self, name: str, arguments: Mapping[str, Any], refused: str | None = None) -> None:
        """Tell of an order."""
        for listener in tuple(self.listeners):
            listener.ordered(name, arguments, refused)

    def give(
        self,
        actions: npt.NDArray[np.int32] | None,
        level: str,
        waits: npt.NDArray[np.bool_] | None,
    ) -> None:
        """Tell of the actions of a tick."""
        for listener in tuple(self.listeners):
            listener.given(actions, level, waits)

    def tick(self) -> None:
        """Tell that a tick has ended."""
        for listener in tuple(self.listeners):
            listener.ticked()


class Shut:
    """A block in which an ear hears nothing; a generator would cost a small town's step more."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def __enter__(self) -> None:
        self._before, self._ear._shut = self._ear._shut, True

    def __exit__(self, *error: object) -> None:
        self._ear._shut = self._before


def order(method: F) -> F:
    """Mark a method of a desk as an order: listeners are told when it has been carried out.

    The desk has an attribute ``ear``.
    """
    name, signature = method.__name__, inspect.signature(method)

    @functools.wraps(method)
    def told(desk: Any, *args: Any, **kwargs: Any) -> Any:
        ear: Ear = desk.ear
        if not ear.open:
            return method(desk, *args, **kwargs)
        arguments = dict(signature.bind(desk, *args, **kwargs).arguments)
        arguments.pop("self")
        arguments |= arguments.pop("wishes", {})
        try:
            with ear.shut():
                answer = method(desk, *args, **kwargs)
        except UserError as error:
            ear.tell(name, arguments, str(error))
            raise
        ear.tell(name, arguments)
        return answer

    return cast(F, told)
