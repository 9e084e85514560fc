from __future__ import annotations

import numpy as np

from townlet.maps.luck import Draws, shuffled, words


def test_words__are_the_published_philox() -> None:
    # Random123's known answer for philox4x64-10, counter 0 and key 0. NumPy steps the counter
    # before it draws, so it starts from the last one.
    known = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    drawn = np.random.Philox(counter=2**256 - 1, key=0).random_raw(4)
    assert [int(word) for word in drawn] == known


def test_words__depend_on_seed_and_purpose() -> None:
    assert (words(3, 1, 8) == words(3, 1, 16)[:8]).all()
    assert (words(3, 1, 8) != words(3, 2, 8)).all()
    assert (words(3, 1, 8) != words(4, 1, 8)).all()


def test_shuffled__is_a_permutation() -> None:
    assert sorted(shuffled(1, 1, 100)) == list(range(100))
    assert Draws(1, 1).shuffle(range(50)) == Draws(1, 1).shuffle(range(50)) != list(range(50))
    assert {Draws(9, 9).below(3) for _ in range(3)} <= {0, 1, 2}
