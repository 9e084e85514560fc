"""Events: spans in three spellings, aliases, and their kinds."""

from typing import Any

import pytest

from townlet.config import SimulationConfig
from townlet.config.sections.perturbations import PriceSpike, QueueClosure


@pytest.mark.parametrize(
    ("given", "read"), [(5, (5, 5)), ([2, 5], (2, 5)), ({"min": 2, "max": 5}, (2, 5))]
)
@pytest.mark.parametrize("key", ["duration", "duration_min"])
def test_spans(key: str, given: Any, read: Any) -> None:
    event = {"kind": "price_spike", key: given, "magnitude_range": [1, 2]}
    cfg = SimulationConfig().with_overrides({"perturbations.events.e": event})
    spike = cfg.perturbations.events["e"]
    assert isinstance(spike, PriceSpike)
    assert spike.duration == read
    assert spike.magnitude == (1.0, 2.0)


def test_closures_have_targets() -> None:
    event = {"kind": "queue_closure", "targets": ["shower"], "probability_per_day": 2}
    cfg = SimulationConfig().with_overrides({"perturbations.events.e": event})
    closure = cfg.perturbations.events["e"]
    assert isinstance(closure, QueueClosure)
    assert closure.targets == ("shower",)
