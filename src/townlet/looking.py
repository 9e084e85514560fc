"""What a simulation shows: hashes, frames, events, observations, KPIs. No town changes by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townlet.errors import UserError
from townlet.money import check_money
from townlet.observe.embeddings import EmbeddingMetrics, embedding_metrics
from townlet.observe.shape import ObservationShape, shape_of
from townlet.observe.view import FeatureSchema, ObservationView, schema_of, view_of
from townlet.systems import TODAY
from townlet_components.rewards import Rewards

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from townlet.churn import ChurnReport, TieChurn
    from townlet.ecs import Store
    from townlet.ecs.runtime import Runtime
    from townlet.history import History
    from townlet.hooks import HookRunner
    from townlet.learner import Learner
    from townlet.maps import TownPlan
    from townlet.setup.blueprint import Blueprint
    from townlet.state_hash import StateHash
    from townlet_components.clock import Clock


class Looking:
    """The part of a :class:`townlet.Simulation` that is asked how things are.

    Attributes:
        blueprint: what the tables were filled from.
        plan: the map all towns share.
        towns, agents, tick: sizes, and ticks done.
        store: the components.
        history: what was recorded by the hour and by the day.
        hooks: the hooks of the config's modules.
        learner: what is written for a learner in every tick; None: nothing.
    """

    blueprint: Blueprint
    plan: TownPlan
    towns: int
    agents: int
    tick: int
    store: Store
    history: History
    hooks: HookRunner
    learner: Learner | None
    _clock: Clock
    #: The last tick that came to its end; and whether one was broken off and others followed.
    _ended: int
    _broken: bool
    _runtime: Runtime
    hashing: StateHash
    churn: TieChurn

    @property
    def whole(self) -> bool:
        """Whether the last tick has ended, and none before it was broken off half-way.

        Nobody should go on from half a tick; :meth:`Simulation.restore` and ``restart`` mend it.
        """
        return not self._broken and self.tick == self._ended

    @property
    def clock(self) -> tuple[int, int, int]:
        """Day, hour and minute of the last tick done."""
        minute = int(self._clock.minute[0])
        return int(self._clock.day[0]), minute // 60, minute % 60

    def hash(self, town: int | None = None) -> int:
        """64-bit hash of the authoritative state, of one town or of the batch (SPEC §1)."""
        return self.hashing.total(self.tick, town)

    def hash_columns(self, town: int | None = None) -> dict[str, int]:
        """One sub-hash per authoritative column."""
        return self.hashing.columns(town)

    def hashes(self, town: int | None = None) -> tuple[int, dict[str, int]]:
        """:meth:`hash` and :meth:`hash_columns` for the price of one."""
        return self.hashing.both(self.tick, town)

    def column(self, name: str) -> npt.NDArray[Any]:
        """The live array of ``"Component.column"``, by row; KeyError names what exists."""
        return self.store.column(name)

    def frame(self, table: str = "agent") -> pl.DataFrame:
        """A copy of a table as a polars frame, in slot order."""
        from townlet.frames import frame  # noqa: PLC0415  (polars is slow to import)

        return frame(self, table)

    def events(self) -> pl.DataFrame:
        """Events of the last tick, ordered by town, kind, agent and object."""
        from townlet.frames import events_frame  # noqa: PLC0415

        return events_frame(self)

    def observation(self) -> ObservationView:
        """What agents observe, by slot: read-only views of the buffers, written in every tick.

        Raises:
            UserError: there is no learner that observes.
        """
        return view_of(self.store, self.observation_shape)

    def features(self) -> FeatureSchema:
        """What the numbers of :meth:`observation` mean.

        Raises:
            UserError: there is no learner that observes.
        """
        return schema_of(self.observation_shape)

    @property
    def observation_shape(self) -> ObservationShape:
        """Windows, channels, features and element types of :meth:`observation`.

        Raises:
            UserError: there is no learner that observes.
        """
        if self.learner is None or self.learner.observations is None:
            raise UserError(
                "nothing is observed; build the simulation with learner=Learner(observations=...)"
            )
        return shape_of(self.blueprint, self.learner)

    def rewards(self) -> Rewards:
        """Rewards of the last tick, by row; valid until the next tick.

        Raises:
            UserError: the simulation was not made with ``learner=Learner(rewards=True)``.
        """
        if Rewards.__name__ not in self.store.components:
            raise UserError(
                "rewards are not written; make the simulation with Learner(rewards=True)"
            )
        return self.store.read(Rewards)

    def embedding_metrics(self, town: int = 0) -> EmbeddingMetrics:
        """How often embedding slots of a town were given out, and how often before their rest."""
        return embedding_metrics(self, town)

    def timings(self) -> pl.DataFrame:
        """Nanoseconds per system: system, phase, calls, ns_total, ns_per_tick, ns_per_agent."""
        from townlet.frames import timings_frame  # noqa: PLC0415

        return timings_frame(self._runtime, self.towns * self.agents)

    def reset_timings(self) -> None:
        """Start the timings anew."""
        self._runtime.reset_timings()

    def fitness(self) -> pl.DataFrame:
        """The fitness index of every agent; see :func:`townlet.fitness.fitness_frame`."""
        from townlet.fitness import fitness_frame  # noqa: PLC0415

        return fitness_frame(self)

    def kpis(self) -> pl.DataFrame:
        """KPIs, one row per town and finished day."""
        return self.history.kpis()

    def kpis_today(self) -> pl.DataFrame:
        """KPIs of the running day so far, one row per town."""
        self._runtime.launch_once(TODAY)
        return self.history.kpis_today(self.tick, self.clock[0])

    def needs_history(self) -> pl.DataFrame:
        """Hourly means of each need: town, tick, and a column per need."""
        return self.history.needs()

    def dropped(self) -> dict[str, int]:
        """What bounded tables had no room for, by name, since the start; calls of hooks too."""
        raised = {"hook_calls": self.hooks.error_count} if self.hooks.modules else {}
        return self.history.dropped() | raised

    def tie_churn(self, town: int = 0) -> ChurnReport:
        """Ties that have ended in this window of 600 ticks and the last ones, and why."""
        return self.churn.report(self.tick, town)

    def money(self) -> npt.NDArray[np.int64]:
        """All money of each town in thousandths, (towns,); it is 0 at every tick (SPEC §8)."""
        return self.history.money()

    def check_money(self) -> list[str]:
        """What is wrong with the money, as sentences; see :func:`townlet.money.check_money`."""
        return check_money(self.store, self.towns)
