"""The random policy against its slow twin."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tests.oracle import scripted as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin


def test_draws_equal_the_slow_twin(tmp_path: Path) -> None:
    chosen: Counter[str] = Counter()
    for kind in KINDS:
        sim = make(kind, tmp_path, seed=9, policy="random", **{"needs.fun.decay": 0.002})
        luck, seen = random.Random(kind), list[Town]()
        for k in range(120):
            if k % 25 == 5:
                scramble(sim, luck)
            tick(sim, {"draw_options": twin(sim, slow.random_policy, seen)})
        for town in seen:
            for agent in town.agents:
                chosen[agent.option] += agent.wake == town.tick + 15
    assert {"idle", "get_fed", "get_clean", "sleep", "relax"} <= chosen.keys()
    assert not {"socialise", "get_fun"} & {o for o, n in chosen.items() if n}, "ties are off"


def test_each_open_option_is_as_likely(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=16, seed=2, policy="random")
    chosen: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    for _ in range(120):
        # The same decision again and again: everyone at home, everything open.
        sim.column("Intent.wake")[:] = 0
        sim.column("Needs.level")[:] = 0.4
        before = look(sim)
        before.tick += 1
        sim._before()
        sim._runtime._step(sim._runtime.launches["draw_options"])()
        for agent, free in zip(look(sim).agents, before.agents, strict=True):
            choices = slow.open_options(before, free)
            assert agent.option in choices
            if free.running is None:
                chosen[agent.option] += 1
                for option in choices:
                    expected[option] += 1 / len(choices)  # type: ignore[assignment]
    assert len(chosen) >= 5
    assert sum(chosen.values()) > 500
    for option, wanted in expected.items():
        assert abs(chosen[option] - wanted) < 5 * wanted**0.5, option
