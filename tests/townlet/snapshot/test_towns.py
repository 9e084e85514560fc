"""A town out of a batch, and one into it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet import Simulation
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.snapshot import differences, load, put, read, save, take
from townlet.snapshot.errors import OtherConfigError

from .same import assert_same, unlike

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"
LEARNER = Learner(rewards=True, observations="compact")


def build(towns: int, seed: int, **options: Any) -> Simulation:
    return Simulation.from_config(CONFIG, towns=towns, seed=seed, agents=16, **options)


def test_a_town_taken_out_is_the_town_alone(tmp_path: Path) -> None:
    batch = build(3, 5, learner=LEARNER, row_order=np.random.default_rng(1).permutation(48))
    alone = build(1, 6, learner=LEARNER)
    for sim in (batch, alone):
        sim.run(1500)
    out = load(batch.save(tmp_path / "one", town=1))
    assert (out.towns, out.seed) == (1, 6)
    assert out.hash() == batch.hash(1)
    assert_same(out, alone)
    for sim in (out, alone):
        sim.run(300)
    assert_same(out, alone)


def test_a_town_put_back_makes_the_batch_what_it_was(tmp_path: Path) -> None:
    batch, straight = build(3, 5, learner=LEARNER), build(3, 5, learner=LEARNER)
    batch.run(700)
    straight.run(800)
    kept = take(batch, 1)
    other = build(1, 40, learner=LEARNER)
    other.run(700)
    put(batch, 1, take(other))
    assert batch.hash(1) == other.hash()
    put(batch, 1, kept)
    batch.run(100)
    assert_same(batch, straight)


def test_a_stranger_lives_on_in_a_batch_as_it_would_alone(tmp_path: Path) -> None:
    batch = build(3, 5, learner=LEARNER, row_order=np.random.default_rng(2).permutation(48))
    straight, stranger = build(3, 5, learner=LEARNER), build(1, 123, learner=LEARNER)
    for sim in (batch, straight, stranger):
        sim.run(900)
    put(batch, 2, save(stranger, tmp_path / "stranger"))
    for sim in (batch, straight, stranger):
        sim.run(600)
    assert unlike(batch, stranger, 2, 0) == []
    for town in (0, 1):
        assert unlike(batch, straight, town, town) == []
    mine = batch.kpis().filter(batch.kpis()["town"] == 2).drop("town")
    assert mine.equals(stranger.kpis().drop("town"))
    assert batch.tie_churn(2) == stranger.tie_churn(0)
    # The mixture, too, can be saved: seeds are not counted up from the first.
    twin = load(batch.save(tmp_path / "mixture"))
    for sim in (batch, twin):
        sim.run(100)
    assert_same(batch, twin)


def test_another_tick_or_number_is_refused(tmp_path: Path) -> None:
    batch, town = build(2, 5), build(1, 9)
    town.run(3)
    before = batch.hash()
    with pytest.raises(UserError, match="the town is at tick 3, and the batch at 0"):
        put(batch, 0, take(town))
    with pytest.raises(UserError, match="town is 2; it must be between 0 and 1"):
        put(batch, 2, take(town))
    with pytest.raises(UserError, match="town is -1; it must be between 0 and 1"):
        take(batch, -1)
    batch.run(3)
    with pytest.raises(OtherConfigError, match="has 2 towns, and 1 are wanted"):
        put(batch, 0, take(batch))
    assert batch.tick == 3
    batch.restart(5)
    assert batch.hash() == before


def test_sections_of_services_come_back(tmp_path: Path) -> None:
    sim = build(1, 0)
    kept = {"console": {"last": "kill 3", "at": np.arange(5), "none": np.zeros((0, 3))}}
    path = save(sim, tmp_path / "s", sections=kept)
    found = read(path).section("console")
    assert found["last"] == "kill 3"
    assert found["at"].tolist() == [0, 1, 2, 3, 4]
    assert found["none"].shape == (0, 3)
    with pytest.raises(UserError, match="no section can be called 'history'"):
        save(sim, tmp_path / "s", sections={"history": {}})
    assert sim.restore(path).hash() == sim.hash()


def test_a_single_number_of_a_section_is_compared(tmp_path: Path) -> None:
    sim = Simulation.from_config(CONFIG, agents=4)
    one, two = (
        read(save(sim, tmp_path / str(k), sections={"own": {"k": np.array(k)}})) for k in (3, 4)
    )
    (found,) = differences(one, two, every=True)
    assert (found.column, found.count, found.first, found.second) == ("sections/own/k", 1, 3, 4)


def test_books_of_two_towns_are_compared() -> None:
    one, two = (take(build(1, seed).run(70)) for seed in (1, 2))
    found = {entry.column: entry for entry in differences(one, two, every=True)}
    assert found["sections/history/mean"].count
    assert found["Needs.level"].count


def endless() -> list[object]:
    found: list[object] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({1, 2}, "set"),
        (b"raw", "bytes"),
        (np.int64(3), "int64"),
        ({"deep": [1, {"er": {3}}]}, "dict"),
        ({3: "text"}, "dict"),
        (endless(), "list within itself"),
    ],
)
def test_what_json_cannot_hold_is_a_sentence_with_section_and_key(
    tmp_path: Path, value: object, what: str
) -> None:
    sim = Simulation.from_config(CONFIG, agents=4)
    with pytest.raises(UserError, match=rf"section own, k: JSON cannot hold it \({what}\)"):
        save(sim, tmp_path / "x", sections={"own": {"k": value}})
    with pytest.raises(UserError, match="section own, 3: JSON cannot hold it"):
        save(sim, tmp_path / "x", sections={"own": {3: "value"}})  # type: ignore[dict-item]
    with pytest.raises(UserError, match="section own is int; it has to be a mapping"):
        save(sim, tmp_path / "x", sections={"own": 3})  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []
    plain = {"k": {"a": [None, True, 2, 0.5, "text", (1,)]}}
    found = read(save(sim, tmp_path / "x", sections={"own": plain})).section("own")
    assert found == {"k": {"a": [None, True, 2, 0.5, "text", [1]]}}


def test_an_array_that_no_file_can_hold_is_a_sentence(tmp_path: Path) -> None:
    sim = Simulation.from_config(CONFIG, agents=4)
    with pytest.raises(UserError, match="section own, k: its elements are <U4"):
        save(sim, tmp_path / "x", sections={"own": {"k": np.array(["some"])}})
