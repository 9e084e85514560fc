"""MAgent2's `battle` with observations: ``python magent2_battle.py AGENTS STEPS`` prints JSON.

Run by ``python -m bench.peers`` with the interpreter of the peers' environment; it imports nothing
of Townlet. Each step asks for the observations of all agents (13 x 13 x 7 and 34 features,
float32), gives everyone a random action, steps, and asks for rewards: what a learner needs, through
MAgent2's fastest face, not PettingZoo's. A twenty-fifth of the map is taken, as in its examples.
"""

import json
import sys
import time

import numpy as np
from magent2.environments.battle.battle import get_config
from magent2.gridworld import GridWorld

WARM_UP = 2


def main(agents: int, steps: int) -> None:
    """Print agent-steps per second after two steps that are not timed."""
    side = int((agents / 0.04) ** 0.5)
    world = GridWorld(get_config(side, True, 0, -0.005, -0.1, -0.1, 0.2))
    armies = world.get_handles()
    world.reset()
    for army in armies:
        world.add_agents(army, method="random", n=agents // 2)
    luck = np.random.default_rng(0)
    done, begun = 0, 0.0
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            done, begun = 0, time.perf_counter()
        for army in armies:
            world.get_observation(army)
            alive = world.get_num(army)
            done += alive
            actions = luck.integers(0, world.get_action_space(army)[0], alive)
            world.set_action(army, actions.astype(np.int32))
        world.step()
        for army in armies:
            world.get_reward(army)
        world.clear_dead()
    spent = time.perf_counter() - begun
    print(json.dumps({"agents": agents, "steps": steps, "agent_steps_per_s": done / spent}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
