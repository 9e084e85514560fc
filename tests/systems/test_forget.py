"""Forgetting: only at midnight, and only what has faded."""

from __future__ import annotations

from random import Random

import numpy as np
from tests.systems.conftest import arguments
from tests.systems.test_conversations import run_plain
from tests.systems.tie_world import Circles

from townlet_systems.forget import count_ended, forget_all


def test_nothing_is_forgotten_before_midnight(plain_python: None) -> None:
    world = Circles(Random(4))
    world.pass_time(20_000)
    world.arrays["minute"][0] = 1439
    for kernel in (forget_all, count_ended):
        run_plain(kernel, arguments(kernel, world.arrays))
    world.compare()
    assert (world.arrays["ended"] == 77).all()


def test_at_midnight_the_day_is_over_and_faded_ties_end(plain_python: None) -> None:
    ended = 0
    for seed in range(10):
        world = Circles(Random(seed))
        a, known = world.arrays, world.arrays["other"] >= 0
        for name in ("conflicts", "escalated", "chats"):
            a[name][known] = 3
        a["passed"][known] = True
        world.pass_time(1440)
        for kernel in (forget_all, count_ended):
            run_plain(kernel, arguments(kernel, a))
        for twin in world.twins:
            twin.midnight(world.tick)
        world.compare()
        for name in ("conflicts", "escalated", "chats", "passed"):
            assert not a[name].any()
        ended += int(np.sum(a["evicted"]))
    assert ended > 0
