"""The default town's names: dimensions, options, primitives. No arrays are allocated."""

from __future__ import annotations

import functools

from townlet.config import SimulationConfig
from townlet.ecs import Sizes
from townlet.observe.shape import shape_of
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.setup.menu import MenuRows, build_menu
from townlet.setup.sizes import sizes_of
from townlet.setup.things import thing_rows


@functools.cache
def default_blueprint() -> Blueprint:
    """The blueprint of a town without a config file."""
    return draw_blueprint(SimulationConfig())


def default_menu() -> MenuRows:
    """Which affordances serve which option in the default town."""
    return build_menu(default_blueprint().table)


def default_sizes() -> Sizes:
    """Dimensions and labels of the default town."""
    blue = default_blueprint()
    things = thing_rows(blue.plan, blue.config.queue_fairness.ring_capacity)
    return sizes_of(blue, default_menu(), things, 1, shape_of(blue, None))
