from __future__ import annotations

from pathlib import Path

from townlet.affordances import load_manifest
from townlet.config import load_config
from townlet.maps import build_plan, plan_spec

TOWN = """
world: {agents: 5, capacity: 9, map_seed: 3, grid_size: [24, 24], tiles: {ground: many}}
scenario:
  objects:
    - {id: stove_1, type: stove, position: [12, 12]}
    - {id: bed_1, type: bed}
"""


def test_plan_spec__reads_world_and_scenario(tmp_path: Path) -> None:
    path = tmp_path / "town.yaml"
    path.write_text(TOWN)
    config = load_config(path)
    spec = plan_spec(config)
    assert (spec.population, spec.capacity, spec.map_seed) == (5, 9, 3)
    assert spec.extra_objects == (("stove_1", "stove", (12, 12)), ("bed_1", "bed", None))
    plan = build_plan(spec)
    assert not plan.single.any()
    assert plan_spec(config, agents=12).capacity == 12
    manifest = load_manifest(None, needs=config.need_names())
    more = plan_spec(config, manifest).extra_objects
    assert len(more) == 2 + len(manifest.objects)
