"""Whoever listens hears every order from outside a tick, and nothing from within one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from townlet import Simulation, load_config
from townlet.errors import UserError

CONFIG = Path(__file__).parents[2] / "configs" / "small.yaml"
KILL = {"tick": 12, "name": "kill", "kind": "console", "args": ["ada"]}


class Scribe:
    """Notes all that it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self.ticks = 0

    def ordered(self, name: str, arguments: Mapping[str, Any], refused: str | None) -> None:
        self.heard.append((name, dict(arguments), refused))

    def given(
        self,
        actions: npt.NDArray[np.int32] | None,
        level: str,
        waits: npt.NDArray[np.bool_] | None,
    ) -> None:
        self.heard.append(("given", None if actions is None else actions.tolist(), level))

    def ticked(self) -> None:
        self.ticks += 1


@pytest.fixture(scope="module")
def town() -> Simulation:
    events = {"dark": {"kind": "blackout", "prob_per_day": 0.0, "duration": 5}}
    keys: dict[str, Any] = {
        "world.capacity": 9,
        "perturbations.events": events,
        "features.systems.lifecycle": "on",
        "employment.enforce_job_loop": True,
        "scenario": {
            "timeline": [{"tick": 12, "name": "kill", "kind": "console", "args": ["ada"]}]
        },
    }
    return Simulation.from_config(load_config(CONFIG).with_overrides(keys), agents=8, seed=1)


@pytest.fixture
def scribe(town: Simulation) -> Scribe:
    town.restart(1)
    town.run(5)
    scribe = Scribe()
    town.ear.listeners[:] = [scribe]
    return scribe


def test_every_order_is_heard_with_its_arguments(town: Simulation, scribe: Scribe) -> None:
    town.spawn(wallet=2.5)
    town.kill(3)
    town.desk.close("bed_1", reopen=True)
    town.desk.possess("ada", release=True)
    town.desk.guard(2, 3)
    town.set_price("meal_cost", 1.5)
    event = town.trigger("dark", duration=3)
    town.cancel(event)
    town.request_exit(4)
    town.approve_exit(4)
    town.launch("drain_needs")
    town.restart(1)
    assert scribe.heard == [
        ("spawn", {"wallet": 2.5}, None),
        ("kill", {"agent": 3, "town": 0}, None),
        ("close", {"thing": "bed_1", "reopen": True}, None),
        ("possess", {"agent": "ada", "release": True}, None),
        ("guard", {"agent": 2, "kinds": 3}, None),
        ("set_price", {"key": "meal_cost", "value": 1.5, "town": 0}, None),
        ("trigger", {"spec": "dark", "town": 0, "duration": 3}, None),
        ("cancel", {"event": event, "town": 0}, None),
        ("request", {"agent": 4, "town": 0}, None),
        ("approve", {"agent": 4, "town": 0}, None),
        ("launch", {"names": ("drain_needs",)}, None),
        ("restart", {"seed": 1}, None),
    ]


def test_a_refused_order_is_heard_with_its_sentence(town: Simulation, scribe: Scribe) -> None:
    with pytest.raises(UserError):
        town.kill("nobody")
    ((name, arguments, refused),) = scribe.heard
    assert (name, arguments) == ("kill", {"agent": "nobody", "town": 0})
    assert "no agent is called 'nobody'" in refused


def test_actions_are_heard_before_their_tick(town: Simulation, scribe: Scribe) -> None:
    town.step(np.full(town.capacity, 1, np.int32))
    town.step()
    town.step(waits=np.ones(town.capacity, np.bool_), level="primitive")
    assert scribe.heard == [("given", [1] * 9, "option"), ("given", None, "primitive")]
    assert scribe.ticks == 3
    with pytest.raises(UserError):
        town.step(np.full(town.capacity, 99, np.int32))
    assert len(scribe.heard) == 2


def test_a_timeline_gives_its_orders_again_by_itself(town: Simulation, scribe: Scribe) -> None:
    town.run(20)
    assert not town.column("Identity.alive")[0], "ada was killed"
    assert (scribe.heard, scribe.ticks) == ([], 20)


def test_actions_are_taken_back_before_a_tick_has_ended(town: Simulation, scribe: Scribe) -> None:
    seen: list[list[int]] = []
    scribe.ticked = lambda: seen.append(town.column("Orders.option").tolist())  # type: ignore[method-assign]
    town.step(np.full(town.capacity, 2, np.int32))
    assert seen == [[-1] * 9]


def test_nobody_is_told_when_nobody_listens(town: Simulation, scribe: Scribe) -> None:
    town.ear.listeners.clear()
    town.kill(3)
    town.run(2)
    assert (scribe.heard, scribe.ticks) == ([], 0)
