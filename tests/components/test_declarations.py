"""What every component promises: documented, placed in a town, small enough."""

import re

import pytest

import townlet_components
from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.ecs.schema import ColumnSpec, ComponentSpec, Kind, spec_of
from townlet.systems import discover_components
from townlet_components.masks import Masks

SPECS = [spec_of(klass) for klass in discover_components(townlet_components)]
COLUMNS = [(spec, col) for spec in SPECS for col in spec.columns]
NAMES = [f"{spec.name}.{col.name}" for spec, col in COLUMNS]


def test_components_have_different_names() -> None:
    assert len({spec.name for spec in SPECS}) == len(SPECS) > 30


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_component_says_what_it_is(spec: ComponentSpec) -> None:
    assert re.fullmatch(r"[A-Z].*\.", spec.doc), "one sentence"
    assert spec.columns


@pytest.mark.parametrize(("spec", "col"), COLUMNS, ids=NAMES)
def test_a_column_says_what_it_means(spec: ComponentSpec, col: ColumnSpec) -> None:
    assert col.doc
    assert not col.doc.endswith(".")
    assert col.telemetry in {None, "mean", "min", "max", "sum"}
    if spec.kind is Kind.STATIC:
        assert not col.derived, "rules and maps are given, not computed"
    if spec.kind is Kind.STATE:
        assert col.dtype.kind != "O"
        assert col.dims[0] not in {"lane", "world"}, "state belongs to a town, not to how it is run"


def test_the_state_of_an_agent_is_small() -> None:
    """At most 512 hot bytes, with its share of the town's objects, queues and scratch.

    What is cold - ties, records of work, scenes - is touched when something happens.
    """
    small, large = (
        Simulation.from_config(SimulationConfig(), agents=agents, threads=1).store
        for agents in (20_000, 40_000)
    )
    masks = 0
    for col in spec_of(Masks).columns:
        masks += large.column(f"Masks.{col.name}").nbytes - small.column(f"Masks.{col.name}").nbytes
    hot = [store.nbytes(static=False, cold=False) for store in (small, large)]
    assert (hot[1] - hot[0] - masks) / 20_000 <= 512
    every = [store.nbytes(static=False) for store in (small, large)]
    assert (every[1] - every[0] - masks) / 20_000 <= 832
