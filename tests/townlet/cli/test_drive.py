import signal
from collections.abc import Iterator
from itertools import pairwise

import pytest

from townlet.cli.drive import Stop, ctrl_c_aborts, ctrl_c_stops, drive, next_chunk

from ..fakes import FakeTown


@pytest.fixture(autouse=True)
def ctrl_c_works() -> Iterator[None]:
    """A shell starts background jobs, and a hosted runner its jobs, with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_every_tick_is_done_once_and_the_first_apart() -> None:
    town = FakeTown()
    outcome = drive(town, 1000, 0.0, Stop())
    assert town.tick == outcome.ticks == sum(town.chunks) == 1000
    assert town.chunks[0] == 1
    assert not outcome.interrupted


def test_the_first_tick_is_kept_out_of_the_timings() -> None:
    town = FakeTown()
    drive(town, 5, 0.0, Stop())
    assert town.resets == [1]


def test_chunks_at_most_double() -> None:
    town = FakeTown()
    drive(town, 5000, 0.0, Stop())
    chunks = town.chunks[1:-1]
    assert all(later <= 2 * earlier for earlier, later in pairwise(chunks))
    assert max(chunks) > 100


def test_between_chunks_somebody_may_look() -> None:
    town, looks = FakeTown(), list[int]()
    drive(town, 100, 0.0, Stop(), between=lambda: looks.append(town.tick))
    ends = [sum(town.chunks[: n + 1]) for n in range(len(town.chunks))]
    assert looks == ends[:-1]


def test_one_tick_has_no_rate() -> None:
    assert drive(FakeTown(), 1, 0.0, Stop()).ticks_per_s is None


def test_rates_leave_the_first_tick_out() -> None:
    outcome = drive(FakeTown(), 11, 0.0, Stop())
    assert outcome.ticks_per_s == pytest.approx(10 / outcome.steady_s)


def test_a_stop_ends_the_run_after_its_chunk() -> None:
    town, stop = FakeTown(), Stop()

    def watch(done: int, steady_s: float) -> None:
        stop.asked = done >= 8

    outcome = drive(town, 10_000, 0.0, stop, watch)
    assert outcome.interrupted
    assert 8 <= outcome.ticks == town.tick < 10_000


def test_the_first_ctrl_c_asks_and_the_second_ends_at_once() -> None:
    stop, said = Stop(), list[str]()
    with ctrl_c_stops(stop, said.append):
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        assert len(said) == 1
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_ends_a_warm_up_between_two_kernels() -> None:
    said = list[str]()
    with ctrl_c_aborts(said.append) as between:
        between()
        signal.raise_signal(signal.SIGINT)  # inside the compiler, where raising would be lost
        assert len(said) == 1
        with pytest.raises(KeyboardInterrupt):
            between()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_before_the_first_kernel_ctrl_c_ends_at_once() -> None:
    with ctrl_c_aborts(print), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_chunk_goes_no_further_than_there_is_room() -> None:
    town, ends = FakeTown(), list[int]()
    drive(
        town,
        1000,
        0.0,
        Stop(),
        between=lambda: ends.append(town.tick),
        room=lambda: 64 - town.tick % 64,
    )
    assert town.tick == 1000
    assert set(range(64, 1000, 64)) <= set(ends)


def test_sigterm_stops_as_ctrl_c_does() -> None:
    stop, said = Stop(), list[str]()
    with ctrl_c_stops(stop, said.append):
        signal.raise_signal(signal.SIGTERM)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert len(said) == 1


def test_chunks_lead_to_a_tenth_of_a_second() -> None:
    assert next_chunk(8, 8, 0.0001) == 16, "at most doubling"
    assert next_chunk(100, 100, 0.5) == 20
    assert next_chunk(100, 30, 60.0) == 1, "a large town is asked after every tick"
