"""The reference of rewards: every term, its formula, its numbers, and the order they are added."""

from __future__ import annotations

from typing import NamedTuple

from townlet.config import SimulationConfig
from townlet.config.sections.shaping import Shaping
from townlet.docs.markdown import NONE, code, head, plain_code, table
from townlet.ecs.schema import spec_of
from townlet_components.needs import CRITICAL
from townlet_components.rewards import (
    AVOIDANCE_TICKS,
    AVOIDANCES,
    BLOCK,
    PUNCTUAL_MINUTES,
    TERMS,
    Rewards,
)
from townlet_systems.reward_sums import RETURN_WEIGHT
from townlet_systems.social_rewards import CLOSER, LISTENER, SPEAKER


class Term(NamedTuple):
    """How a term comes about.

    Attributes:
        formula: what it is worth.
        keys: the config's keys in it.
        when: when it is not 0.
    """

    formula: str
    keys: tuple[str, ...]
    when: str


_HOMEOSTASIS = "rewards.homeostasis_scale"
_CHATS = (
    "rewards.social.C1_chat_base",
    "rewards.social.C1_coeff_trust",
    "rewards.social.C1_coeff_fam",
    "rewards.social_scale",
)
_STAGE = "features.stages.social_rewards"
_BIAS = "features.behavior.reward_multipliers"

#: Every term; a test compares the keys with the columns of ``Rewards``.
MEANINGS = {
    "homeostasis": Term(
        "-scale * sum(weight * deficit^2)", (_HOMEOSTASIS,), "always; weights as in `needs`"
    ),
    "shaping": Term(
        "gamma * phi(now) - phi(before), phi = -scale * sum(weight * deficit)",
        ("shaping.use_potential", "shaping.gamma", _HOMEOSTASIS),
        "`shaping.use_potential`; before: after the last tick, or when it entered; phi of who "
        "leaves is 0",
    ),
    "survival": Term("a constant", ("rewards.survival_tick",), "always"),
    "wage": Term(
        "a constant", ("rewards.wage_rate",),
        "a tick worked and paid: present at an open shift; withheld ticks bring nothing",
    ),
    "punctuality": Term(
        f"bonus * max(0, 1 - |minutes from the start of the shift| / {PUNCTUAL_MINUTES})",
        ("rewards.punctuality_bonus",),
        "the first tick worked in a shift; who is there at its start came when it began to wait",
    ),
    "social_bonus": Term(
        "(base + c_trust * trust + c_fam * familiarity) * quality * scale; from C3 on also "
        f"* (1 + {CLOSER} * (trust + familiarity) / 2)",
        (*_CHATS, _STAGE),
        "C1: a completed chat, to both, each by its own tie as the chat has left it; not to whom "
        f"a need is below {CRITICAL}. The quality is halved per earlier chat of the pair that day",
    ),
    "social_penalty": Term(
        f"-{SPEAKER} * base to who began it, -{LISTENER} * base to who listened",
        (_CHATS[0], _STAGE), "C1: a failed chat",
    ),
    "social_avoidance": Term(
        "a constant", ("rewards.social.C2_avoid_conflict", _STAGE),
        f"C2: an `avoidance`, once per rival and object in {AVOIDANCE_TICKS} ticks, and for at "
        f"most {AVOIDANCES} such pairs at a time (more are counted in `Avoided.refused`)",
    ),
    "personality_bias": Term(
        "gains * (factor - 1), losses * (1 / factor - 1)", (_BIAS, "personalities.profiles"),
        "`social` on the social terms, `employment` on wage and punctuality, `survival` on "
        "survival",
    ),
    "guard": Term(
        "-max(0, sum so far)", ("rewards.clip.no_positive_within_death_ticks",),
        "a collapse counter runs (hunger at most 0.03), from its first tick to the death; "
        "the key's 0 turns the guard off, any other number leaves it on",
    ),
    "clip_adjustment": Term(
        "what the sum so far is beyond the limit, with the other sign",
        ("rewards.clip.clip_per_tick",), "beyond the limit of a tick",
    ),
    "episode_adjustment": Term(
        "the same for the sum of the episode", ("rewards.clip.clip_per_episode",),
        "beyond the limit of an episode; one begins with `Episode.tick` 1",
    ),
    "terminal": Term(
        "a constant per cause", ("rewards.faint_penalty", "rewards.eviction_penalty"),
        "the tick in which it collapses or is evicted; not limited by anything",
    ),
}  # fmt: skip

_INTRODUCTION = (
    "Written in SCORE for whoever asks, `Simulation.from_config(..., "
    "learner=Learner(rewards=True))`; `Simulation.rewards()` has them by row. They are derived: "
    "a town is the same with and without.",
    "The terms are added in this order, in float32, and `total` is exactly that sum. So first what "
    "is earned, then what the profile makes of it, then no gain while the agent starves, then the "
    "limits; the terminal is beyond all limits. Every number may differ per town (`overrides`).",
)
_REST = f"""\
## What goes with them

- **Who leaves** has the reward of its last tick, terminal included, until the next is scored; \
then its row has none. A newcomer begins with nothing of the one before it: no potential, no sum, \
no avoidance.
- **Events.** Social terms are read from the tick's events, as ties are: an event that a full \
district had no room for (`Simulation.dropped()`) changes no tie and brings no reward.
- **Statistics.** `RewardStats` has the running mean and standard deviation of all totals per \
town; sums go over blocks of {BLOCK:,} slots in slot order, so neither threads nor rows matter.
- **The guard** knows the counter of a collapse, no other: who is near another exit may still gain.
- **Punctuality** is the same on both sides of the minute: the scripted policy, which likes to be \
early, gets about a sixth of the bonus.
- **Failed chats** cost what the base says; `rewards.social_scale` is of completed ones.
- **The limit of an episode** counts what a learner was given: in an environment the tick in which \
an agent waits for its episode brings nothing, and does not count.
- **Fitness.** The index of a day (`Simulation.fitness()`) gets {RETURN_WEIGHT} of the normalised \
return: the day's mean total, as 0 for a tick with every need empty and 1 for one without a \
deficit on a day with a full paid shift of 480 ticks.
- **When dying pays** `townlet config check` says so: when a penalty is smaller than the worst \
tick / (1 - `shaping.gamma`).
"""


def rewards_reference() -> str:
    """The page, as Markdown."""
    lines = head("Rewards", "townlet_components.rewards and townlet.docs.rewards", *_INTRODUCTION)
    rows = [
        (
            code([name]),
            _formula(MEANINGS[name].formula),
            _defaults(MEANINGS[name].keys),
            MEANINGS[name].when,
        )
        for name in TERMS
    ]
    total = spec_of(Rewards).column("total")
    rows.append(("`total`", plain_code(total.doc), NONE, "always"))
    lines += table(("term", "formula", "keys and defaults", "when"), rows)
    return "\n".join([*lines, _REST])


def _formula(text: str) -> str:
    """As code, but for what is said in words."""
    return code([text]) if "*" in text or "max" in text else text


def _defaults(keys: tuple[str, ...]) -> str:
    """Keys with their default values."""
    return ", ".join(f"`{key}` {default_of(key)}".rstrip() for key in keys)


def default_of(key: str) -> str:
    """The default value of a dotted key, as YAML would have it; nothing for a mapping."""
    value = SimulationConfig().resolved() | {"shaping": Shaping().model_dump()}
    for part in key.split("."):
        value = value[part]
    if isinstance(value, dict):
        return ""
    if value is None:
        return "off"
    return str(value).lower() if isinstance(value, bool) else str(value)
