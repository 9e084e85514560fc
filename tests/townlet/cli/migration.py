"""A migration, for tests to name in a config."""

from townlet.config import SimulationConfig
from townlet.snapshot import Contents


def to_new(contents: Contents, config: SimulationConfig) -> None:
    contents.header.config_id = config.config_id
