"""Faults strike when their numbers say, do what they say, and tell what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet import Simulation, load_config
from townlet.errors import UserError
from townlet.invariants import broken
from townlet.soak.fault import Calendar, When
from townlet.soak.faults import FAULTS, faults_of
from townlet.soak.luck import luck
from townlet.soak.probes import Probes
from townlet.soak.striking import tick_with_faults

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"


def build(**options: Any) -> Simulation:
    config = load_config(CONFIG).with_overrides({"world.agents": 24, "world.capacity": 30})
    return Simulation.from_config(config, seed=4, threads=1, **options)


def strike(sim: Simulation, name: str, span: int = 1) -> tuple[str, list[str]]:
    """Let one fault strike, and run through its span; what it did, and what it found."""
    calendar = Calendar(faults_of([name]), 5, 60)
    sim.run((calendar.next(sim.tick + 1) or 0) - 1 - sim.tick)
    words, found = "", []
    for _ in range(span):
        told, wrong = tick_with_faults(sim, calendar)
        words = words or (told[0][1] if told else "")
        found += [finding.sentence for findings in wrong.values() for finding in findings]
    return words, found


def test_luck_is_a_function_of_its_keys() -> None:
    assert luck(1, "a", 2).integers(1 << 60) == luck(1, "a", 2).integers(1 << 60)
    drawn = {luck(*keys).integers(1 << 60) for keys in ((1, "a", 2), (2, "a", 2), (1, "b", 2))}
    assert len(drawn) == 3


def test_a_calendar_depends_on_nothing_that_has_happened() -> None:
    calendar = Calendar(faults_of(FAULTS), 7, 100)
    strikes = dict.fromkeys(FAULTS, 0)
    for tick in range(1, 1001):
        due = calendar.at(tick)
        assert [w.start + w.age for _, w in due] == [tick] * len(due)
        for fault, when in due:
            strikes[fault.name] += when.age == 0
    assert set(strikes.values()) == {10}, "each once in a window"
    expected = [tick for tick in range(1, 1001) if calendar.at(tick)]
    for start in (1, 57, 400, 999):
        found = Calendar(faults_of(FAULTS), 7, 100).next(start)
        assert found == next((tick for tick in expected if tick >= start), found)
    assert Calendar((), 7, 100).next(1) is None


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(UserError, match="no fault is called 'death'; did you mean 'deaths'"):
        faults_of(["death"])


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_borne(name: str) -> None:
    sim = build(towns=2)
    words, found = strike(sim, name, FAULTS[name].span)
    assert words
    assert found == []
    assert broken(sim) == {}


def test_many_leave_at_once() -> None:
    sim = build().run(20)
    before = int(sim.column("Identity.alive").sum())
    words, _ = strike(sim, "deaths")
    gone = before - int(sim.column("Identity.alive").sum())
    assert gone >= 2
    assert words.startswith(f"{gone} agents")


def test_what_is_closed_opens_again_and_prices_go_back() -> None:
    sim = build()
    base = sim.column("Prices.base").copy()
    strike(sim, "outages", 1)
    assert (sim.column("Objects.closed") & 1).any()
    assert sim.column("Prices.base").tolist() != base.tolist()
    strike_on = Calendar(faults_of(["outages"]), 5, 60)
    while strike_on.at(sim.tick + 1):
        tick_with_faults(sim, strike_on)
    sim.run(1)
    assert not (sim.column("Objects.closed") & 1).any()
    assert sim.column("Prices.base").tolist() == base.tolist()


def test_a_wrong_action_that_is_taken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from townlet.orders import OrderDesk

    monkeypatch.setattr(OrderDesk, "_checked", lambda self, actions, level: -1)
    _, found = strike(build(), "actions")
    assert "actions that are NaN were taken" in found
    assert "actions that were refused have changed the town" in found


def test_masks_that_lie_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Simulation.masks

    def lie(self: Simulation, *levels: str) -> Any:
        masks = true(self, *levels)

        class Lies:
            option, primitive = np.ones_like(masks.option), np.ones_like(masks.primitive)

        return Lies

    monkeypatch.setattr(Simulation, "masks", lie)
    _, found = strike(build(), "probes", Probes.span)
    assert any("was refused an action that its mask said was open" in told for told in found)


def test_a_snapshot_that_loses_something_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from townlet.soak import restores

    def forget(sim: Simulation, contents: Any, path: Any) -> None:
        sim.column("Wallet.money")[2] += 1

    monkeypatch.setattr(restores, "restore_contents", forget)
    _, found = strike(build(), "restores")
    assert any("it has another" in told and "Wallet.money" in told for told in found)


def test_an_arrival_that_is_refused_and_not_counted_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Simulation, "spawn", lambda self, town: None)
    _, found = strike(build(), "crowds")
    assert found == ["town 0 refused one of its arrivals and counted 0"]


def test_luck_of_a_town_is_the_same_in_a_batch_and_alone() -> None:
    batch, alone = build(towns=3), Simulation.from_config(build().config, seed=6)
    calendar = Calendar(faults_of(FAULTS), 9, 70)
    for sim in (batch, alone):
        while sim.tick < 140:
            tick_with_faults(sim, calendar)
    assert alone.hash() == batch.hash(2)
    assert When(9, "deaths", 3, 0).luck(6).integers(1 << 60) == luck(9, "deaths", 3, 6).integers(
        1 << 60
    )
