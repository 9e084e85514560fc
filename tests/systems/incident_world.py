"""A town without time: what befalls it runs as plain Python, and nothing else does."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import townlet_components
from townlet.config import SimulationConfig
from townlet.ecs.kernel import Kernel, recording
from townlet.incident_desk import IncidentDesk
from townlet.orders import OrderDesk
from townlet.reload import IncidentReloader
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.build import build_store
from townlet.state_hash import StateHash
from townlet.systems import discover_components
from townlet_components.clock import Clock
from townlet_components.events import EVENTS, Events
from townlet_components.identity import Identity
from townlet_systems.incidents import run_incidents


class World:
    """Towns in which everybody lives, and only ``run_incidents`` runs."""

    def __init__(
        self,
        config: SimulationConfig,
        agents: int = 8,
        towns: int = 1,
        seed: int = 0,
        row_order: npt.NDArray[np.int64] | None = None,
        overrides: Any = None,
    ) -> None:
        self.blue = draw_blueprint(config, towns, seed, agents, overrides)
        self.plan = self.blue.plan
        self.store = build_store(self.blue, discover_components(townlet_components), 1, row_order)
        self.desk = IncidentDesk(self.store, self.blue, OrderDesk(self.store, self.blue))
        self.trigger, self.cancel = self.desk.trigger, self.desk.cancel
        self.incidents = self.desk.incidents
        self.reloader = IncidentReloader(self.store, self.blue)
        identity = self.store.write(Identity)
        identity.alive[:], identity.generation[:] = True, 0
        self._clock, self._events = self.store.write(Clock), self.store.write(Events)
        self._calls: list[tuple[Kernel, tuple[Any, ...]]] = []
        with recording(lambda kernel, args: self._calls.append((kernel, args))):
            run_incidents(*self._components())
        self._hash = StateHash(self.store, self.blue)

    def _components(self) -> list[Any]:
        spec = run_incidents.__system__  # type: ignore[attr-defined]
        return [
            self.store.read(a.component) if a.mode == "read" else self.store.write(a.component)
            for a in spec.access
        ]

    def __getitem__(self, column: str) -> npt.NDArray[Any]:
        return self.store.column(column)

    @property
    def now(self) -> int:
        return int(self._clock.tick[0])

    def tick(self, ticks: int = 1) -> list[tuple[Any, ...]]:
        """Run; events of the last tick: (kind, agent, spec, number, value), of town 0 only."""
        for _ in range(ticks):
            self._clock.tick[0] += 1
            self._events.count[:] = 0
            for kernel, args in self._calls:
                kernel.py_func(*args)
        return self.events()

    def events(self, town: int = 0) -> list[tuple[Any, ...]]:
        e, d = self._events, town * self.plan.districts
        names = (e.agent, e.other, e.object, e.value)
        return sorted(
            (EVENTS[e.kind[d, k]], *(int(column[d, k]) for column in names))
            for k in range(e.count[d])
        )

    def hash(self, town: int | None = None) -> int:
        return self._hash.total(self.now, town)
