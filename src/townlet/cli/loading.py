"""From a file to what a town is made of, with every complaint naming the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.affordances import Manifest
    from townlet.config import SimulationConfig
    from townlet.setup.blueprint import Blueprint

ABOUT_THE_FILE = ("world.", "object ", "jobs", "scenario")
"""How a sentence of the map begins when a config, and no option, is what is wrong."""


@contextmanager
def naming(file: Path | None) -> Iterator[None]:
    """Put the config's name before a sentence about it that does not say it yet."""
    try:
        yield
    except UserError as error:
        if file is not None and str(error).startswith(ABOUT_THE_FILE):
            raise UserError(f"{file}: {error}") from None
        raise


def blueprint_of(config: SimulationConfig, agents: int | None = None) -> Blueprint:
    """Decide what a run of the config would: its map, its manifest, its population.

    Args:
        config: The config.
        agents: Agents per town instead of the config's.

    Raises:
        UserError: A run would be refused; the same sentence.
    """
    from townlet.setup.blueprint import draw_blueprint  # noqa: PLC0415  (quick `--help`)

    with naming(config.source):
        return draw_blueprint(config, agents=agents)


def check_policy(config: SimulationConfig) -> None:
    """Refuse a config whose policy does not exist.

    Raises:
        UserError: Naming file, key and the nearest policy.
    """
    from townlet.policy import policy_systems  # noqa: PLC0415

    try:
        policy_systems(config.runtime.policy.provider)
    except UserError as error:
        file = "" if config.source is None else f"{config.source}: "
        raise UserError(f"{file}runtime.policy.provider: {error}") from None


def hook_warnings(config: SimulationConfig, manifest: Manifest) -> list[str]:
    """What is wrong with a config's hook modules, and names of hooks that none of them has."""
    from townlet.hooks import load_hooks  # noqa: PLC0415  (quick `--help`)

    return load_hooks(config).warnings(manifest)
