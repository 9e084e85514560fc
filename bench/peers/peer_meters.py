"""Gymnasium's and PettingZoo's meters on environments of others: prints JSON.

``python -m bench.peers.peer_meters SECONDS``, run by ``python -m bench.peers`` with the interpreter
of the peers' environment: CartPole as Gymnasium steps 64 of them, and MAgent2's battle.
"""

import json
import sys

import gymnasium
from gymnasium.utils.performance import benchmark_vector_step
from magent2.environments import battle_v4

from bench.peers.turns import turns_per_second

CARTS = 64


def main(seconds: int) -> None:
    """Print steps and turns per second."""
    found = {}
    for mode in ("sync", "vector_entry_point"):
        carts = gymnasium.make_vec("CartPole-v1", num_envs=CARTS, vectorization_mode=mode)
        found[mode] = benchmark_vector_step(carts, target_duration=seconds, seed=0)
    battle = battle_v4.env(map_size=27)
    battle.reset(seed=0)
    agents = len(battle.possible_agents)
    print(json.dumps(found | {"battle": turns_per_second(battle), "battle_agents": agents}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
