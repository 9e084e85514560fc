"""What is about to start is what starts."""

from townlet.testing import check_system
from townlet_systems.consult import list_starts
from townlet_systems.thresholds import note_thresholds


def test_systems_of_hooks_do_what_they_declare() -> None:
    check_system(list_starts)
    check_system(note_thresholds)
