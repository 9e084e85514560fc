"""Pieces of memory are copied whole, by one thread or shared among several."""

from __future__ import annotations

import numpy as np
import pytest

from townlet.snapshot.moving import Mover


@pytest.mark.parametrize("threads", [1, 2])
def test_every_byte_of_every_array_is_copied_and_no_other(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("townlet.snapshot.moving._SHARED_FROM", 1 << 17)
    rng = np.random.default_rng(7)
    sizes = [0, 1, 63, 64, 1000, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 300_001]
    sources = [rng.integers(0, 256, size, np.uint8) for size in sizes]
    room = [np.full(size + 32, 171, np.uint8) for size in sizes]
    targets = [array[16 : 16 + size] for array, size in zip(room, sizes, strict=True)]
    mover = Mover(zip(targets, sources, strict=True), threads)
    for _ in range(2):
        mover()
        for array, source in zip(room, sources, strict=True):
            assert (array[16 : 16 + source.size] == source).all()
            assert (array[:16] == 171).all()
            assert (array[16 + source.size :] == 171).all()
        for source in sources:
            np.add(source, 1, out=source)


def test_shapes_and_types_do_not_matter() -> None:
    source = np.arange(24.0).reshape(2, 3, 4)
    target = np.zeros((2, 3, 4))
    Mover([(target, source)])()
    assert np.array_equal(target, source)


def test_nothing_is_no_work() -> None:
    Mover([])()
