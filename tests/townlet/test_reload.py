"""Perturbations that change while a town runs: all of the file or nothing (SPEC §5)."""

from pathlib import Path

import pytest
from tests.systems.incident_world import World

from townlet.config import load_config
from townlet.errors import UserError
from townlet.maps import PLACE_KINDS

ROOT = Path(__file__).parents[2]
FILE = """\
grace_window_ticks: 11
events:
  dark: {kind: blackout, prob_per_day: 0.5, duration: 5}
  shut: {kind: queue_closure, duration: 9, targets: [till]}
  spike: {kind: price_spike, duration: 9, magnitude: 2.0, targets: [cafe]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "odds.yaml"
    path.write_text(FILE)
    (tmp_path / "town.yaml").write_text("perturbations: {file: odds.yaml}\n")
    return path


@pytest.fixture
def world(file: Path) -> World:
    return World(load_config(file.parent / "town.yaml"), towns=2)


def rewrite(file: Path, *changes: tuple[str, str]) -> None:
    text = FILE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def test_numbers_and_targets_change_between_ticks(world: World, file: Path) -> None:
    assert not world.reloader.poll()
    rewrite(file, ("0.5", "1.5"), ("duration: 5", "duration: [6, 8]"), ("[cafe]", "[gym]"),
            ("grace_window_ticks: 11", "grace_window_ticks: 12"))  # fmt: skip
    assert world.reloader.poll()
    assert not world.reloader.poll(), "once"
    assert world["IncidentRules.probability"][:, 0].tolist() == [1.5, 1.5]
    assert world["IncidentRules.shortest"][0, 0] == 6
    assert world["IncidentRules.longest"][1, 0] == 8
    assert world["IncidentPlan.which"][2, 0] == PLACE_KINDS.index("gym")
    assert world["LifecycleRules.grace"].tolist() == [12, 12]


def test_what_goes_on_ends_as_it_began(world: World, file: Path) -> None:
    """A closure opens what it has closed; a spike keeps its places until it ends."""
    world.trigger("shut")
    world.trigger("spike")
    world.tick()
    closed = world["Objects.closed"].copy()
    factor = world["Prices.factor"].copy()
    assert closed.any()
    assert (factor == 2000).any()
    rewrite(file, ("[till]", "[bed]"), ("[cafe]", "[gym]"), ("duration: 9", "duration: 99"))
    assert world.reloader.poll()
    world.tick()
    assert (world["Objects.closed"] == closed).all()
    assert (world["Prices.factor"] == factor).all()
    world.tick(8)
    assert not world["Objects.closed"].any()
    assert (world["Prices.factor"] == 1000).all()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  dark:", "  drak:", "odds.yaml: the change adds 'drak', but events are fixed while"),
        ("  dark: {kind: blackout, prob_per_day: 0.5, duration: 5}\n", "",
         "the change removes 'dark', but events are fixed"),
        ("dark: {kind: blackout", "dark: {kind: outage", "the change makes 'dark' a outage, but"),
        ("[cafe]", "[caffe]", "odds.yaml:5: perturbations.events.spike.targets[0] is 'caffe'"),
        ("0.5", "much", "odds.yaml:3: perturbations.events.dark.prob_per_day is 'much'"),
        ("{kind: blackout", "{{kind: blackout", "odds.yaml:3"),
    ],
)  # fmt: skip
def test_a_bad_file_changes_nothing(
    world: World, file: Path, old: str, new: str, sentence: str
) -> None:
    before = {name: world[name].copy() for name in ("IncidentRules.probability",
              "IncidentPlan.which", "IncidentPlan.kind", "IncidentRules.shortest")}  # fmt: skip
    rewrite(file, (old, new), ("duration: 9", "duration: 77"))
    with pytest.raises(UserError) as caught:
        world.reloader.poll()
    assert sentence in str(caught.value)
    assert not world.reloader.poll(), "said once"
    for name, values in before.items():
        assert (world[name] == values).all()
    rewrite(file)
    assert not world.reloader.poll(), "what is used is there again"
    rewrite(file, ("0.5", "0.7"))
    assert world.reloader.poll()


def test_another_order_of_events_is_refused(world: World, file: Path) -> None:
    lines = FILE.splitlines()
    file.write_text("\n".join([*lines[:2], lines[3], lines[2], lines[4]]))
    with pytest.raises(UserError, match="puts the events in another order"):
        world.reloader.poll()


def test_a_file_that_goes_away(world: World, file: Path) -> None:
    file.unlink()
    with pytest.raises(UserError, match="cannot read it"):
        world.reloader.poll()
    assert not world.reloader.poll()


def test_overrides_of_a_town_outlive_a_reload(file: Path) -> None:
    odds = {"perturbations.events.dark.probability_per_day": [0.0, 9.0]}
    world = World(load_config(file.parent / "town.yaml"), towns=2, overrides=odds)
    rewrite(file, ("0.5", "0.7"), ("duration: 5", "duration: 6"))
    assert world.reloader.poll()
    assert world["IncidentRules.probability"][:, 0].tolist() == [0.0, 9.0]
    assert world["IncidentRules.shortest"][:, 0].tolist() == [6, 6]


def test_without_a_file_nothing_is_watched() -> None:
    assert not World(load_config(ROOT / "configs/small.yaml").with_overrides(
        {"perturbations.file": None}
    )).reloader.poll()  # fmt: skip


def test_a_calm_town_is_calm() -> None:
    world = World(load_config(ROOT / "configs/calm.yaml"), towns=4)
    world.tick(1500)
    assert not world["IncidentLog.number"].any()
    world.trigger("blackout")
    world.tick()
    assert world["Utilities.power"][0] == 1, "an operator is not a chance"


def test_the_default_perturbations_do_something() -> None:
    world = World(load_config(ROOT / "configs/town.yaml"), towns=8)
    world.tick(2880)
    assert world["IncidentLog.number"].sum() > 4
