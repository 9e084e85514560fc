"""The small rules: what they promise, and that Townlet's town of them is near."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from bench.peers import rules, small
from bench.peers.process import run_peer


def test_a_place_serves_one_at_a_time_and_first_come_first_served() -> None:
    place = rules.Place(0, 0, 1)
    people = [rules.Person(0, 0, [0.5, 0.1]) for _ in range(3)]
    place.line.extend(people)
    served = []
    for _ in range(3 * rules.DURATION + 1):
        place.serve()
        served.append(place.user)
    assert served[:-1] == [person for person in people for _ in range(rules.DURATION)]
    assert served[-1] is None
    assert [person.level for person in people] == [[0.5, 0.1 + rules.GAIN]] * 3


def test_who_is_needy_walks_a_tile_a_tick_and_is_filled() -> None:
    world = rules.World()
    person = world.people[0]
    world.people = [person]
    person.x, person.y, person.level = 10, 8, [0.3, 0.9]
    for walked in range(1, 11):
        world.step()
        assert abs(person.x - 10) + abs(person.y - 8) == min(walked, 9)
    assert person.there
    for _ in range(rules.DURATION):
        assert person.level[0] < 0.3
        world.step()
    assert person.level[0] == pytest.approx(0.3 + rules.GAIN - 31 * rules.DRAIN, abs=1e-3)
    assert not person.there


def test_worlds_begin_at_different_times_of_one_day() -> None:
    one, other = rules.lived_in(2)
    for _ in range(rules.DAY // 2):
        one.step()
    seen = [[(p.x, p.y, p.level) for p in world.people] for world in (one, other)]
    assert rules.digest(seen[:1]) == rules.digest(seen[1:])


def test_a_town_of_the_small_rules_lives_as_the_loop_does() -> None:
    """What the table of bench/README.md says: people do about the same in a day."""
    ours, theirs = small.habits(), rules.habits()
    assert ours["walked"] == pytest.approx(theirs["walked"], rel=0.05)
    assert ours["served"] == pytest.approx(theirs["served"], rel=0.05)
    assert ours["waiting"] == pytest.approx(theirs["waiting"], abs=0.03)
    assert theirs["waiting"] > 0.1, "the places are contended"
    assert ours["level"] == pytest.approx(theirs["level"], abs=0.03)


def test_the_loop_runs_in_a_process_of_its_own() -> None:
    found = [run_peer(Path(sys.executable), "rules", "2", ticks) for ticks in ("20", "20", "21")]
    assert found[0]["digest"] == found[1]["digest"] != found[2]["digest"]
    assert found[0]["agent_ticks_per_s"] > 0
    assert json.dumps(found[0])
