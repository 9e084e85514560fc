"""Maps: the window around each agent, channel by channel, as bits and from them as numbers.

A map is put together as a string of bits, cell after cell. What a slot's map was is remembered in
this form, and only those lines of the buffer are written in which a bit has changed: most people
stay where they are for many ticks. So the buffer belongs to the engine; learners read it.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I8,
    I16,
    I32,
    U16,
    U32,
    U64,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.identity import Departures, Identity
from townlet_components.observation import (
    AGENTS,
    BITS,
    COMPACT,
    FULL,
    HALVES,
    HYBRID,
    LINE,
    OBJECTS,
    PLANES,
    RESERVATIONS,
    WALLS,
    Drafts,
    MapNotes,
    MapPlan,
    Observation,
    Sights,
    Ways,
)
from townlet_components.position import Position
from townlet_components.rows import Rows
from townlet_systems.ahead import AHEAD, ask_for
from townlet_systems.bits import USUAL_SIDE, add_up, cut_four, lowest
from townlet_systems.bundles import City
from townlet_systems.glances import (
    BASE_CHANNELS,
    Scenery,
    draw_cells,
    draw_paths,
    look_around,
    look_of,
)
from townlet_systems.halves import copy_halves
from townlet_systems.lines import copy_line, fence, note_changes, write_floats, write_halves
from townlet_systems.scene import city_of
from townlet_systems.sights import Tiles, tiles_of
from townlet_systems.windows import (
    Rings,
    Window,
    all_cells,
    crowd_in,
    cut,
    either,
    middle,
    nearest,
    put,
    size_of,
    without,
)


class Shape(NamedTuple):
    """What a map is like; see ``MapPlan``. All of length 1."""

    variant: I32
    elements: I32
    side: I32
    near: Bool
    counts: Bool
    types: I32
    cells: I32
    words: I32


class Here(NamedTuple):
    """Where somebody stands: district row, tile, x and y in the district; 1 if counted there."""

    d: int
    tile: int
    x: int
    y: int
    me: int


class Cuttings(NamedTuple):
    """What windows are cut from; see ``Sights``."""

    plane: U64
    surplus: U16
    rings: Rings


@device
def note_around(
    around: F32, r: int, rings: Rings, all_agents: Window, distant: Window, objects: Window,
    reserved: Window, more: int, side: int,
) -> None:  # fmt: skip
    """Write shares of the window and the distance of the nearest agent; see ``Ways.around``.

    Args:
        around: result, by row; r: the row.
        rings: see there.
        all_agents: tiles with an agent; distant: those of them that are not one's own.
        objects, reserved: tiles with an object, and with a reserved one.
        more: agents beyond one on each of these tiles, without oneself.
        side: of the window.
    """
    # Divided once: of a usual window it is a constant.
    share = np.float32(1) / np.float32(side * side)
    others = np.float32(1) / np.float32(side * side - 1)
    many = np.float32(size_of(all_agents) + more)
    around[r, 0] = min(np.float32(1), many * others)
    around[r, 1] = np.float32(size_of(objects)) * share
    around[r, 2] = np.float32(size_of(reserved)) * share
    around[r, 3] = nearest(rings, distant)


@device
def draw_near(
    bits: U64, around: F32, r: int, cuttings: Cuttings, scenery: Scenery, here: Here, side: int,
    variant: int, types: int, paths: int,
) -> None:  # fmt: skip
    """Draw a map from bit rows, and write what is around; ``side`` is at most 11.

    Args:
        bits: result, all 0.
        around: result, by row; r: the row.
        cuttings, scenery, here: see there.
        side: of the window; variant: of observations; types: object types with a channel.
        paths: channels left free for paths.
    """
    plane, own, d = cuttings.plane, middle(side), here.d
    all_agents = cut(plane, d, here.x, here.y, AGENTS, side)
    distant = without(all_agents, own)
    agents = distant
    if int(np.int64(scenery.number[d, here.tile])) > here.me:
        agents = either(distant, own)
    objects = cut(plane, d, here.x, here.y, OBJECTS, side)
    reserved = cut(plane, d, here.x, here.y, RESERVATIONS, side)
    walls = cut(plane, d, here.x, here.y, WALLS, side)
    put(bits, 0, side, own)
    put(bits, 1, side, agents)
    put(bits, 2, side, objects)
    put(bits, 3, side, reserved)
    last = BASE_CHANNELS + types + paths
    if variant == COMPACT:
        for k in range(types):
            shown = cut(plane, d, here.x, here.y, len(PLANES) + k, side)
            put(bits, BASE_CHANNELS + k, side, shown)
        taken = either(either(agents, own), either(either(objects, reserved), walls))
        put(bits, last, side, without(all_cells(side), taken))
        last += 1
    put(bits, last, side, walls)
    more = crowd_in(cuttings.surplus, d, here.x, here.y, side) - here.me
    note_around(around, r, cuttings.rings, all_agents, distant, objects, reserved, more, side)


@device
def draw_usual(
    bits: U64, around: F32, r: int, cuttings: Cuttings, scenery: Scenery, here: Here
) -> None:
    """Draw the default map, hybrid and 11 by 11, as :func:`draw_near` does, in registers."""
    d, own = here.d, middle(USUAL_SIDE)
    a, b, c, e, f, g, h, i = cut_four(cuttings.plane, d, here.y, here.x)
    all_agents, objects, reserved, walls = Window(a, b), Window(c, e), Window(f, g), Window(h, i)
    distant = without(all_agents, own)
    agents = distant
    if int(np.int64(scenery.number[d, here.tile])) > here.me:
        agents = either(distant, own)
    # A channel has 121 bits: the next one begins 57 bits into a word, the one after that 50, ...
    bits[0, 0] = own.low
    bits[0, 1] = agents.low << np.uint64(57)
    bits[0, 2] = (agents.low >> np.uint64(7)) | (agents.high << np.uint64(57))
    bits[0, 3] = (agents.high >> np.uint64(7)) | (objects.low << np.uint64(50))
    bits[0, 4] = (objects.low >> np.uint64(14)) | (objects.high << np.uint64(50))
    bits[0, 5] = (objects.high >> np.uint64(14)) | (reserved.low << np.uint64(43))
    bits[0, 6] = (reserved.low >> np.uint64(21)) | (reserved.high << np.uint64(43))
    bits[0, 7] = (reserved.high >> np.uint64(21)) | (walls.low << np.uint64(36))
    bits[0, 8] = (walls.low >> np.uint64(28)) | (walls.high << np.uint64(36))
    bits[0, 9] = walls.high >> np.uint64(28)
    more = add_up(cuttings.surplus, d, here.y, here.x) - here.me
    note_around(around, r, cuttings.rings, all_agents, distant, objects, reserved, more, USUAL_SIDE)


@device
def changes_of(noted: U64, bits: U64, s: int, w: int, words: int, minus: int) -> np.uint64:
    """Bring up to 16 words of what is noted of a map up to date; see :func:`show`.

    Returns:
        A bit for each of their 64 parts of 16 cells: it was another.
    """
    change = np.uint64(0)
    for k in range(w, min(w + 16, words), 4):
        part = note_changes(noted, s * noted.shape[1] + k, bits, k)
        if minus > 0:
            part |= note_changes(noted, s * noted.shape[1] + words + k, bits, minus + k)
        change |= part << np.uint64(4 * (k - w))
    return change


@device
def show_floats(buffer: U32, noted: U64, bits: U64, s: int, words: int, minus: int) -> None:
    """Write the lines of a map of float32 that differ from what is noted; see :func:`show`."""
    first = s * buffer.shape[1]
    for w in range(0, words, 16):
        change = changes_of(noted, bits, s, w, words, minus)
        # A loop over what is set, not a branch per line: that would be guessed wrong too often.
        while change != 0:
            k = lowest(change)
            change &= change - np.uint64(1)
            word, part = w + (k >> 2), np.uint64(16 * (k & 3))
            less = bits[0, minus + word] >> part if minus > 0 else np.uint64(0)
            at = first + LINE * (4 * w + k)
            write_floats(buffer, at, bits[0, word] >> part, less)


@device
def show_halves(buffer: U32, noted: U64, bits: U64, s: int, words: int, minus: int) -> None:
    """Write the lines of a map of float16 that differ from what is noted; see :func:`show`."""
    first = s * buffer.shape[1]
    for w in range(0, words, 16):
        change = changes_of(noted, bits, s, w, words, minus)
        while change != 0:
            k = lowest(change) >> 1
            change &= ~(np.uint64(3) << np.uint64(2 * k))
            word, part = w + (k >> 1), np.uint64(32 * (k & 1))
            less = bits[0, minus + word] >> part if minus > 0 else np.uint64(0)
            at = first + LINE * (2 * w + k)
            write_halves(buffer, at, bits[0, word] >> part, less)


@device
def show(
    buffer: U32, noted: U64, bits: U64, cells: F32, s: int, elements: int, counts: bool,
    words: int, minus: int,
) -> None:  # fmt: skip
    """Bring a slot's map in the buffer up to date.

    Args:
        buffer: (slot, words).
        noted: what its maps are, (slot, words).
        bits, cells: the new map, as bits or, where ``counts``, as numbers.
        s: the slot, of all towns.
        elements: of the buffer.
        counts: the map is one of numbers.
        words: of what is noted of cells that are 1; minus: first word of those that are -1 in
            ``bits``, 0 without any.
    """
    if counts:
        if elements == HALVES:
            copy_halves(buffer, s, cells, 0)
            return
        for k in range(0, buffer.shape[1], LINE):
            copy_line(buffer, s * buffer.shape[1] + k, cells, k)
    elif elements == BITS:
        for k in range(0, buffer.shape[1], LINE):
            copy_line(buffer, s * buffer.shape[1] + k, bits, k)
    elif elements == HALVES:
        show_halves(buffer, noted, bits, s, words, minus)
    else:
        show_floats(buffer, noted, bits, s, words, minus)


@device
def ask_ahead(
    noted: U64, cuttings: Cuttings, scenery: Scenery, slot: int, d: int, tile: int, tiles: Tiles
) -> None:
    """Ask for what the map of a slot will be made of; its planes are those of its neighbours.

    Args:
        noted: what maps are, by slot; cuttings, scenery: see there.
        slot: of all; d, tile: where it stands: district row and tile.
        tiles: see there.
    """
    for word in range(0, noted.shape[1], LINE // 2):
        ask_for(noted, slot * noted.shape[1] + word)
    ask_for(scenery.number, d * scenery.number.shape[1] + tile)
    line = d * cuttings.surplus.shape[1] + min(int(tiles.y[tile]), cuttings.surplus.shape[1] - 1)
    ask_for(cuttings.surplus, line * cuttings.surplus.shape[2] + tiles.x[tile])


@kernel(over="agent", local=True)
def draw_all(
    words: U32, live: Bool, noted: U64, bits: U64, numbers: F32, around: F32, alive: Bool,
    reason: I8, town: I32, slot: I32, district: I32, tile: I16, goal: I32, target: I16,
    shape: Shape, cuttings: Cuttings, scenery: Scenery, tiles: Tiles, city: City,
) -> None:  # fmt: skip
    """Write the maps of the living, and of those who leave in this tick.

    Args:
        words, live: results, of ``Observation``, by slot.
        noted: what the maps in the buffer are, by slot.
        bits, numbers: a lane's drafts.
        around: result, of ``Ways``, by row.
        alive, reason, town, slot, district, tile: by row.
        goal, target: of ``Ways``, by row.
        shape, cuttings, scenery, tiles, city: see there.
    """
    districts = scenery.layout.shape[0]
    towns = cuttings.plane.shape[0] // districts
    capacity = live.shape[0] // towns
    side, variant, types = int(shape.side[0]), shape.variant[0], int(shape.types[0])
    elements, counts, count = shape.elements[0], shape.counts[0], int(shape.words[0])
    usual = shape.near[0] and side == USUAL_SIDE and variant == HYBRID
    paths = minus = 0
    if variant == FULL:
        paths = 4 if elements == BITS else 2
        minus = 0 if elements == BITS else count + 4
    for r in range(alive.shape[0]):
        q = min(r + AHEAD, alive.shape[0] - 1)
        next_slot, d = int(town[q]) * capacity + slot[q], int(town[q]) * districts + district[q]
        ask_ahead(noted, cuttings, scenery, next_slot, d, int(tile[q]), tiles)
        s = int(town[r]) * capacity + slot[r]
        live[s] = alive[r]
        if not alive[r] and reason[r] == 0:
            continue
        if not usual:
            for w in range(bits.shape[1]):
                bits[0, w] = 0
        here = Here(
            int(town[r]) * districts + district[r], int(tile[r]),
            int(tiles.x[tile[r]]), int(tiles.y[tile[r]]), 1 if alive[r] else 0,
        )  # fmt: skip
        if usual:
            draw_usual(bits, around, r, cuttings, scenery, here)
        elif shape.near[0]:
            draw_near(bits, around, r, cuttings, scenery, here, side, variant, types, paths)
        else:
            look = look_of(tiles, town[r], district[r], tile[r], alive[r])
            look_around(around, r, scenery, tiles, look, side)
            draw_cells(numbers, bits, scenery, tiles, look, side, variant, types, paths, counts)
        if variant == FULL:
            look = look_of(tiles, town[r], district[r], tile[r], alive[r])
            draw_paths(bits, minus, city, tiles, look, goal[r], target[r], side)
        show(words, noted, bits, numbers, s, elements, counts, count, minus)
    fence()


@system(phase=Phase.OBSERVE, after=["find_ways"])
def write_maps(
    observation: Write[Observation],
    notes: Write[MapNotes],
    drafts: Write[Drafts],
    ways: Write[Ways],
    identity: Read[Identity],
    departures: Read[Departures],
    rows: Read[Rows],
    position: Read[Position],
    sights: Read[Sights],
    plan: Read[MapPlan],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
) -> None:
    """The map around each agent is brought up to date in the learner's buffer."""
    draw_all(
        observation.map, observation.live, notes.bits, drafts.bits, drafts.cells, ways.around,
        identity.alive, departures.reason, rows.town, rows.slot, position.district,
        position.tile, ways.district, ways.target,
        Shape(
            plan.variant, plan.elements, plan.side, plan.near, plan.counts, plan.types,
            plan.cells, plan.words,
        ),
        Cuttings(sights.plane, sights.surplus, Rings(plan.ring, plan.distance)),
        Scenery(sights.count, sights.reserved, plan.things, layouts.walkable, city.layout),
        tiles_of(plan, city), city_of(layouts, city),
    )  # fmt: skip
