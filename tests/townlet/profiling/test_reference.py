"""The machine is measured by kernels that do what they say."""

import numpy as np
import pytest

from townlet.profiling.reference import Reference, spin, triad


@pytest.mark.parametrize("threads", [1, 2])
def test_a_small_reference_is_measured(threads: int) -> None:
    reference = Reference(threads, rows=1 << 12)
    speed = reference.measure(times=3)
    assert speed.triad_gb_per_s >= speed.triad_median > 0
    assert 0 < speed.spin_ms <= speed.spin_median
    out, one, other = reference._launches[0].arrays
    assert (out == one + 3 * other).all(), "every row, on every thread"


def test_the_kernels_are_what_their_plain_python_is() -> None:
    out = np.zeros(4, np.float32)
    triad(out, np.arange(4, dtype=np.float32), np.full(4, 2, np.float32))
    assert out.tolist() == [6, 7, 8, 9]
    state = np.arange(1, 5, dtype=np.uint64)
    spin(state)
    assert len(set(state.tolist())) == 4
