"""Philox against its published vectors; draws as pure functions."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.townlet.ecs.tiny import jitted, plain

from townlet.ecs.rng import (
    EVENTS_STREAM,
    POLICY_STREAM,
    WORLD_STREAM,
    draw_bits,
    draw_unit,
    philox,
)

#: Random123's kat_vectors for philox4x32 with 10 rounds: counter, key, result.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip
ARGUMENTS = ("seed", "stream", "tick", "slot", "generation", "purpose", "index")
LIMITS = (2**64, 3, 2**32, 2**24, 2**20, 2**14, 2**16)


jitted_philox, jitted_bits, jitted_unit = map(jitted, (philox, draw_bits, draw_unit))


def words(text: str) -> list[np.uint64]:
    return [np.uint64(int(word, 16)) for word in text.split()]


def bits(seed: int, *rest: int) -> int:
    return int(jitted_bits(np.uint64(seed), *rest))


@pytest.mark.parametrize("function", [jitted_philox, plain(philox)], ids=["jitted", "python"])
@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_published_vectors(function: Any, counter: str, key: str, result: str) -> None:
    found = function(*words(counter), *words(key))
    assert [f"{int(word):08x}" for word in found] == result.split()


def test_a_draw_is_the_first_word_of_its_counter() -> None:
    seed = 0x299F31D0_A4093822  # the low half is the first key word
    last = 0x03707344
    stream, purpose, index = last >> 30, last >> 16 & 0x3FFF, last & 0xFFFF
    drawn = bits(seed, stream, 0x243F6A88, 0x85A308D3, 0x13198A2E, purpose, index)
    assert f"{drawn:08x}" == "d16cfe09"


draws = st.tuples(*(st.integers(0, limit - 1) for limit in LIMITS))


@given(draws)
def test_jitted_and_plain_agree(draw: tuple[int, ...]) -> None:
    seed, *rest = draw
    assert bits(*draw) == int(plain(draw_bits)(np.uint64(seed), *rest))
    assert jitted_unit(np.uint64(seed), *rest) == bits(*draw) / 2**32


@given(draws, draws)
def test_a_draw_does_not_depend_on_the_one_before(
    one: tuple[int, ...], two: tuple[int, ...]
) -> None:
    first = bits(*one)
    bits(*two)
    assert bits(*one) == first


@pytest.mark.parametrize("k", range(len(ARGUMENTS)), ids=ARGUMENTS)
def test_every_argument_matters(k: int) -> None:
    base = [7, WORLD_STREAM, 100, 3, 1, 5, 0]
    seen = set()
    for value in range(3):
        base[k] = value
        seen.add(bits(*base))
    assert len(seen) == 3


def test_streams_purposes_and_indices_never_share_a_counter() -> None:
    streams = (WORLD_STREAM, EVENTS_STREAM, POLICY_STREAM)
    corners = [
        bits(1, stream, 9, 9, 9, purpose, index)
        for stream in streams
        for purpose in (0, 1, 2**14 - 1)
        for index in (0, 1, 2**16 - 1)
    ]
    assert len(set(corners)) == len(corners)


def test_draws_fill_the_unit_interval_evenly() -> None:
    units = [
        float(jitted_unit(np.uint64(5), WORLD_STREAM, 1, slot, 0, 4, 0)) for slot in range(4000)
    ]
    assert 0 <= min(units) < 0.01
    assert 0.99 < max(units) < 1
    share = np.histogram(units, 10, (0, 1))[0] / len(units)
    assert (abs(share - 0.1) < 0.02).all()
