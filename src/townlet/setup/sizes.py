"""Sizes: how long every dimension is."""

from __future__ import annotations

from townlet.ecs import Sizes
from townlet.maps import PLACE_KINDS
from townlet.observe.shape import ObservationShape
from townlet.setup.arrivals import wishes_of
from townlet.setup.blueprint import Blueprint
from townlet.setup.menu import MenuRows
from townlet.setup.observation import observation_sizes, shared_sizes, thing_sizes
from townlet.setup.rewards import blocks_of
from townlet.setup.things import ThingRows
from townlet.timeline import chats_of
from townlet_components.actors import CHUNKS
from townlet_components.events import EVENT_ROOM, EVENTS
from townlet_components.incidents import AIMS, INCIDENTS, MEETERS, WINDOW
from townlet_components.inventory import ITEMS
from townlet_components.lifecycle import CAUSES
from townlet_components.metrics import COUNTERS, WEALTH_BUCKETS, kpi_names
from townlet_components.personality import TRAITS
from townlet_components.queueing import WAIT_BINS
from townlet_components.rewards import AVOIDANCES
from townlet_components.ties import EVICTIONS, RECENT, SIEVE
from townlet_components.town_state import WEATHERS
from townlet_components.wallet import FLOWS
from townlet_systems import preconditions

#: Room for longer preconditions after a reload: words and constants.
PROGRAM_ROOM, CONSTANT_ROOM = 512, 64


def sizes_of(
    blue: Blueprint, menu: MenuRows, things: ThingRows, lanes: int, shape: ObservationShape
) -> Sizes:
    """Lengths and labels of all dimensions of a simulation."""
    plan, table = blue.plan, blue.table
    options, needs = blue.option_names, blue.need_names
    places = len(plan.place_kind)
    slots = blue.config.embedding_allocator.max_slots or blue.capacity
    tables = {
        "agent": blue.capacity,
        "slot": blue.capacity,
        "object": plan.objects,
        "entry": max(things.entries, 1),
        "place": places,
        "district": plan.districts,
        "town": 1,
        "embedding": slots,
        "position": max(blue.jobs.count, 1),
        "incident": INCIDENTS,
        "wish": wishes_of(blue),
        "block": blocks_of(blue.capacity),
    }
    shared = {
        "world": 1,
        "lane": lanes,
        "chunk": CHUNKS,
        "plan_object": plan.objects,
        "plan_place": places,
        "plan_place_end": places + 1,
        "plan_district": plan.districts,
        "plan_district_end": plan.districts + 1,
        "plan_slot": blue.capacity,
        "sieve": SIEVE,
        "plan_slot_end": blue.capacity + 1,
        "plan_position": max(blue.jobs.count, 1),
        "plan_entry": max(len(blue.cast.entries) + 2 * len(chats_of(blue.timeline)), 1),
        "plan_resident": max(int((plan.home_place >= 0).sum()), 1),
        "district_type_end": plan.districts * len(plan.object_types) + 1,
        "public_object": max(len(things.public_object), 1),
        "layout": plan.route.shape[0],
        "grid_axis": 2,
        "side": 4,
        "affordance": len(table.ids),
        "affordance_end": len(table.ids) + 1,
        "program": len(table.program_code) + PROGRAM_ROOM,
        "program_constant": len(table.program_const) + CONSTANT_ROOM,
        "option_end": len(options) + 1,
        "option_affordance": max(sum(map(len, menu.affordances)), 1),
        "profile": len(blue.profiles),
        **shared_sizes(blue, shape),
    }
    axes = {
        "need": needs,
        "item": ITEMS,
        "trait": TRAITS,
        "flow": FLOWS,
        "option": options,
        "primitive": blue.primitive_names,
        "kpi": kpi_names(needs),
        "counter": COUNTERS,
        "wealth": WEALTH_BUCKETS,
        "price_key": preconditions.PRICE_KEYS,
        "place_kind": PLACE_KINDS,
        "job": blue.jobs.names or 1,
        "tie": blue.config.conflict.rivalry.max_edges,
        "recent": RECENT,
        "avoided": AVOIDANCES,
        "eviction": EVICTIONS,
        "attendance": max(c.employment.attendance_window for c in blue.town_configs),
        "cause": CAUSES,
        "weather": WEATHERS,
        "spec": blue.incidents.names or 1,
        "aim": AIMS,
        "meeter": MEETERS,
        "window": WINDOW,
        "update": 2 * EVENT_ROOM,
        "event_kind": EVENTS,
        "event": EVENT_ROOM,
        "wait": WAIT_BINS,
        "one": 1,
        "tile": plan.tiles,
        "target": plan.route.shape[1],
        "queue_tile": plan.object_queue.shape[1],
        "variable": preconditions.value_count(len(needs)),
        "stack": preconditions.STACK_SIZE,
        **observation_sizes(blue, shape),
        **thing_sizes(blue, shape),
    }
    shared["option"] = len(options)
    return Sizes(blue.towns, tables, shared, axes)
