"""Samples: every tick has a row, and its parts are those the runtime adds up."""

import gc

import numpy as np
import pytest

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.profiling.samples import Samples, joined
from townlet.profiling.summary import accounts_of


def town(agents: int = 16, **options: object) -> Simulation:
    return Simulation.from_config(SimulationConfig(), agents=agents, **options)  # type: ignore


@pytest.fixture(scope="module")
def sampled() -> tuple[Simulation, Samples, dict[str, int]]:
    sim = town(fused=False)
    sim.run(1)
    sim.reset_timings()
    sampler = sim.sampler(70)
    sampler.run(40)
    sampler.run(30)
    sums = {row["system"]: row["ns_total"] for row in sim.timings().iter_rows(named=True)}
    return sim, sampler.samples(), sums


def test_a_row_per_tick_that_adds_up_to_the_runtimes_sums(
    sampled: tuple[Simulation, Samples, dict[str, int]],
) -> None:
    sim, samples, sums = sampled
    assert samples.ticks == 70
    assert sim.tick == 71
    assert dict(zip(samples.names, samples.systems.sum(axis=0).tolist(), strict=True)) == sums
    assert (samples.systems >= 0).all()


def test_the_parts_of_a_tick_follow_one_another(
    sampled: tuple[Simulation, Samples, dict[str, int]],
) -> None:
    samples = sampled[1]
    for part in (samples.before, samples.after, samples.dispatch, samples.own):
        assert (part > 0).all()
    assert (np.diff(samples.started)[:-1] > 0).all()
    ends = samples.started + samples.totals
    assert (ends[:-1] <= samples.started[1:]).all()


def test_parts_add_up_to_a_wall_time_that_was_measured_apart(
    sampled: tuple[Simulation, Samples, dict[str, int]],
) -> None:
    accounts = accounts_of(sampled[1])
    parts = sum(value for name, value in accounts.items() if name != "wall_s")
    assert parts == pytest.approx(accounts["wall_s"], abs=1e-9)
    assert accounts["unaccounted_s"] >= 0


def test_the_town_lives_as_without_samples() -> None:
    watched, alone = town(), town()
    watched.sampler(90).run(90)
    assert watched.hash() == alone.run(90).hash()


def test_a_sampler_refuses_more_ticks_than_it_has_room_for() -> None:
    sim = town()
    sampler = sim.sampler(3)
    sampler.run(2)
    with pytest.raises(ValueError, match="room"):
        sampler.run(2)
    assert sim.tick == 2


def test_garbage_collection_is_told_apart_and_nobody_listens_afterwards() -> None:
    sim = town()
    listening = len(gc.callbacks)
    sampler = sim.sampler(4)
    collect = sim._after

    def after() -> None:
        gc.collect()
        collect()

    sampler._after = after
    sampler.run(4)
    samples = sampler.samples()
    assert (samples.collected[:, 1] > 0).all()
    assert (samples.collected[:, 0] == 0).all()
    assert (samples.collected[:, 1] <= samples.after).all()
    assert len(gc.callbacks) == listening


def test_an_error_in_a_tick_leaves_no_callback_behind() -> None:
    sim = town()
    listening = len(gc.callbacks)
    sampler = sim.sampler(4)

    def fail() -> None:
        raise KeyboardInterrupt

    sampler._before = fail
    with pytest.raises(KeyboardInterrupt):
        sampler.run(2)
    assert len(gc.callbacks) == listening
    assert sampler.samples().ticks == 0


@pytest.mark.parametrize(
    "way", [{"threads": 2, "fused": True}, {"threads": 1}, {"threads": 2}], ids=str
)
def test_a_group_is_shared_out_among_its_systems_exactly(way: dict[str, object]) -> None:
    sim = town(64, **way)
    sampler = sim.sampler(20)
    sampler.run(20)
    samples, runtime = sampler.samples(), sampler.runtime
    scheduled = {spec.name for spec in runtime.schedule.systems}
    assert set(samples.names) == scheduled | set(runtime.steps)
    assert any(len(group) > 1 for group in sampler._groups), "nothing is grouped"
    at = 0
    for k, group in enumerate(sampler._groups):
        of_group = samples.systems[:, at : at + len(group)]
        assert (of_group >= 0).all()
        spent = np.diff(sampler._kept[:21, k])
        assert (of_group.sum(axis=1) == spent).all()
        at += len(group)
    assert at == len(samples.names)


def test_joined_samples_are_one_after_the_other(
    sampled: tuple[Simulation, Samples, dict[str, int]],
) -> None:
    samples = sampled[1]
    both = joined([samples, samples])
    assert both.ticks == 140
    assert both.wall_ns == 2 * samples.wall_ns
    assert (both.systems[70:] == samples.systems).all()
