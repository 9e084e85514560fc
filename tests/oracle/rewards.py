"""Slow twin of rewards (SPEC §13): one town, agent after agent, in dicts and Python's own floats.

It watches a simulation: who enters, who is at work after the shifts have gone on, and what the town
looks like when the tick is scored. What has to be remembered it remembers by (slot, generation).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.oracle.society import Society

if TYPE_CHECKING:
    from townlet.simulation import Simulation

TERMS = (
    "homeostasis", "shaping", "survival", "wage", "punctuality", "social_bonus", "social_penalty",
    "social_avoidance", "personality_bias", "guard", "clip_adjustment", "episode_adjustment",
    "terminal",
)  # fmt: skip
STAGES = ("OFF", "C1", "C2", "C3")
#: What a profile's factor is on.
BIASED = {
    "social": ("social_bonus", "social_penalty", "social_avoidance"),
    "employment": ("wage", "punctuality"),
    "survival": ("survival",),
}
DAY, HALF_HOUR, AGAIN, MEMORY = 1440, 30, 120, 8
CAUSES = (None, "killed", "collapse", "eviction", "unemployment", "neglect", "employment", "age")
KINDS = ("chat_success", "chat_failure", "avoidance")
Who = tuple[int, int]


class Scorer:
    """What rewards should be.

    Args:
        sim: the simulation to watch, a tick old.
        town: which of its towns.
    """

    def __init__(self, sim: Simulation, town: int = 0) -> None:
        self.sim, self.town = sim, town
        self.config = sim.blueprint.town_configs[town]
        self.weights = {need.name: need.weight for need in self.config.needs_table()}
        self.potential: dict[Who, float] = {}
        self.episode: dict[Who, float] = defaultdict(float)
        self.today: dict[Who, float] = defaultdict(float)
        self.waiting: dict[Who, list[int]] = defaultdict(list)
        self.avoided: dict[Who, dict[tuple[Who, int], int]] = defaultdict(dict)
        self.open: dict[int, Who] = {}
        self.attended: dict[int, bool] = {}
        self.worked: dict[Who, int | None] = {}
        self.seen: dict[str, int] = defaultdict(int)
        self.enter()
        self.wait_for_shifts()
        for who, total in zip(self.people(), self.column("Rewards.total"), strict=True):
            self.episode[who] = self.today[who] = total

    # -- looking ---------------------------------------------------------------------------------

    def column(self, name: str) -> Any:
        """Values by slot."""
        capacity = self.sim.capacity
        rows = self.sim.column("Rows.row_of")[self.town * capacity : (self.town + 1) * capacity]
        return self.sim.column(name)[rows].tolist()

    def people(self) -> list[Who]:
        """(slot, generation) by slot."""
        return list(enumerate(self.column("Identity.generation")))

    @property
    def tick(self) -> int:
        return int(self.sim.column("Clock.tick")[0])

    @property
    def minute(self) -> int:
        return int(self.sim.column("Clock.minute")[0])

    def needs(self) -> list[dict[str, float]]:
        return [
            dict(zip(self.weights, levels, strict=True)) for levels in self.column("Needs.level")
        ]

    def value(self, needs: dict[str, float]) -> float:
        """The potential of a state."""
        shaping = self.config.shaping
        if shaping is not None and not shaping.use_potential:
            return 0.0
        lack = sum(weight * (1 - needs[name]) for name, weight in self.weights.items())
        return -self.config.rewards.homeostasis_scale * lack

    # -- what happens in a tick ------------------------------------------------------------------

    def enter(self) -> None:
        """Newcomers stand at the beginning of their shaping."""
        arrived, needs = self.column("Identity.arrived_at"), self.needs()
        for slot, who in enumerate(self.people()):
            if arrived[slot] == self.tick:
                self.potential[who] = self.value(needs[slot])

    def shifts(self) -> list[tuple[int, int, int, int]]:
        """(position, holder, minutes since the shift began last, its length) of who has a job."""
        jobs = self.sim.blueprint.jobs
        first = self.town * jobs.count
        holders = self.sim.column("Shifts.holder")[first : first + jobs.count].tolist()
        return [
            (p, holder, (self.minute - int(jobs.start[p])) % DAY, int(jobs.length[p]))
            for p, holder in enumerate(holders)
            if holder >= 0
        ]

    def present(self, position: int, slot: int) -> bool:
        """The agent is in the workplace; a spot on open ground reaches one step."""
        jobs, plan = self.sim.blueprint.jobs, self.sim.plan
        place = int(jobs.place[position])
        district, tile = (self.column(f"Position.{n}")[slot] for n in ("district", "tile"))
        if district != plan.place_district[place]:
            return False
        layout = plan.district_layout[district]
        if jobs.spot[position]:
            return bool(plan.route[layout, jobs.target[position], tile] >> 3 <= 1)
        local = int(plan.place_of_tile[layout, tile])
        return local >= 0 and int(plan.place_first[district]) + local == place

    def go_on_shift(self) -> None:
        """A minute of every shift: who works, and who does for the first time, and how late."""
        people, self.worked = self.people(), {}
        for position, slot, passed, length in self.shifts():
            begins = passed == 0 or (passed == 1 and self.tick == 1)
            if begins:
                self.open[position], self.attended[position] = people[slot], False
            if passed >= length or self.open.get(position) != people[slot]:
                self.open.pop(position, None)
            elif self.present(position, slot):
                first = not self.attended[position]
                self.worked[people[slot]] = passed if first else None
                self.attended[position] = True

    def punctuality(self, who: Who) -> float:
        """Share of the bonus, on the first tick of a shift."""
        passed = self.worked[who]
        if passed is None:
            return 0.0
        apart = passed
        if passed == 0:
            before = self.waiting[who]
            while apart < HALF_HOUR and self.tick - apart - 1 in before:
                apart += 1
        return max(0.0, 1 - apart / HALF_HOUR)

    def wait_for_shifts(self) -> None:
        """Who is at work before its shift, at the end of this tick."""
        for position, slot, passed, _ in self.shifts():
            soon = passed >= DAY - HALF_HOUR and position not in self.open
            if soon and self.present(position, slot):
                self.waiting[self.people()[slot]].append(self.tick)

    # -- scoring ---------------------------------------------------------------------------------

    def social(self) -> dict[int, dict[str, float]]:
        """Social terms by slot."""
        from tests.oracle.town import events_of

        found: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        stage = STAGES.index(self.config.features.stages.social_rewards)
        circle, needs = Society(self.sim, self.town).circle, self.needs()
        numbers = self.config.rewards.social
        for kind, slot, other, thing, value in events_of(self.sim, KINDS, self.town):
            if kind == "avoidance":
                if stage >= 2 and self.counts(slot, other, thing):
                    found[slot]["social_avoidance"] += numbers.C2_avoid_conflict
                continue
            for me, you, share in ((slot, other, 0.5), (other, slot, 0.25)):
                if stage == 0:
                    continue
                if kind == "chat_failure":
                    found[me]["social_penalty"] -= share * numbers.C1_chat_base
                    continue
                if any(level < np.float32(0.15) for level in needs[me].values()):
                    self.seen["in distress"] += 1
                    continue
                trust = familiarity = 0.0
                mind = circle.minds[me]
                tie = mind.ties.get(you)
                if tie is not None and circle.counts(mind, tie, self.tick):
                    trust, familiarity, _ = circle.read(mind, tie, self.tick)
                worth = numbers.C1_chat_base + numbers.C1_coeff_trust * trust
                worth += numbers.C1_coeff_fam * familiarity
                worth *= value / 1000 * self.config.rewards.social_scale
                if stage == 3:
                    worth *= 1 + 0.25 * (trust + familiarity) / 2
                found[me]["social_bonus"] += worth
        return found

    def counts(self, slot: int, other: int, thing: int) -> bool:
        """An avoidance counts once per rival and object in two hours."""
        people = self.people()
        known = self.avoided[people[slot]]
        for key in [key for key, at in known.items() if self.tick - at >= AGAIN]:
            del known[key]
        if (people[other], thing) in known or len(known) == MEMORY:
            self.seen["not again"] += 1
            return False
        known[people[other], thing] = self.tick
        return True

    def score(self) -> dict[int, dict[str, float]]:
        """Terms and total of everybody who lived through the tick, by slot."""
        social, needs, people = self.social(), self.needs(), self.people()
        alive, reason = self.column("Identity.alive"), self.column("Departures.reason")
        starving, ticks = self.column("Needs.starving"), self.column("Episode.tick")
        profiles = list(self.sim.blueprint.profiles.values())
        profile = self.column("Personality.profile")
        self.wait_for_shifts()
        found = {}
        for slot, who in enumerate(people):
            cause = CAUSES[reason[slot]]
            if not alive[slot] and cause is None:
                continue
            terms = self.earned(who, needs[slot], cause) | dict(social.get(slot, {}))
            bias = 0.0
            if self.config.features.behavior.reward_multipliers:
                bias = self.bias(terms, profiles[profile[slot]].rewards.model_dump())
            terms["personality_bias"] = bias
            if ticks[slot] == 1:
                self.episode[who] = 0.0
            self.limit(terms, who, starving[slot] > 0)
            fatal = {
                "collapse": self.config.rewards.faint_penalty,
                "eviction": self.config.rewards.eviction_penalty,
            }
            terms["terminal"] = fatal.get(cause or "", 0.0)
            terms["total"] = sum(terms.values())
            self.today[who] = self.today[who] + terms["total"]
            found[slot] = {name: terms.get(name, 0.0) for name in (*TERMS, "total")}
            for name, amount in found[slot].items():
                self.seen[name] += amount != 0
        return found

    def earned(self, who: Who, needs: dict[str, float], cause: str | None) -> dict[str, float]:
        """Terms before company, profile and limits."""
        numbers, shaping = self.config.rewards, self.config.shaping
        squares = sum(weight * (1 - needs[name]) ** 2 for name, weight in self.weights.items())
        gamma = 0.99 if shaping is None else shaping.gamma
        potential = 0.0 if cause is not None else self.value(needs)
        known, self.potential[who] = self.potential[who], potential
        terms = {
            "homeostasis": -numbers.homeostasis_scale * squares,
            "shaping": gamma * potential - known,
            "survival": numbers.survival_tick,
        }
        if who in self.worked:
            terms["wage"] = numbers.wage_rate
            terms["punctuality"] = numbers.punctuality_bonus * self.punctuality(who)
        return terms

    def bias(self, terms: dict[str, float], factors: dict[str, float]) -> float:
        """What a profile adds: gains times its factor, losses divided by it."""
        total = 0.0
        for group, factor in factors.items():
            for name in BIASED[group]:
                value = terms.get(name, 0.0)
                total += (value * factor if value > 0 else value / factor) - value
        return total

    def limit(self, terms: dict[str, float], who: Who, starving: bool) -> None:
        """Guard, limit of a tick, limit of an episode."""
        clip, so_far = self.config.rewards.clip, sum(terms.values())
        guard = 0.0
        if starving and clip.no_positive_within_death_ticks > 0:
            guard = -max(so_far, 0.0)
        so_far += guard
        inside = min(max(so_far, -clip.clip_per_tick), clip.clip_per_tick)
        terms["guard"], terms["clip_adjustment"] = guard, inside - so_far
        before, most = self.episode[who], clip.clip_per_episode
        after = before + inside
        if most is not None:
            after = min(max(after, -most), most)
        terms["episode_adjustment"] = after - before - inside
        self.episode[who] = after


def watched(scorer: Scorer, tell: Callable[[dict[int, dict[str, float]]], None]) -> dict[str, Any]:
    """Watchers for :func:`tests.oracle.town.tick`; ``tell`` gets what a tick should be worth."""
    return {
        "settle_newcomers": lambda: scorer.enter,
        "run_shifts": lambda: scorer.go_on_shift,
        "score_agents": lambda: _scored(scorer, tell),
    }


def _scored(
    scorer: Scorer, tell: Callable[[dict[int, dict[str, float]]], None]
) -> Callable[[], None]:
    expected = scorer.score()
    return lambda: tell(expected)
