"""Which components and systems there are."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from townlet.ecs.schema import ComponentSpec
from townlet.ecs.system import SystemSpec
from townlet_components.observation import (
    Daytime,
    Drafts,
    FeaturePlan,
    MapNotes,
    MapPlan,
    Observation,
    ObservationRules,
    Picks,
    Sights,
    Stands,
    Ways,
)
from townlet_components.rewards import (
    Avoided,
    RewardBlocks,
    RewardMemory,
    RewardNotes,
    RewardRules,
    Rewards,
    RewardStats,
)
from townlet_components.vetoes import Asked, NeedsFallen, NeedsTold, TownTold
from townlet_systems.company import gather_company
from townlet_systems.consult import list_starts
from townlet_systems.features import write_features
from townlet_systems.maps import write_maps
from townlet_systems.masks import write_option_masks, write_primitive_masks
from townlet_systems.measure import measure_today
from townlet_systems.reward_sums import grade_returns, sum_rewards
from townlet_systems.rewards import note_entrances, score_agents
from townlet_systems.sights import gather_sights
from townlet_systems.social_rewards import score_company
from townlet_systems.thresholds import note_thresholds
from townlet_systems.ways import find_ways
from townlet_systems.worked import note_work, watch_doors

#: Who is free to talk; masks of the tick to come want to know it as a decision would.
COMPANY: SystemSpec = gather_company.__system__  # type: ignore[attr-defined]
#: Systems that run when somebody asks, not in every tick.
MASKS: dict[str, SystemSpec] = {
    "option": write_option_masks.__system__,  # type: ignore[attr-defined]
    "primitive": write_primitive_masks.__system__,  # type: ignore[attr-defined]
}
TODAY: SystemSpec = measure_today.__system__  # type: ignore[attr-defined]
ON_REQUEST: tuple[SystemSpec, ...] = (*MASKS.values(), TODAY)

#: Systems and components that only towns with hooks have, those that their hooks need.
HOOK_SYSTEMS: tuple[SystemSpec, ...] = (
    list_starts.__system__,  # type: ignore[attr-defined]
    note_thresholds.__system__,  # type: ignore[attr-defined]
)
HOOK_COMPONENTS: tuple[type[Any], ...] = (Asked, NeedsTold, NeedsFallen, TownTold)

#: Systems and components that only towns with a learner have, for rewards and for observations.
REWARD_SYSTEMS: tuple[SystemSpec, ...] = (
    note_entrances.__system__,  # type: ignore[attr-defined]
    note_work.__system__,  # type: ignore[attr-defined]
    watch_doors.__system__,  # type: ignore[attr-defined]
    score_company.__system__,  # type: ignore[attr-defined]
    score_agents.__system__,  # type: ignore[attr-defined]
    sum_rewards.__system__,  # type: ignore[attr-defined]
    grade_returns.__system__,  # type: ignore[attr-defined]
)
REWARD_COMPONENTS: tuple[type[Any], ...] = (
    Rewards,
    RewardMemory,
    Avoided,
    RewardNotes,
    RewardRules,
    RewardStats,
    RewardBlocks,
)
OBSERVATION_SYSTEMS: tuple[SystemSpec, ...] = (
    gather_sights.__system__,  # type: ignore[attr-defined]
    find_ways.__system__,  # type: ignore[attr-defined]
    write_maps.__system__,  # type: ignore[attr-defined]
    write_features.__system__,  # type: ignore[attr-defined]
)
OBSERVATION_COMPONENTS: tuple[type[Any], ...] = (
    Observation, Sights, Stands, Ways, MapNotes, Drafts, Picks, Daytime, MapPlan, FeaturePlan,
    ObservationRules,
)  # fmt: skip
LEARNER_SYSTEMS: tuple[SystemSpec, ...] = (*REWARD_SYSTEMS, *OBSERVATION_SYSTEMS)
#: Those that come together.
LEARNER_GROUPS: tuple[tuple[SystemSpec, ...], ...] = (REWARD_SYSTEMS, OBSERVATION_SYSTEMS)

#: Components that not every town has.
OPTIONAL_COMPONENTS: tuple[type[Any], ...] = (
    *HOOK_COMPONENTS,
    *REWARD_COMPONENTS,
    *OBSERVATION_COMPONENTS,
)


def discover_components(package: ModuleType) -> list[type[Any]]:
    """Every component declared in a package's modules, in order of module name and definition.

    Those that not every town has are left out.
    """
    found: list[type[Any]] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            spec = getattr(value, "__component__", None)
            ours = isinstance(spec, ComponentSpec) and value.__module__ == module.__name__
            if ours and value not in OPTIONAL_COMPONENTS:
                found.append(value)
    return found
