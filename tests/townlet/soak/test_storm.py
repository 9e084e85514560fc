"""The storm: fifty random towns, twice each; and one number brings a failure back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from townlet import Simulation, cli
from townlet.soak.luck import luck
from townlet.soak.storm import WAYS, draw_town, run_town
from townlet.soak.wild_config import wild_config

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"
TOWNS = 50


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, TOWNS, 10))
def test_fifty_random_towns_break_nothing(first: int) -> None:
    results = [run_town(number) for number in range(first, first + 10)]
    assert [(r.number, r.failures) for r in results if r.failures] == []
    assert sum(r.ticks for r in results) > 1500


def test_the_fifty_are_run_in_every_way_and_with_every_kind_of_section() -> None:
    towns = [draw_town(number) for number in range(TOWNS)]
    assert {town.way for town in towns} == set(WAYS)
    sections = {section for town in towns for section in town.keys}
    assert len(sections) > 15
    assert {town.towns for town in towns} == {1, 2, 3}


def test_a_number_is_a_town() -> None:
    one, again = draw_town(7), draw_town(7)
    assert (one.text(), one.seed, one.faults, one.way) == (
        again.text(), again.seed, again.faults, again.way,
    )  # fmt: skip
    assert one.text() != draw_town(8).text()


def test_configs_are_what_a_file_could_hold() -> None:
    for number in range(30):
        keys = wild_config(luck(number, "test"))
        assert yaml.safe_load(yaml.safe_dump(keys)) == keys


def plant(patch: pytest.MonkeyPatch) -> None:
    """A bug that shows where rows are not in slot order, in some towns only."""
    true = Simulation.run

    def run_and_err(self: Simulation, ticks: int) -> Simulation:
        true(self, ticks)
        rows = self.column("Rows.row_of")
        if self.tick == 90 and not (np.diff(rows) == 1).all():
            self.column("Needs.starving")[0] += 1
        return self

    patch.setattr(Simulation, "run", run_and_err)


def test_a_failure_is_told_with_the_number_that_brings_it_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = next(n for n in range(100) if draw_town(n).way == "with permuted rows")
    plant(monkeypatch)
    words = ["soak", str(CONFIG), "--storm", "1", "--seed", str(number)]
    assert cli.main([*words, "--json"]) == 1
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found["failed"] == [number]
    assert "Needs.starving" in found["failures"][str(number)][0]
    assert f"--storm-seed {number}" in printed.err.replace("\n", " ")
    assert cli.main(["soak", str(CONFIG), "--storm-seed", str(number)]) == 1
    shown = capsys.readouterr().err
    assert "config_id: wild" in shown
    assert f"storm {number}" in shown


def test_an_exception_of_the_engine_is_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def burn(self: Simulation, ticks: int) -> Simulation:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(Simulation, "run", burn)
    (told,) = run_town(3).failures
    assert told.startswith("ZeroDivisionError: by nothing (test_storm.py:")
