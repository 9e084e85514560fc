"""Configuration: a YAML file as one validated, frozen model.

``load_config`` reads a file; ``SimulationConfig()`` is the default town. One module per section
in `townlet.config.sections` holds its keys, ranges, defaults and meaning, from which errors,
JSON schema and the reference are made.
"""

from townlet.config.base import CORE_NEEDS, MONEY_UNIT, TICKS_PER_DAY, money
from townlet.config.errors import ConfigError
from townlet.config.loader import load_config
from townlet.config.model import SimulationConfig
from townlet.config.sections.needs import NeedSpec
from townlet.config.sections.personalities import BUILT_IN_PROFILES, Profile

__all__ = [
    "BUILT_IN_PROFILES",
    "CORE_NEEDS",
    "MONEY_UNIT",
    "TICKS_PER_DAY",
    "ConfigError",
    "NeedSpec",
    "Profile",
    "SimulationConfig",
    "load_config",
    "money",
]
