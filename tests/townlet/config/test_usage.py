"""Which keys are listed as not used yet."""

import pytest

from townlet.config import SimulationConfig
from townlet.config.usage import USED, unused_keys


def test_only_what_the_file_holds_and_nobody_reads() -> None:
    values = {
        "config_id": "x",
        "world": {"agents": 3, "tiles": {"road": "many"}},
        "rewards": {"decay_rates": {"hunger": 0.1}, "survival_tick": 0.0},
        "curiosity": {"phase_A_weight": 0.1},
        "scenario": {"objects": [], "agents": [{"id": "a"}]},
        "runtime": {"policy": "random", "world": "default"},
        "telemetry": {},
        "meta": {"anything": 1},
    }
    assert unused_keys(values) == [
        "curiosity.phase_A_weight",
        "runtime.world.provider",
        "telemetry",
    ]


def test_an_empty_section_with_a_reader_is_used() -> None:
    assert unused_keys({"economy": None, "queue_fairness": {}}) == []


@pytest.mark.parametrize("key", USED)
def test_the_table_names_keys_that_exist(key: str) -> None:
    value = SimulationConfig().with_overrides({"scenario": {}}).resolved()
    for part in key.split("."):
        assert part in value
        value = value[part]
