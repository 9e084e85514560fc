"""Options and primitives come in the order their users count on (SPEC §12)."""

from townlet_components import intent
from townlet_components.needs import BASE_NEEDS


def test_options_are_in_order() -> None:
    assert intent.OPTIONS == (
        "idle", "get_fed", "get_clean", "sleep", "go_to_work", "shop", "socialise", "relax",
    )  # fmt: skip
    for name, number in (("IDLE", 0), ("SLEEP", 3), ("RELAX", 7)):
        assert getattr(intent, name) == number


def test_primitives_are_in_order_and_interact_follows() -> None:
    assert intent.PRIMITIVES == (
        "wait", "move_north", "move_south", "move_east", "move_west", "talk", "buy", "use_item",
        "leave",
    )  # fmt: skip
    assert len(intent.PRIMITIVES) == intent.INTERACT
    assert intent.EAST - intent.NORTH == 2


def test_guard_bits_are_different() -> None:
    bits = [v for k, v in vars(intent).items() if k.startswith("GUARD_")]
    assert sorted(bits) == [1, 2, 4, 8, 16]


def test_the_base_needs_come_first() -> None:
    assert BASE_NEEDS == ("hunger", "hygiene", "energy")
