"""The witness notes what is gone when a tick ends."""

from __future__ import annotations

import gc
import weakref

from tests.townlet.capture.towns import SIZE, hard_town

from townlet.capture.witness import Witness
from townlet.ecs import Phase
from townlet.ecs.runtime import Step
from townlet.simulation import Simulation


def test_who_chooses_is_who_was_free_to_and_did_not_just_go_on() -> None:
    witness = Witness("random")
    before: dict[int, tuple[int, int, int]] = {}

    def look() -> None:
        for row in range(len(wake)):
            before[row] = int(wake[row]), int(option[row]), int(running[row])

    step = Step("look", look, Phase.DECIDE, after="obey_orders")
    sim = Simulation.from_config(
        hard_town(), policy="random", steps=(step, *witness.steps()), **SIZE
    )
    witness.bind(sim.store)
    wake, option = sim.column("Intent.wake"), sim.column("Intent.option")
    running, alive = sim.column("Activity.affordance"), sim.column("Identity.alive")
    talks = sim.column("Talk.partner")
    free = goes_on = 0
    for tick in range(1, 200):
        talking = talks >= 0
        sim.run(1)
        for row in range(len(wake)):
            woken, was, doing = before[row]
            if not alive[row] or talking[row] or talks[row] >= 0:
                continue
            same = doing >= 0 and witness.option[row] == was
            assert witness.decided[row] == (woken <= tick and not same)
            free, goes_on = free + witness.decided[row], goes_on + (woken <= tick and same)
    assert free > 100
    assert goes_on > 0


def test_steps_do_not_keep_a_witness_alive() -> None:
    witness = Witness("scripted")
    steps, gone = witness.steps(), weakref.ref(witness)
    del witness
    gc.collect()
    assert gone() is None
    for step in steps:
        step.run()
