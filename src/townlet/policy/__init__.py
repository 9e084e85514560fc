"""Who decides: policies by name."""

from __future__ import annotations

import importlib

from townlet.ecs.schedule import discover_module
from townlet.ecs.system import SystemSpec
from townlet.errors import UserError
from townlet.suggest import nearest

#: Module of the systems of each policy.
MODULES = {
    "scripted": "townlet_systems.scripted",
    "random": "townlet_systems.random_policy",
}


def policy_systems(name: str) -> list[SystemSpec]:
    """Systems of the policy called ``name``.

    Raises:
        UserError: there is no such policy; the sentence names the nearest.
    """
    if name not in MODULES:
        raise UserError(f"unknown policy {name!r}{nearest(name, MODULES)}")
    return discover_module(importlib.import_module(MODULES[name]))
