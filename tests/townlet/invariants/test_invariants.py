"""Every invariant holds in a lived-in town, and finds what breaks it, in its table and rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from townlet import Simulation, load_config
from townlet.errors import UserError
from townlet.invariants import INVARIANTS, broken

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"
Mess = Callable[[Simulation], None]


@pytest.fixture(scope="module")
def lived_in() -> Simulation:
    """Two towns at a time when somebody uses, waits, talks and works; with vacant slots."""
    config = load_config(CONFIG).with_overrides({"world.capacity": 70})
    sim = Simulation.from_config(config, towns=2, seed=3, threads=1)
    sim.run(300)
    for slot in (5, 6):
        sim.kill(slot, 1)
    for _ in range(4000):
        sim.run(1)
        waiting, talking = sim.column("Objects.waiting") > 0, sim.column("Talk.partner") >= 0
        if waiting.any() and talking.any() and sim.column("Objects.using").any():
            return sim
    raise AssertionError("nobody waits and talks at the same time")


@pytest.fixture
def sim(lived_in: Simulation) -> Iterator[Simulation]:
    """The same, put back after each test."""
    names = [f"{spec.name}.{col.name}" for spec in lived_in.store.specs() for col in spec.columns]
    before = {name: lived_in.column(name).copy() for name in names}
    yield lived_in
    for name, values in before.items():
        lived_in.column(name)[...] = values


def test_all_hold_in_a_lived_in_town(lived_in: Simulation) -> None:
    before = lived_in.hash()
    assert broken(lived_in) == {}
    assert lived_in.hash() == before, "looking changes nothing"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(
        UserError, match=r"no invariant is called 'queues'; did you mean 'queues_agree'"
    ):
        broken(None, ["queues"])  # type: ignore[arg-type]


def some(found: npt.NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(found)[0])


def living(sim: Simulation) -> int:
    return some(sim.column("Identity.alive"))


def vacant(sim: Simulation) -> int:
    return some(~sim.column("Identity.alive"))


def user(sim: Simulation) -> int:
    return some(sim.column("Activity.object") >= 0)


def put(column: str, row: Callable[[Simulation], Any], value: Any) -> Mess:
    """A mess: a value in a row."""

    def mess(sim: Simulation) -> None:
        sim.column(column)[row(sim)] = value

    return mess


def add(column: str, row: Callable[[Simulation], Any], change: Any) -> Mess:
    """A mess: a row's value and some more."""

    def mess(sim: Simulation) -> None:
        sim.column(column)[row(sim)] += change

    return mess


def steal(sim: Simulation) -> None:
    sim.column("Wallet.money")[living(sim)] += 500


def misbook(sim: Simulation) -> None:
    sim.column("Wallet.money")[living(sim)] += 500
    sim.column("Treasury.money")[0] -= 500


def in_two_queues(sim: Simulation) -> None:
    """An object's ring gets a slot that waits elsewhere."""
    waiting, ring = sim.column("Objects.waiting"), sim.column("QueueRing.slot")
    start, things = sim.column("ObjectPlan.ring_start"), sim.plan.objects
    busy = some(waiting > 0)
    town, entries = busy // things, len(ring) // sim.towns
    slot = ring[town * entries + start[busy % things]]
    free = some((waiting == 0) & (np.arange(len(waiting)) // things == town))
    ring[town * entries + start[free % things]] = slot
    waiting[free] = 1


def stray_entry(sim: Simulation) -> None:
    free = some(sim.column("Objects.waiting") == 0)
    assert free < sim.plan.objects
    sim.column("QueueRing.slot")[sim.column("ObjectPlan.ring_start")[free]] = 0


def tie_to_the_departed(sim: Simulation) -> None:
    rows, gone = sim.column("Rows.slot"), vacant(sim)
    town = sim.column("Rows.town")[gone]
    friend = some(sim.column("Identity.alive") & (sim.column("Rows.town") == town))
    sim.column("Ties.other")[friend, 0] = rows[gone]


def two_ties(sim: Simulation) -> None:
    other = sim.column("Ties.other")
    row = some((other >= 0).sum(axis=1) >= 1)
    filled = int(np.flatnonzero(other[row] >= 0)[0])
    other[row, (filled + 1) % other.shape[1]] = other[row, filled]


def walk_away(sim: Simulation) -> None:
    """Who uses something stands somewhere else."""
    row = user(sim)
    home = sim.plan.home_tile[0] if sim.column("Rows.town")[row] == 0 else sim.plan.home_tile[40]
    far = sim.column("Position.tile")
    far[row] = home if abs(int(home) - int(far[row])) > 40 else sim.plan.home_tile[60]


def use_something_else(sim: Simulation) -> None:
    kinds, mine = sim.plan.object_type, sim.column("Activity.object")
    mine[user(sim)] = some(kinds != kinds[mine[user(sim)]])


def into_a_wall(sim: Simulation) -> None:
    walls = np.flatnonzero(~sim.plan.walkable[sim.plan.district_layout[0]])
    row = living(sim)
    sim.column("Position.district")[row], sim.column("Position.tile")[row] = 0, walls[0]


MESSES: dict[str, list[tuple[Mess, str]]] = {
    "rows_and_slots_agree": [
        (put("Rows.row_of", lambda sim: 3, 4), "row 3 is not the row of its slot"),
        (put("Rows.slot", lambda sim: 3, 4), "row 3 is not the row"),
    ],
    "floats_are_finite": [
        (put("Ties.trust", living, np.nan), r"Ties\.trust of agent \d+ of town 0 is \[nan"),
        (put("Personality.trait", living, np.inf), r"Personality\.trait of agent"),
    ],
    "needs_in_range": [
        (put("Needs.level", living, np.nan), "has hunger nan, which is not between 0 and 1"),
        (put("Needs.level", lambda s: (living(s), 1), 1.01), "has hygiene 1.0"),
    ],
    "counters_in_range": [
        (put("Needs.content", living, 1441), "has counted 1441 content ticks in a day of 1440"),
        (put("Needs.starving", living, -1), "has been starving for -1 ticks"),
    ],
    "traits_in_range": [
        (put("Personality.trait", lambda s: (living(s), 3), -1.5), "has patience -1.5, outside")
    ],
    "money_adds_up": [(steal, "the money of town 0 adds up to 500 thousandths, not 0")],
    "money_is_booked": [(misbook, "town 0: the balance of the wallets is")],
    "wallets_are_not_negative": [
        (put("Wallet.money", living, -5), "has a negative wallet, -5 thousandths")
    ],
    "goods_are_not_negative": [
        (put("Inventory.count", lambda s: (living(s), 1), -1), "carries -1 meals"),
        (put("Objects.stock", lambda s: (2, 0), -3), "stores -3 ingredients"),
    ],
    "queues_agree": [
        (in_two_queues, "do not agree on the agent's place"),
        (stray_entry, "counts 0 waiting, but its ring is"),
        (put("QueueRing.slot", lambda s: 0, 70), "counts"),
        (add("Objects.waiting", lambda s: some(s.column("Objects.using")), 1), "waiting, but its"),
        (put("Objects.holder", lambda s: some(s.column("Objects.using")), -1), "in use by nobody"),
        (put("Activity.object", user, -1), "do not agree on who is using it"),
    ],
    "uses_are_sound": [
        (put("Activity.affordance", user, 99), "uses affordance 99 of object"),
        (put("Activity.until", user, 1), "should have finished at tick 1"),
        (use_something_else, "which does not offer it"),
        (
            put("Activity.paid", lambda s: some(s.column("Activity.affordance") < 0), 7),
            "uses nothing, but keeps",
        ),
    ],
    "nothing_is_used_from_afar": [(walk_away, "from afar")],
    "ties_are_sound": [
        (tie_to_the_departed, "has a tie to somebody who has left"),
        (put("Ties.other", lambda s: (0, 0), 0), "agent 0 of town 0 has a tie to itself"),
        (put("Ties.other", lambda s: (0, 0), 70), "has a tie to a slot that is none"),
        (two_ties, "has two ties to the same agent"),
        (put("Ties.rivalry", lambda s: (0, 0), -0.1), "has rivalry .* outside 0 to 1"),
    ],
    "talks_are_mutual": [
        (
            put("Talk.partner", lambda s: some(s.column("Talk.partner") >= 0), -1),
            "who does not talk with it",
        ),
        (
            put("Talk.until", lambda s: some(s.column("Talk.partner") >= 0), 10**6),
            "talks until tick 1000000",
        ),
    ],
    "positions_agree": [
        (
            put("Employment.position", lambda s: some(s.column("Employment.position") >= 0), -1),
            "who does not have it",
        ),
    ],
    "vacancies_are_counted": [
        (add("Shifts.vacant", lambda s: 1, 1), "district 1 of town 0 counts")
    ],
    "serials_are_sound": [
        (put("Identity.arrived_at", living, 10**6), "arrived at tick 1000000"),
        (put("Identity.generation", living, -1), "of generation -1"),
    ],
    "vacant_slots_are_clean": [
        (put("Orders.masked", vacant, 3), r"nobody lives in the slot .* Orders\.masked is 3"),
        (put("Wallet.money", vacant, 3), r"Wallet\.money is 3"),
    ],
    "embeddings_agree": [
        (add("Embedding.slot", living, 1), "which is not its own"),
        (put("Embedding.slot", living, -1), "who does not have it"),
    ],
    "towns_count_right": [
        (add("ExitCounts.pending", lambda s: 1, 2), "town 1 counts . exits that wait and has"),
        (put("Arrivals.due", vacant, True), r"counts \d newcomers and has"),
        (put("Departures.reason", living, 1), "counts 0 removals ordered and has 1"),
    ],
    "population_adds_up": [
        (add("Departures.count", lambda s: 1, 1), "live in town 1, but 64 began"),
        (add("ExitCounts.by_cause", lambda s: (0, 2), 1), "departures by cause"),
    ],
    "replacements_come_to_vacant_slots": [
        (put("Replacements.at", living, 10**6), "a replacement is on its way to the slot of"),
        (put("Replacements.at", vacant, 1), "was due at tick 1"),
    ],
    "everybody_stands_on_ground": [
        (into_a_wall, "where nobody can stand"),
        (put("Position.district", living, 99), "of district 99, where nobody can stand"),
    ],
    "outages_are_counted": [
        (add("Utilities.power", lambda s: 1, 1), r"power of town 1 is out \d times"),
        (put("Objects.closed", lambda s: 4, 2), "is closed by a perturbation that is over"),
    ],
    "incidents_end": [
        (put("Incidents.state", lambda s: 0, 2), "of town 0 should have ended"),
        (put("Weather.kind", lambda s: 1, 9), "town 1 has weather 9"),
    ],
}
CASES = [(name, k) for name, messes in MESSES.items() for k in range(len(messes))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_what_breaks_an_invariant_is_found(sim: Simulation, name: str, number: int) -> None:
    mess, sentence = MESSES[name][number]
    mess(sim)
    found = broken(sim, [name])
    assert list(found) == [name]
    sentences = [finding.sentence for finding in found[name]]
    assert any(re.search(sentence, told) for told in sentences), sentences
    assert all(finding.count >= 1 and finding.rows for finding in found[name])


def test_every_invariant_can_be_broken() -> None:
    assert set(INVARIANTS) - set(MESSES) == {"masks_are_true"}, "which has a test of its own"


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("option", False, "has no action open to it"),
        ("primitive", True, "uses something, but more than wait and leave is open"),
    ],
)
def test_masks_that_do_not_tell_true_are_found(
    sim: Simulation, monkeypatch: pytest.MonkeyPatch, column: str, value: bool, sentence: str
) -> None:
    masks = sim.masks()
    wrong = {"option": masks.option.copy(), "primitive": masks.primitive.copy()}
    wrong[column][user(sim)] = value

    class Wrong:
        option, primitive = wrong["option"], wrong["primitive"]

    monkeypatch.setattr(Simulation, "masks", lambda self: Wrong)
    sentences = [f.sentence for f in broken(sim, ["masks_are_true"])["masks_are_true"]]
    assert any(sentence in told for told in sentences), sentences


def test_a_finding_counts_all_and_names_the_first(sim: Simulation) -> None:
    sim.column("Needs.level")[10:100, 2] = 2
    (finding,) = broken(sim, ["needs_in_range"])["needs_in_range"]
    assert (finding.count, finding.rows[:2], len(finding.rows)) == (90, (10, 11), 32)
    assert finding.sentence.endswith("(and 89 more)")
