"""docs/env.md does what it says; recipes for libraries run where those are installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/env.md").read_text(encoding="utf-8")


def follow(title: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the code of one section; what it leaves behind."""
    section = re.search(rf"^## \d\. {title}$(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section is not None, title
    names: dict[str, Any] = {"__name__": "recipe"}
    monkeypatch.chdir(ROOT)
    for code in re.findall(r"^```python\n(.*?)^```", section[1], re.DOTALL | re.MULTILINE):
        exec(code, names)
    return names


def test_one_town(monkeypatch: pytest.MonkeyPatch) -> None:
    left = follow("One town: PettingZoo", monkeypatch)
    assert left["town"].sim.tick == 481
    assert left["town"].agents == []


def test_many_towns(monkeypatch: pytest.MonkeyPatch) -> None:
    left = follow("Many towns: Gymnasium", monkeypatch)
    assert left["rewards"].shape == (128,)
    assert left["envs"].sim.column("Orders.masked").sum() == 0


def test_without_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    follow("Without a copy", monkeypatch)


def test_checking(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow("Checking an environment", monkeypatch)["ended"] >= 3 * 8


@pytest.mark.filterwarnings("default")
def test_torchrl(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torchrl")
    left = follow("TorchRL", monkeypatch)
    played, envs = left["played"], left["envs"]
    taken = played["action_mask"].gather(-1, played["action"].unsqueeze(-1))
    assert bool(taken.all()), "only open actions were drawn"
    assert int(played["next", "truncated"].sum()) >= 2 * 32
    over = played["next", "done"][:, :-1]
    then, now = played["next", "observation"][:, :-1], played["observation"][:, 1:]
    assert bool(((then == now) | over).all()), "a rollout keeps what was seen"
    assert bool((then[:, 0] != then[:, 5]).any())
    assert envs.sim.column("Orders.masked").sum() == 0


@pytest.mark.filterwarnings("default")
def test_stable_baselines3(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("stable_baselines3")
    left = follow("Stable-Baselines3", monkeypatch)
    assert left["model"].num_timesteps == 2 * 64 * 32
    masks = left["env"].env_method("action_masks")
    assert np.array(masks).shape == (32, 8)


def test_every_argument_of_the_page_exists() -> None:
    import inspect

    from townlet.env import EnvCore
    from townlet.simulation import Simulation

    section = PAGE.split("## 3.")[1].split("## 4.")[0]
    named = re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \|", section, re.MULTILINE)
    own = set(inspect.signature(EnvCore).parameters)
    found = {name for pair in named for name in pair if name}
    elsewhere = {"config", "towns", "mode", "max_cycles", "options"}  # sections 1 and 2 tell
    assert own - elsewhere <= found
    engines = set(inspect.signature(Simulation).parameters) | {"overrides"}
    assert found - own <= engines
