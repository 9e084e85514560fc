"""The network chooses for everybody, and only what is open."""

import numpy as np
from bench.peers.network import Network


def test_choices_are_open_and_differ() -> None:
    luck = np.random.default_rng(1)
    seen = luck.normal(size=(200, 9)).astype(np.float32)
    network = Network(9, 5)
    free = network.choose(seen)
    assert free.dtype == np.int32
    assert free.shape == (200,)
    assert len(set(free.tolist())) > 2
    mask = luck.random((200, 5)) < 0.5
    mask[:, 0] = True
    chosen = network.choose(seen, mask)
    assert mask[np.arange(200), chosen].all()
    assert (chosen == free)[mask[np.arange(200), free]].all()
    assert (network.choose(seen) == Network(9, 5).choose(seen)).all()
