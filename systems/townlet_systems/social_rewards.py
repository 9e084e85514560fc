"""Social rewards: what chats and avoidances of the tick were worth (SPEC §13, C1 to C3).

They are read from the tick's events, as ties are (:mod:`townlet_systems.ties`): what a full
district had no room for, and ``Events.dropped`` counts, has changed no tie and earns nothing.
Chats, which change ties, are among the last to be dropped.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I8, I32, I64, Phase, Read, Write, device, kernel, rare, system
from townlet_components.clock import Clock
from townlet_components.events import AVOIDANCE, CHAT_FAILURE, CHAT_SUCCESS, Events, EventTotals
from townlet_components.identity import Identity
from townlet_components.needs import CRITICAL, Needs
from townlet_components.personality import Personality
from townlet_components.rewards import (
    AVOIDANCE_TICKS,
    STAGE_C1,
    STAGE_C2,
    STAGE_C3,
    Avoided,
    RewardNotes,
    RewardRules,
    Rewards,
)
from townlet_components.rows import DistrictRows, Rows
from townlet_components.ties import TieRules, Ties
from townlet_systems.bonds import Bonds, bond_place, bond_values, bonds_of, strength
from townlet_systems.emitting import Channel, channel_of

_CRITICAL = np.float32(CRITICAL)
#: What a failed chat costs who began it and who listened, in shares of a chat's base
#: (*learning §2.2*).
SPEAKER, LISTENER = 0.5, 0.25
#: What stage C3 adds per unit of the mean of trust and familiarity (SPEC §13).
CLOSER = 0.25


class Social(NamedTuple):
    """The social terms, by row."""

    bonus: F32
    penalty: F32
    avoidance: F32


class Touched(NamedTuple):
    """Rows with a social term, by district, so that these alone have to be cleared."""

    row: I32
    length: I32


class Prices(NamedTuple):
    """What chats and avoidances are worth, by town."""

    stage: I8
    chat: F32
    trust: F32
    familiarity: F32
    scale: F32
    avoidance: F32


class Shunned(NamedTuple):
    """The last avoidances that counted, (agent, avoided); ``refused`` by row."""

    rival: I32
    object: I32
    at: I32
    refused: I32
    arrived_at: I32


@device
def touch(touched: Touched, d: int, row: int) -> None:
    """Remember that a row has a social term."""
    touched.row[d, touched.length[d]] = row
    touched.length[d] += 1


@rare
def closeness(bonds: Bonds, row: int, slot: int, town: int, tick: int) -> tuple[float, float]:
    """Trust and familiarity toward ``slot`` now; 0 without a tie, or with one too weak."""
    k = bond_place(bonds, row, slot)
    if k < 0:
        return 0.0, 0.0
    trust, familiarity, rivalry = bond_values(bonds, row, k, town, tick)
    if strength(trust, familiarity, rivalry) < bonds.weak[town]:
        return 0.0, 0.0
    return float(trust), float(familiarity)


@device
def in_distress(level: F32, row: int) -> bool:
    """Some need is critical."""
    lowest = level[row, 0]
    for n in range(1, level.shape[1]):
        lowest = min(lowest, level[row, n])
    return bool(lowest < _CRITICAL)


@device
def chat_worth(prices: Prices, town: int, trust: float, familiarity: float, quality: int) -> float:
    """What a completed chat is worth to one of the two (SPEC §13).

    The quality of an event has been halved for each earlier talk of the pair on that day (SPEC
    §7), so the reward is; a scene that says how well a talk goes means what it says.

    Args:
        prices: see there.
        town: rules of this town.
        trust, familiarity: of the tie as the chat has left it.
        quality: thousandths.
    """
    worth = float(prices.chat[town]) + float(prices.trust[town]) * trust
    worth += float(prices.familiarity[town]) * familiarity
    worth *= min(1.0, max(0.0, quality / 1000.0)) * float(prices.scale[town])
    if prices.stage[town] >= STAGE_C3:
        worth *= 1.0 + CLOSER * (trust + familiarity) / 2.0
    return worth


@rare
def counts_again(shunned: Shunned, row: int, other: int, slot: int, thing: int, tick: int) -> bool:
    """An avoidance counts: once per rival and object in 120 ticks. If so, it is remembered.

    Args:
        shunned: what is remembered.
        row: of who avoids; other: of the rival.
        slot: of the rival.
        thing: the object chosen instead.
        tick: now.
    """
    place = 0
    for k in range(shunned.at.shape[1]):
        at = np.int64(shunned.at[row, k])
        same = shunned.rival[row, k] == slot and shunned.object[row, k] == thing
        # Whoever has come to a slot since is somebody else.
        if same and at >= shunned.arrived_at[other] and tick - at < AVOIDANCE_TICKS:
            return False
        if at < shunned.at[row, place]:
            place = k
    if tick - np.int64(shunned.at[row, place]) < AVOIDANCE_TICKS:
        shunned.refused[row] += 1
        return False
    shunned.rival[row, place], shunned.object[row, place] = slot, thing
    shunned.at[row, place] = tick
    return True


@kernel(over="district")
def clear_districts(social: Social, touched: Touched) -> None:
    """Clear the social terms of the last tick.

    Args:
        social: by row.
        touched: by district.
    """
    for d in range(touched.length.shape[0]):
        for k in range(touched.length[d]):
            r = touched.row[d, k]
            social.bonus[r] = social.penalty[r] = social.avoidance[r] = np.float32(0)
        touched.length[d] = 0


@kernel(over="district")
def score_districts(
    town: I32, social: Social, touched: Touched, prices: Prices, shunned: Shunned, bonds: Bonds,
    level: F32, row_of: I32, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Score the events of each district; see :func:`score_company`.

    Args:
        town: of each district row.
        social: written, by row.
        touched: by district.
        prices: by town.
        shunned, bonds: by row.
        level: satisfaction, (agent, need).
        row_of: row of each slot.
        channel: events.
        tick: (1,).
    """
    now = tick[0]
    capacity = row_of.shape[0] // prices.stage.shape[0]
    for d in range(town.shape[0]):
        t = town[d]
        if prices.stage[t] < STAGE_C1:
            continue
        for e in range(channel.used[d]):
            kind, agent, slot = channel.kind[d, e], channel.agent[d, e], channel.other[d, e]
            if kind in (CHAT_SUCCESS, CHAT_FAILURE):
                for side in range(2):
                    me, you = (agent, slot) if side == 0 else (slot, agent)
                    r = row_of[t * capacity + me]
                    touch(touched, d, r)
                    if kind == CHAT_FAILURE:
                        share = SPEAKER if side == 0 else LISTENER
                        social.penalty[r] -= np.float32(share * float(prices.chat[t]))
                    elif not in_distress(level, r):
                        trust, familiarity = closeness(bonds, r, you, t, now)
                        worth = chat_worth(prices, t, trust, familiarity, channel.value[d, e])
                        social.bonus[r] += np.float32(worth)
            elif kind == AVOIDANCE and prices.stage[t] >= STAGE_C2:
                r, o = row_of[t * capacity + agent], row_of[t * capacity + slot]
                if counts_again(shunned, r, o, slot, channel.object[d, e], now):
                    touch(touched, d, r)
                    social.avoidance[r] += prices.avoidance[t]


@system(phase=Phase.SCORE, after=["watch_doors"], before=["score_agents"])
def score_company(
    districts: Read[DistrictRows],
    rewards: Write[Rewards],
    notes: Write[RewardNotes],
    avoided: Write[Avoided],
    rules: Read[RewardRules],
    identity: Read[Identity],
    needs: Read[Needs],
    ties: Read[Ties],
    tie_rules: Read[TieRules],
    personality: Read[Personality],
    rows: Read[Rows],
    events: Read[Events],
    totals: Read[EventTotals],
    clock: Read[Clock],
) -> None:
    """Chats that went well or badly, and rivals avoided, are rewarded as far as the stage says."""
    social = Social(rewards.social_bonus, rewards.social_penalty, rewards.social_avoidance)
    touched = Touched(notes.touched, notes.count)
    clear_districts(social, touched)
    score_districts(
        districts.town, social, touched,
        Prices(
            rules.stage, rules.chat, rules.chat_trust, rules.chat_familiarity, rules.chat_scale,
            rules.avoidance,
        ),
        Shunned(avoided.rival, avoided.object, avoided.at, avoided.refused, identity.arrived_at),
        bonds_of(ties, tie_rules, personality), needs.level, rows.row_of,
        channel_of(events, totals), clock.tick,
    )  # fmt: skip
