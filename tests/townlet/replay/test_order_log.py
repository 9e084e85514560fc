"""Orders come back as they were given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet.errors import UserError
from townlet.replay.blocks import BlockWriter
from townlet.replay.order_log import Order, OrderWriter, decode, encode, read_orders, same_order

ORDERS = [
    Order(0, "spawn", {"town": 1, "needs": {"hunger": 0.25}, "at": (3, 4), "name": None}),
    Order(7, "kill", {"agent": "ada"}, "no agent is called 'ada'"),
    Order(7, "trigger", {"spec": "dark", "participants": ["ada", 3]}),
    Order(9, "reload", {"manifest": b"\x00\xff text"}),
    Order(12, "launch", {"names": ("a", "b")}),
]


def test_orders_come_back_in_their_order(tmp_path: Path) -> None:
    writer = OrderWriter(tmp_path / "orders.log")
    for order in ORDERS:
        writer.add(order)
    writer.close()
    assert writer.count == len(ORDERS)
    assert read_orders(tmp_path / "orders.log") == (ORDERS, None)


def test_arrays_come_back_with_shape_and_type() -> None:
    actions = np.arange(-1, 5, dtype=np.int32)
    waits = np.array([True, False])
    order = Order(3, "step", {"actions": actions, "level": "option", "waits": waits})
    content = encode(order)
    actions[:] = 0  # what was given is written down, not what became of it
    back = decode(content)
    assert back.arguments["actions"].tolist() == [-1, 0, 1, 2, 3, 4]
    assert back.arguments["actions"].dtype == np.int32
    assert back.arguments["waits"].dtype == np.bool_
    assert same_order(back, decode(content))
    assert not same_order(back, order)
    assert "actions=int32 of (6,)" in back.text


def test_numbers_of_numpy_are_numbers() -> None:
    given: dict[str, Any] = {"agent": np.int64(3), "wallet": np.float32(0.5)}
    back = decode(encode(Order(0, "kill", given)))
    assert back.arguments == {"agent": 3, "wallet": 0.5}
    assert type(back.arguments["agent"]) is int


def test_an_order_reads_as_it_was_written() -> None:
    assert ORDERS[1].text == "kill(agent='ada') (refused)"
    assert ORDERS[3].text == "reload(manifest=7 bytes)"


def test_an_entry_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    writer = BlockWriter(tmp_path / "orders.log")
    writer.write(b"[1]\n")
    writer.close()
    with pytest.raises(UserError, match="an entry cannot be read"):
        read_orders(tmp_path / "orders.log")
