"""Compiled lines are what plain Python writes."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems import lines

WORDS = 48


def buffer(rows: int = 3, words: int = WORDS) -> np.ndarray[Any, Any]:
    """uint32 (rows, words), 64-byte aligned, full of what nobody wrote."""
    raw = np.full(rows * words * 4 + 64, 0xAB, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + rows * words * 4].view(np.uint32).reshape(rows, words)


def write_all(words: Any, numbers: Any, bits: Any) -> None:
    lines.write_floats(words, 0, bits[0], bits[1])
    lines.write_halves(words, 16, bits[1], bits[2])
    lines.copy_line(words, 32, numbers, 16)
    lines.copy_line(words, WORDS, bits, 0)
    lines.clear_part(words, WORDS + 16, 13)
    lines.put_number(numbers, 2, np.float32(0.25))
    lines.put_bytes(numbers, 3, bits[3], 11)
    lines.put_bytes(numbers, 11, bits[4], 3)
    lines.fence()


def given(seed: int) -> tuple[np.ndarray[Any, Any], ...]:
    draws = np.random.default_rng(seed)
    bits = draws.integers(0, 1 << 63, 8, dtype=np.uint64)
    bits[1:3] &= ~bits[:2]  # a cell is not 1 and -1
    bits[2] &= ~bits[1]
    return buffer(), draws.random((1, 32), np.float32), bits


@pytest.mark.parametrize("seed", range(3))
def test_compiled_lines_are_those_of_plain_python(seed: int) -> None:
    plain, fast = given(seed), given(seed)
    write_all(*plain)
    numba.njit(**JIT_OPTIONS)(write_all)(*fast)
    for a, b in zip(plain, fast, strict=True):
        assert a.tobytes() == b.tobytes()


def test_a_line_is_ones_and_less_than_nothing() -> None:
    words = buffer()
    lines.write_floats(words, 16, 0b101, 0b010)
    assert words[0, 16:32].view(np.float32).tolist() == [1, -1, 1] + [0] * 13
    assert (words[0, :16] == 0xABABABAB).all()
    lines.write_halves(words, 0, 1 << 31, 1)
    assert words[0, :16].view(np.float16).tolist() == [-1] + [0] * 30 + [1]


def test_bytes_become_numbers_up_to_one() -> None:
    numbers = np.zeros((1, 12), np.float32)
    lines.put_bytes(numbers, 1, 0xFF00_0000_0000_80FF, 9)
    assert numbers[0].tolist() == pytest.approx([0, 1, 128 / 255, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    lines.put_bytes(numbers, 9, 0xFFFF, 1)
    assert numbers[0, 9:].tolist() == [1, 0, 0]


@pytest.mark.parametrize("name", ["write_floats", "copy_line", "clear_part", "put_number"])
def test_what_is_only_read_is_not_written(name: str) -> None:
    """As plain assignments: an undeclared write does not compile."""
    words, numbers, _ = given(0)
    words.flags.writeable = numbers.flags.writeable = False
    calls = {
        "write_floats": lambda words, numbers: lines.write_floats(words, 0, 1, 0),
        "copy_line": lambda words, numbers: lines.copy_line(words, 0, numbers, 0),
        "clear_part": lambda words, numbers: lines.clear_part(words, 0, 16),
        "put_number": lambda words, numbers: lines.put_number(numbers, 0, np.float32(1)),
    }
    with pytest.raises(TypingError, match="Cannot modify readonly array"):
        numba.njit(**JIT_OPTIONS)(calls[name])(words, numbers)
