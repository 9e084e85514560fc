"""MAgent2's `battle`: ``python -m bench.peers.magent2_battle AGENTS STEPS UNIT`` prints JSON.

Run by ``python -m bench.peers`` with the interpreter of the peers' environment; it imports nothing
of Townlet. UNIT says what is timed:

- ``bare``: random actions are given, and the world steps;
- ``observed``: besides, the observations of all agents are asked for (13 x 13 x 7 and 34 features,
  float32), and their rewards: what a learner needs;
- ``policy``: besides, a network chooses from the features instead of luck.

It goes through MAgent2's fastest face, not PettingZoo's. A twenty-fifth of the map is taken, as in
its examples.
"""

import json
import sys
import time

import numpy as np
from magent2.environments.battle.battle import get_config
from magent2.gridworld import GridWorld

from bench.peers.network import Network

WARM_UP = 2


def main(agents: int, steps: int, unit: str) -> None:
    """Print agent-steps per second after two steps that are not timed."""
    side = int((agents / 0.04) ** 0.5)
    world = GridWorld(get_config(side, True, 0, -0.005, -0.1, -0.1, 0.2))
    armies = world.get_handles()
    world.reset()
    for army in armies:
        world.add_agents(army, method="random", n=agents // 2)
    luck = np.random.default_rng(0)
    count = world.get_action_space(armies[0])[0]
    network = Network(world.get_feature_space(armies[0])[0], count)
    done, begun = 0, 0.0
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            done, begun = 0, time.perf_counter()
        for army in armies:
            alive = world.get_num(army)
            done += alive
            features = None if unit == "bare" else world.get_observation(army)[1]
            if features is not None and unit == "policy":
                actions = network.choose(features)
            else:
                actions = luck.integers(0, count, alive).astype(np.int32)
            world.set_action(army, actions)
        world.step()
        for army in armies:
            if unit != "bare":
                world.get_reward(army)
        world.clear_dead()
    spent = time.perf_counter() - begun
    print(json.dumps({"agents": agents, "steps": steps, "agent_steps_per_s": done / spent}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
