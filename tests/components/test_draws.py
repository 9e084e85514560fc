"""Purposes of draws: one number per decision."""

from townlet_components import draws

PURPOSES = {k: v for k, v in vars(draws).items() if k.isupper()}


def test_no_purpose_is_used_twice() -> None:
    assert len(PURPOSES) >= 7
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_purposes_fit_their_fourteen_bits() -> None:
    assert all(0 < purpose < 2**14 for purpose in PURPOSES.values())
