"""Amdahl's law on samples whose serial part is known."""

import numpy as np
import pytest

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.profiling.cores import (
    outlook,
    serial_fraction,
    serial_shares,
    speed_up,
    threads_sweep_of,
)
from townlet.profiling.traffic import MIXED, traffic_of

from .made import report_from, samples_of


def test_amdahls_law() -> None:
    assert speed_up(0.0, 8) == 8
    assert speed_up(1.0, 8) == 1
    assert speed_up(0.1, 4) == pytest.approx(1 / (0.1 + 0.9 / 4))


@pytest.mark.parametrize("serial", [0.0, 0.2, 1.0])
def test_the_serial_fraction_undoes_it(serial: float) -> None:
    assert serial_fraction(speed_up(serial, 6), 6) == pytest.approx(serial)


def test_what_the_serial_parts_allow() -> None:
    # On two threads 800 ns split and 160 whole, with 40 of Python: one thread would take 1800.
    found = outlook(samples_of([[800, 160]] * 3), {"walk": 0.0, "queue": 1.0}, 2)
    assert found["serial_ns_per_tick"] == 200
    assert found["serial_share_now"] == 0.2
    assert found["serial_share"] == pytest.approx(200 / 1800, abs=1e-5)
    assert found["parts"] == {"queue": 160.0, "Python around systems": 40.0}
    assert found["speed_up"]["4"] == pytest.approx(1800 / (200 + 1600 / 4), abs=1e-3)
    assert found["times_as_fast_as_now"]["2"] == pytest.approx(1, abs=1e-3)
    assert found["times_as_fast_as_now"]["8"] == pytest.approx(1000 / 400, abs=1e-3)


def test_every_system_has_a_serial_share_and_mixed_ones_are_measured() -> None:
    sim = Simulation.from_config(SimulationConfig(), agents=64, threads=2).run(2)
    runtime = sim.sampler(1).runtime
    traffic = traffic_of(runtime)
    shares = serial_shares(runtime, traffic)
    assert shares.keys() == traffic.keys()
    assert shares["choose_options"] == 0
    assert shares["collect_rent"] == 1
    mixed = [name for name, touched in traffic.items() if touched.splits == MIXED]
    assert mixed
    assert all(0 < shares[name] < 1 for name in mixed)


def test_a_sweep_over_threads() -> None:
    ticks = [np.tile([ns, 100.0], (20, 1)) for ns in (860, 360)]
    one, two = (report_from(t, threads=k + 1) for k, t in enumerate(ticks))
    found = threads_sweep_of([one, two])
    first, second = found["threads"]
    assert (first["speed_up"], first["serial_fraction"]) == (1.0, None)
    assert (second["speed_up"], second["efficiency"]) == (2.0, 1.0)
    assert second["serial_fraction"] == 0
    assert found["systems"]["walk"]["speed_up"] == pytest.approx(860 / 360, abs=1e-3)
    assert found["systems"]["queue"]["ns_per_tick"] == [100.0, 100.0]
