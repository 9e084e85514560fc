"""Events and reasons: names and numbers go together."""

from townlet_components import events


def test_numbers_are_places_in_the_list_of_names() -> None:
    assert events.EVENTS[events.START] == "affordance_start"
    assert events.EVENTS[events.FAIL] == "affordance_fail"
    assert events.EVENTS[events.GHOST_STEP] == "ghost_step"
    assert events.EVENTS[events.QUEUE_FULL] == "queue_full"
    assert events.REASONS[events.NO_REASON] == "none"
    assert events.REASONS[events.FUNDS] == "insufficient_funds"
    assert events.REASONS[events.REMOVED] == "removed"


def test_names_are_different() -> None:
    assert len(set(events.EVENTS)) == len(events.EVENTS) < 128
    assert len(set(events.REASONS)) == len(events.REASONS) < 128
