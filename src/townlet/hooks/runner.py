"""The runner: calls hooks at two points of a tick, and survives them.

``before`` hooks are called in USE, when reservations are assigned and nothing has been paid. All
others are called at the end of LEAVE, when all that happens in a tick has happened and before
anything is scored, observed or reported (docs/design/0009-hooks.md).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from townlet.ecs import Bool, Phase, Store
from townlet.ecs.runtime import Step
from townlet.ecs.schema import spec_of
from townlet.hooks.batches import Batch, Starts, Uses
from townlet.hooks.gather import Gatherer
from townlet.hooks.loading import TOLD, HookSet
from townlet.hooks.registry import STAGES, Handler
from townlet.hooks.world import World
from townlet.setup.blueprint import Blueprint
from townlet_components.clock import Clock
from townlet_components.events import CANCELLED_BY_HOOK
from townlet_components.rows import Rows
from townlet_components.vetoes import Asked, Vetoes

if TYPE_CHECKING:
    from townlet.affordances import Manifest

_log = logging.getLogger("townlet.hooks")
#: Kinds that are read from the tick's events.
FROM_EVENTS = ("after", "fail", "on_conflict")


@dataclass
class HookError:
    """What went wrong with one hook.

    Attributes:
        hook: its label.
        tick: when it first raised.
        error: what it raised then, as a sentence.
        count: how often it has raised.
    """

    hook: str
    tick: int
    error: str
    count: int = 0

    @property
    def sentence(self) -> str:
        """What is reported when it happens first."""
        return f"hook {self.hook} raised {self.error} in tick {self.tick}, and was skipped"


class HookRunner:
    """The hooks of a simulation; ``Simulation.hooks``.

    Attributes:
        modules: names of the modules that were loaded.
        rejected: those that were not, with reasons.
        errors: what hooks have raised, by hook.

    Args:
        hooks: what was loaded.
        store: the components, with those of the hook modules.
        blue: the blueprint.
    """

    def __init__(self, hooks: HookSet, store: Store, blue: Blueprint) -> None:
        self._hooks, self._blue = hooks, blue
        self.modules, self.rejected = hooks.modules, hooks.rejected
        self.errors: dict[str, HookError] = {}
        self._clock = store.read(Clock)
        self._worlds = {
            module: World(store, blue, frozenset(spec_of(klass).name for klass in own))
            for module, own in hooks.components.items()
        }
        self._vetoes = store.write(Vetoes)
        self._asked = store.write(Asked) if hooks.wants("before") else None
        self._row_of = store.read(Rows).row_of
        told = hooks.wants(*TOLD)
        self._gatherer = Gatherer(store, blue, told) if hooks.handlers else None
        self._named: dict[tuple[str, str], Bool] = {}
        self.bind(blue.manifest)

    def bind(self, manifest: Manifest) -> None:
        """Take the hook names of a manifest: at the start, and when it has been reloaded."""
        self._manifest = manifest
        asked = np.zeros(len(manifest.affordances), bool)
        for handler in self._hooks.handlers:
            if handler.what in STAGES:
                every = (e.hooks.get(handler.what, ()) for e in manifest.affordances)
                named = np.array([handler.name in names for names in every], bool)
                self._named[handler.what, handler.name] = named
                asked |= named & (handler.what == "before")
        if self._asked is not None:
            self._asked.hooked[:] = asked

    @property
    def warnings(self) -> list[str]:
        """Sentences: modules that are not loaded, names that nobody answers to, errors so far."""
        raised = (f"{e.sentence}; {e.count} times so far" for e in self.errors.values())
        return [*self._hooks.warnings(self._manifest), *raised]

    @property
    def error_count(self) -> int:
        """How many calls of hooks have raised."""
        return sum(error.count for error in self.errors.values())

    # -- the tick ----------------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        """What the runtime calls between systems; nothing where no hook is loaded."""
        if self._hooks.wants(*FROM_EVENTS):
            assert self._gatherer is not None
            yield Step("hooks_begin", self._gatherer.events.begin, Phase.ORDERS, first=True)
        if self._hooks.wants("before"):
            yield Step("hooks_before", self.ask, Phase.USE, after="list_starts")
        if any(handler.what != "before" for handler in self._hooks.handlers):
            yield Step("hooks_tell", self.tell, Phase.LEAVE)

    def ask(self) -> None:
        """Ask ``before`` hooks about uses that are about to start; note what they cancel."""
        asked = self._asked
        assert asked is not None
        count = int(asked.count[0])
        if count == 0:
            return
        order = np.lexsort((asked.agent[:count], asked.town[:count]))
        town, agent = asked.town[:count][order], asked.agent[:count][order]
        thing, use = asked.object[:count][order], asked.affordance[:count][order]
        cancelled, wish = np.zeros(count, bool), np.zeros(count, bool)
        for handler in self._hooks.handlers:
            if handler.what == "before":
                batch = Starts(town, agent, thing, use, cancelled.copy(), wish)
                mine = self._named["before", handler.name][use]
                if mine.any():
                    cancelled[mine] |= self._deliver(handler, batch.part(mine))
        rows = self._row_of[town[cancelled] * self._blue.capacity + agent[cancelled]]
        self._vetoes.reason[rows] = CANCELLED_BY_HOOK

    def tell(self) -> None:
        """Tell all other hooks what has happened in this tick, in the order of registration."""
        assert self._gatherer is not None
        for handler in self._hooks.handlers:
            if handler.what != "before":
                batch = self._gatherer.of(handler.what)
                if isinstance(batch, Uses):
                    batch = batch.part(self._named[handler.what, handler.name][batch.affordance])
                if len(batch):
                    self._deliver(handler, batch)
        self._gatherer.end()

    def welcome(self, entered: Bool) -> None:
        """Tell ``on_spawn`` hooks of agents who enter out of turn, when :meth:`tell` has been done.

        Args:
            entered: who has just entered, bool (rows,).
        """
        if not self._hooks.wants("on_spawn") or not entered.any():
            return
        assert self._gatherer is not None
        batch = self._gatherer.spawns(entered)
        for handler in self._hooks.handlers:
            if handler.what == "on_spawn":
                self._deliver(handler, batch)

    # -- one hook ----------------------------------------------------------------------------

    def _deliver(self, handler: Handler, batch: Batch) -> Bool:
        """Call a hook, with all towns at once, and carry out its orders.

        When it raises, each town is tried alone, so that a town lives as it would without the
        others.

        Returns:
            Which uses it cancels, bool (n,).
        """
        world = self._worlds[handler.module]
        cancelled = np.zeros(len(batch), bool)
        try:
            return world.call(lambda: _answer(handler, batch, world))
        except (Exception, SystemExit) as error:
            raised: list[BaseException] = [error]
        towns = np.unique(batch.town).tolist()
        if len(towns) > 1:
            whole = raised.pop()
            for town in towns:
                mine = batch.town == town
                part = batch.part(mine)
                try:
                    cancelled[mine] = world.call(partial(_answer, handler, part, world), town)
                except (Exception, SystemExit) as error:
                    raised.append(error)
            raised = raised or [whole]
        for fault in raised:
            self._report(handler, fault)
        return cancelled

    def _report(self, handler: Handler, error: BaseException) -> None:
        known = self.errors.get(handler.label)
        if known is None:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            tick = int(self._clock.tick[0])
            known = self.errors[handler.label] = HookError(handler.label, tick, text)
            _log.warning("%s; further ones are counted", known.sentence)
            _log.debug("where it happened", exc_info=error)
        known.count += 1


def _answer(handler: Handler, batch: Batch, world: World) -> Bool:
    """Call a hook; which uses it cancels, bool (n,).

    A ``before`` hook may also return truths, for all or for each: who may start.
    """
    if isinstance(batch, Starts):
        batch = replace(batch, _wish=np.zeros(len(batch), bool))
    answer = handler.function(batch, world)
    if not isinstance(batch, Starts):
        return np.zeros(len(batch), bool)
    if answer is not None:
        may = np.asarray(answer)
        if may.dtype != bool:
            raise TypeError(f"a before hook returns None or truths, not {answer!r}")
        batch.cancel(~may)
    return batch.wish
