"""Coworkers: whom of those who are there a shift missed falls on (SPEC §8)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import I16, I32, U64, rare
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_systems.bonds import Bonds, bond_place, bond_values, strength
from townlet_systems.bundles import City
from townlet_systems.duty import Duty, at_work, on_duty
from townlet_systems.posts import Accounts, Posts, Rates, Record


class Crowd(NamedTuple):
    """Where the agents are, by row; and how to find them."""

    row_of: I32
    seed: U64
    generation: I32
    district: I32
    tile: I16


class Work(NamedTuple):
    """All that a shift looks at and changes."""

    duty: Duty
    city: City
    posts: Posts
    record: Record
    rates: Rates
    accounts: Accounts
    crowd: Crowd
    bonds: Bonds
    place_first: I32
    helped: I16
    took: I16


@rare
def coworker(work: Work, town: int, position: int, row: int, tick: int, minute: int) -> int:
    """Whom of those who do the same job there now a shift missed falls on.

    The one with the strongest tie, then by keyed draw, then by slot.

    Returns:
        A slot; -1: nobody is there.
    """
    duty, crowd, bonds = work.duty, work.crowd, work.bonds
    capacity = crowd.row_of.shape[0] // crowd.seed.shape[0]
    place = duty.place[position]
    best, best_tie, best_draw = -1, np.float32(-1), np.uint64(0)
    for p in range(work.place_first[place], work.place_first[place + 1]):
        slot = work.posts.holder[town * duty.start.shape[0] + p]
        if slot < 0 or p == position or duty.job[p] != duty.job[position]:
            continue
        other = crowd.row_of[town * capacity + slot]
        if not on_duty(duty, p, minute):
            continue
        if not at_work(duty, work.city, p, crowd.district[other], crowd.tile[other]):
            continue
        tie = np.float32(0)
        k = bond_place(bonds, row, slot)
        if k >= 0:
            trust, familiarity, rivalry = bond_values(bonds, row, k, town, tick)
            tie = strength(trust, familiarity, rivalry)
            if tie < bonds.weak[town]:
                tie = np.float32(0)
        draw = draw_bits(
            crowd.seed[town], WORLD_STREAM, tick, slot, crowd.generation[other], draws.COWORKER,
            position & 0xFFFF,
        )  # fmt: skip
        better = tie > best_tie or (tie == best_tie and draw < best_draw)
        if best < 0 or better or (tie == best_tie and draw == best_draw and slot < best):
            best, best_tie, best_draw = slot, tie, draw
    return int(best)
