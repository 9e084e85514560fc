"""The state hash: a sum keyed by entity and column."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.townlet.ecs.tiny import jitted, plain

from townlet.ecs.hashing import BLOCK, column_hash, hash_rows, hash_straight, mix, name_key

DTYPES = [np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32,
          np.uint64, np.float32, np.float64]  # fmt: skip
jitted_mix = jitted(mix)
MASK = (1 << 64) - 1


def sums(values: Any, entity: Any, town: Any, name: str = "A.b", towns: int = 1) -> list[int]:
    ids, where = np.asarray(entity, np.int32), np.asarray(town, np.int32)
    found = column_hash(name, np.asarray(values), ids, where, towns).tolist()
    return [int(value) for value in found]


def one_town(values: npt.NDArray[Any], name: str = "A.b") -> int:
    rows = len(values)
    return sums(values, range(rows), [0] * rows, name)[0]


def slow_mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def slow_hash(bits: list[list[int]], column: int) -> int:
    """The formula once more, with Python's own integers."""
    step, total = 0x9E3779B97F4A7C15, 0
    for entity, row in enumerate(bits):
        for k, value in enumerate(row):
            key = slow_mix(((entity * len(row) + k) * step + column) & MASK)
            total += slow_mix(key ^ (value * step & MASK))
    return total & MASK


def test_mix_is_splitmix64s_finaliser() -> None:
    # The first outputs of SplitMix64 seeded with 0, from its authors' reference code.
    step = 0x9E3779B97F4A7C15
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [int(jitted_mix(np.uint64(k * step & MASK))) for k in (1, 2, 3)] == expected
    assert slow_mix(step) == expected[0]


@given(
    st.lists(st.lists(st.integers(0, 2**32 - 1), min_size=3, max_size=3), min_size=1, max_size=9)
)
def test_slow_twin(rows: list[list[int]]) -> None:
    values = np.array(rows, np.uint32)
    assert one_town(values) == slow_hash(rows, int(name_key("A.b")))


def test_jitted_and_plain_agree() -> None:
    bits = np.arange(12, dtype=np.uint16).reshape(4, 3)
    entity, town = np.arange(4, dtype=np.int32), np.array([0, 1, 0, 1], np.int32)
    fast, slow = np.zeros(2, np.uint64), np.zeros(2, np.uint64)
    key = np.array([name_key("x")])
    hash_rows(bits, entity, town, key, fast)
    with np.errstate(over="ignore"):
        plain(hash_rows)(bits, entity, town, key, slow)
    assert fast.tolist() == slow.tolist()


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=2, max_size=30), st.randoms())
def test_row_order_does_not_matter(values: list[int], random: Any) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    town = [k % 3 for k in range(len(values))]
    straight = sums(np.array(values, np.int32), range(len(values)), town, towns=3)
    shuffled = sums(
        np.array([values[k] for k in order], np.int32), order, [town[k] for k in order], towns=3
    )
    assert straight == shuffled


def test_the_place_in_a_batch_does_not_matter() -> None:
    alone = sums([5, 6, 7], [0, 1, 2], [0, 0, 0])[0]
    batch = sums([1, 5, 2, 6, 3, 7], [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], towns=2)
    assert batch[1] == alone
    assert batch[0] == sums([1, 2, 3], [0, 1, 2], [0, 0, 0])[0]


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: d.__name__)
@pytest.mark.parametrize("shape", [(6,), (6, 3), (6, 2, 2)])
def test_every_single_bit_counts(dtype: Any, shape: tuple[int, ...]) -> None:
    values = np.zeros(shape, dtype)
    raw = values.reshape(-1).view(np.uint8)
    seen = {one_town(values)}
    bits = 1 if dtype is np.bool_ else 8
    for byte in range(len(raw)):
        for bit in range(bits):
            raw[byte] ^= 1 << bit
            seen.add(one_town(values))
            raw[byte] ^= 1 << bit
    assert len(seen) == 1 + len(raw) * bits


@given(st.integers(0, 19), st.integers(0, 19), st.integers(1, 1000))
def test_moving_a_value_to_somebody_else_counts(one: int, two: int, value: int) -> None:
    a, b = np.zeros(20, np.int32), np.zeros(20, np.int32)
    a[one], b[two] = value, value
    assert (one_town(a) == one_town(b)) == (one == two)


def test_columns_are_keyed_by_name() -> None:
    values = np.arange(4)
    assert one_town(values, "A.b") != one_town(values, "A.c")
    a, b = np.array([1, 2]), np.array([3, 4])
    assert one_town(a, "A.b") + one_town(b, "A.c") != one_town(b, "A.b") + one_town(a, "A.c")


def test_rows_of_zeros_count_too() -> None:
    assert one_town(np.zeros(4, np.int32)) != one_town(np.zeros(5, np.int32))


def test_the_hash_is_the_same_on_every_machine() -> None:
    values = np.array([[1.5, -2.0], [0.0, 1e-9]], np.float32)
    bits = [[int(b) for b in row] for row in values.view(np.uint32)]
    assert one_town(values, "Needs.level") == slow_hash(bits, int(name_key("Needs.level")))
    assert int(name_key("Needs.level")) == 0x112127FBABCB48E6


def straight(
    values: npt.NDArray[Any], towns: int, lanes: int, memory: Any = None, run: Any = hash_straight
) -> list[int]:
    """Sums of each town by the kernel for rows in order, cut into lanes."""
    flat = np.ascontiguousarray(values).reshape(-1).view(f"u{values.itemsize}")
    size = len(flat) // towns
    each = -(-size // BLOCK)
    sizes = np.array([size, each], np.int64)
    value, known, fresh = memory or blank(each * towns)
    out, key = np.zeros((lanes, 1, towns), np.uint64), np.array([name_key("A.b")])
    for lane in range(lanes):
        low, high = each * towns * lane // lanes, each * towns * (lane + 1) // lanes
        span = np.array([[low, high]], np.int64)
        run(flat, key, sizes, span, value, known, fresh, out[lane])
    return [int(total) for total in out.sum(axis=(0, 1), dtype=np.uint64)]


def blank(blocks: int) -> tuple[Any, Any, Any]:
    return np.zeros(blocks, np.uint64), np.zeros(blocks, np.uint64), np.ones(blocks, np.bool_)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("towns", "lanes"), [(1, 1), (1, 3), (5, 2), (3, 7)])
def test_rows_in_order_come_to_the_same(dtype: Any, towns: int, lanes: int) -> None:
    luck = np.random.default_rng(towns)
    rows = towns * 211
    values = luck.integers(0, 2, (rows, 3)).astype(dtype)
    values[30:300] = values[0, 0]  # a block of one value
    entity, town = np.arange(rows) % 211, np.arange(rows) // 211
    assert straight(values, towns, lanes) == sums(values, entity, town, towns=towns)


def test_a_remembered_block_is_forgotten_when_it_changes() -> None:
    values = np.full(3 * BLOCK, 7, np.int16)
    memory = blank(3)
    for at, new in ((0, 7), (300, 8), (300, 7), (slice(256, 512), 9), (5, 1), (slice(None), 2)):
        values[at] = new
        assert straight(values, 1, 1, memory) == [one_town(values)]
        assert straight(values, 1, 1, memory) == [one_town(values)], "and once more"


def test_rows_in_order_as_plain_python() -> None:
    values = np.arange(300, dtype=np.uint16)
    values[256:] = 3
    with np.errstate(over="ignore"):
        assert straight(values, 1, 1, run=plain(hash_straight)) == [one_town(values)]
