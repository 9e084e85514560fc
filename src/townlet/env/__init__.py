"""Environments: towns behind the interfaces of PettingZoo and Gymnasium (SPEC §15).

Importing this package registers ``Townlet/Town-v0`` for ``gymnasium.make_vec``.
"""

from gymnasium.envs.registration import register, registry

from townlet.env.core import EnvCore
from townlet.env.parallel import ParallelTown, env, parallel_env
from townlet.env.tensors import tensors
from townlet.env.vector import TownVectorEnv

__all__ = ["TOWN_ID", "EnvCore", "ParallelTown", "TownVectorEnv", "env", "parallel_env", "tensors"]

TOWN_ID = "Townlet/Town-v0"
"""``gymnasium.make_vec(TOWN_ID, num_envs=towns * agents)`` makes a :class:`TownVectorEnv`."""

if TOWN_ID not in registry:
    register(TOWN_ID, vector_entry_point=TownVectorEnv)
