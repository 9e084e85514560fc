"""Halves: float32 to float16 by integer arithmetic, the same on every processor."""

import numpy as np

from townlet.ecs import F32, U32, device

_SIGN = np.uint32(0x8000)
_MAGNITUDE = np.uint32(0x7FFFFFFF)
#: Smallest magnitude that is a normal float16, and the first that rounds to infinity.
_NORMAL, _INFINITE = np.uint32(0x38800000), np.uint32(0x477FF000)


@device
def half_of(value: np.float32) -> np.uint32:
    """Bits of the nearest float16, ties to even; what is too large is infinite. No NaN."""
    word = np.float32(value).view(np.uint32)
    sign = (word >> np.uint32(16)) & _SIGN
    size = word & _MAGNITUDE
    if size >= _INFINITE:
        return sign | np.uint32(0x7C00)
    if size >= _NORMAL:
        even = (size >> np.uint32(13)) & np.uint32(1)
        rounded = size - np.uint32(0x38000000) + np.uint32(0xFFF) + even
        return sign | (rounded >> np.uint32(13))
    # Adding 0.5 leaves a subnormal's bits, rounded, at the end of the sum.
    total = np.float32(abs(np.float32(value)) + np.float32(0.5))
    return sign | (total.view(np.uint32) - np.uint32(0x3F000000))


@device
def copy_halves(words: U32, row: int, numbers: F32) -> None:
    """Write a lane's numbers as float16, two to a word; ``numbers`` is (1, 2 * words)."""
    for k in range(words.shape[1]):
        low, high = half_of(numbers[0, 2 * k]), half_of(numbers[0, 2 * k + 1])
        words[row, k] = low | (high << np.uint32(16))
