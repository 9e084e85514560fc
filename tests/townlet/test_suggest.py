"""What a mistyped name may have meant."""

from townlet.suggest import nearest


def test_a_close_name_is_suggested() -> None:
    assert nearest("scriptd", ["random", "scripted"]) == "; did you mean 'scripted'?"


def test_without_a_close_name_all_are_listed() -> None:
    assert nearest("xyz", iter(["random", "scripted"])) == "; valid are random, scripted"
