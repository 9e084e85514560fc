"""``townlet observe``: what one agent sees and may do, for people who debug a policy."""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.columns import Columns
from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from townlet.cli import options
from townlet.cli.console import people, print_json
from townlet.cli.drive import Stop, ctrl_c_stops, drive
from townlet.cli.progress import progress, warm_up
from townlet.cli.run import INTERRUPTED, build, load
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.simulation import Simulation

DAY = 1440
#: What a tile shows: of several channels the first one that is set. Characters, style, meaning.
TILES = (
    ("self", "@", "bold yellow", "the agent"),
    ("agents", "o", "bold cyan", "others"),
    ("reservations", "x", "red", "object in use or reserved"),
    ("objects", "+", "magenta", "object"),
    ("blocked", "##", "bright_black", "wall, or no map"),
)
FREE = "·"
ARROWS = {(0, -1): "↑", (0, 1): "↓", (1, 0): "→", (-1, 0): "←"}
#: Groups of features: title, and how the names begin that belong there.
GROUPS = (
    ("Needs", ("need_",)),
    ("Money and work", ("wallet", "lateness", "on_shift", "attendance", "wages", "shift_")),
    ("Time and episode", ("time_", "embedding_", "ctx_", "episode_")),
    ("Last action", ("last_action_", "reservation_", "in_queue")),
    ("Way and surroundings", ("path_hint_", "neighbor_", "reserved_", "nearest_")),
    ("Landmarks", ("fridge_", "stove_", "bed_", "shower_")),
    ("Personality", ("personality_",)),
    ("Ties", ("rivalry_", "social_trust", "social_rivalry")),
)
#: Features that are one-hot: the one that is 1 says it all.
ONE_HOT = ("shift_", "last_action_", "path_hint_")
NOT_HOT = ("last_action_success", "last_action_duration")
_BAR = 10
#: Columns to either side of what stands beside the map.
_GAP = 3


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("observe")(observe)


def observe(
    config: options.ConfigPath,
    agent: Annotated[
        str, typer.Option("--agent", metavar="ID", help="Whose: a name, or the number of a slot.")
    ],
    at: Annotated[
        str,
        typer.Option("--at", metavar="T", help="A time of day, 08:00, or a tick, 240."),
    ] = "08:00",
    agents: options.Agents = None,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Show what an agent observes at a moment, and what it may do next."""
    started = time.perf_counter()
    console = people()
    model = load(config, False, console)
    tick = tick_of(at, model.start_minute())
    from townlet.learner import Learner  # noqa: PLC0415  (quick `--help`)
    from townlet.observe.portrait import portrait  # noqa: PLC0415

    learner = Learner(rewards=False, observations=model.features.systems.observations)
    with warm_up(console) as warming:
        sim = build(model, 1, seed, agents, None, None, warming, learner)
    whom: int | str = int(agent) if agent.isdecimal() else agent
    _check_known(sim, whom)
    stop = Stop()
    with ctrl_c_stops(stop, console.print), progress(sim, tick, console) as watch:
        outcome = drive(sim, tick, started, stop, watch)
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)
    seen = portrait(sim, whom)
    if json:
        print_json(seen)
    else:
        show(seen, Console(file=sys.stdout, highlight=False))


def tick_of(text: str, start: int) -> int:
    """The tick that ``--at`` means: a number of ticks, or the next time a clock shows that time.

    Args:
        text: ``"240"`` or ``"08:00"``.
        start: minute of the day at tick 0.

    Raises:
        UserError: It is neither; or tick 0, when nobody has entered yet.
    """
    hour, colon, minute = text.partition(":")
    if not colon and text.isdecimal() and 1 <= int(text) <= 10**7:
        return int(text)
    numbers = colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2
    if numbers and int(hour) < 24 and int(minute) < 60:
        return (int(hour) * 60 + int(minute) - start - 1) % DAY + 1
    raise UserError(
        f"--at {text}: give a time of day from 00:00 to 23:59, or a tick from 1 to 10000000."
    )


def _check_known(sim: "Simulation", agent: int | str) -> None:
    """Refuse a name nobody can have before running for a while.

    Raises:
        UserError: No such slot, or nobody is ever called so.
    """
    if isinstance(agent, int):
        if agent >= sim.capacity:
            raise UserError(f"--agent {agent}: there is no such slot; 0 to {sim.capacity - 1}")
    elif sim.blueprint.names.serial(agent) is None and agent not in sim.blueprint.names.given:
        from townlet.suggest import nearest  # noqa: PLC0415

        some = [sim.blueprint.names.of(slot, 0) for slot in range(min(sim.capacity, 1000))]
        raise UserError(f"--agent {agent}: nobody is called so{nearest(agent, some[:8])}")


def show(seen: Mapping[str, Any], console: Console) -> None:
    """Print a portrait: the map with its legend, features by group, and the masks."""
    title = (
        f"[bold]{escape(seen['agent'])}[/bold], slot {seen['slot']}, at {seen['time']} of day "
        f"{seen['day']} (tick {seen['tick']})"
    )
    console.print(Padding(title, (1, 0, 0, 1)))
    console.print(
        f" [dim]{seen['variant']} observation, schema {seen['schema_version']} "
        f"{seen['schema_hash'][:12]}[/dim]\n"
    )
    window = Group(_map(seen["map"]), Text(), _legend(seen["map"]))
    panel = Panel.fit(window, title="map", border_style="dim")
    room = console.width - console.measure(panel).maximum - 2 * _GAP
    if room < _widest(seen):  # a wide window leaves no room beside it
        console.print(panel, Text(), _actions(seen, console.width), Text())
    else:
        head = Table.grid(padding=(0, _GAP))
        head.add_row(panel, _actions(seen, room))
        console.print(head)
    console.print(Columns(list(_groups(seen["features"])), padding=(0, 3)))
    known = _acquaintances(seen["features"])
    if known:
        console.print(known)


def _map(drawn: Mapping[str, Any]) -> Text:
    """The window, two characters a tile so that it looks square."""
    text, side = Text(), drawn["side"]
    channels = dict(zip(drawn["channels"], drawn["cells"], strict=True))
    for y in range(side):
        for x in range(side):
            characters, style = _tile(channels, x, y)
            text.append(f"{characters:2}", style)
        text.append("\n" if y < side - 1 else "")
    return text


def _tile(channels: Mapping[str, Any], x: int, y: int) -> tuple[str, str]:
    """Characters and style of a tile."""
    for name, characters, style, _ in TILES:
        if channels[name][y][x] > 0:
            return characters, style
    if "path_dx" in channels:
        step = int(channels["path_dx"][y][x]), int(channels["path_dy"][y][x])
        return ARROWS.get(step, FREE), "green" if step in ARROWS else "dim"
    return FREE, "dim"


def _legend(drawn: Mapping[str, Any]) -> Text:
    text = Text()
    for _, characters, style, meaning in TILES:
        text.append(f"{characters:2} ", style)
        text.append(f"{meaning}\n", "dim")
    if "path_dx" in drawn["channels"]:
        text.append("↑→ ", "green")
        text.append("the way from there\n", "dim")
    text.append(f"{FREE:2} free", "dim")
    return text


def _masks(seen: Mapping[str, Any]) -> dict[str, dict[str, bool]]:
    """Open or not, by kind of action and name; what is begun at objects goes by its affordance."""
    masks: dict[str, dict[str, bool]] = {"option": dict(seen["options"]), "primitive": {}}
    for name, is_open in seen["primitives"].items():
        kind, colon, affordance = name.partition(":")
        masks.setdefault(kind + colon if colon else "primitive", {})[affordance or name] = is_open
    return masks


def _widest(seen: Mapping[str, Any]) -> int:
    """Characters of the longest action with its dot, and of what it is called a kind of."""
    masks = _masks(seen)
    return max(map(len, masks)) + 4 + max(len(name) for mask in masks.values() for name in mask)


def _actions(seen: Mapping[str, Any], room: int) -> Group:
    """All actions, open ones bright: as many beside each other as ``room`` characters hold."""
    masks = _masks(seen)
    labels = max(map(len, masks)) + 2
    across = max(1, min(3, (room - labels + 2) // (_widest(seen) - labels + 2)))
    parts: list[Text | Table] = [Text("What it may do next", "bold")]
    for kind, mask in masks.items():
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", min_width=labels - 2)
        cells = [
            Text(f"● {name}", "green") if is_open else Text(f"○ {name}", "dim")
            for name, is_open in mask.items()
        ]
        for first in range(0, len(cells), across):
            table.add_row(kind if first == 0 else "", *cells[first : first + across])
        parts += [Text(), table]
    return Group(*parts)


def _groups(features: Mapping[str, float]) -> Iterator[Group]:
    """The features, group by group."""
    for title, beginnings in GROUPS:
        mine = {name: value for name, value in features.items() if name.startswith(beginnings)}
        if not mine:
            continue
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        for name, value in _lines(mine):
            table.add_row(*_line(name, value))
        yield Group(Text(title, "bold"), table, Text())


def _acquaintances(features: Mapping[str, float]) -> Table | None:
    """A line per slot of a friend or rival; None where there are no slots."""
    slots: dict[str, list[float]] = {}
    for name, value in features.items():
        slot, _, place = name.partition("_d")
        if name.startswith("social_slot") and place.isdecimal():
            slots.setdefault(slot, []).append(value)
    if not slots:
        return None
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("Friends and rivals", "trust", "familiarity", "rivalry", "embedding"):
        plain = heading in ("Friends and rivals", "embedding")
        table.add_column(heading, justify="left" if plain else "right")
    for slot, values in slots.items():
        *code, trust, familiarity, rivalry = values
        if not any(values):
            table.add_row(Text(slot, "dim"), Text("-", "dim"))
            continue
        numbers = (f"{value:.3f}" for value in (trust, familiarity, rivalry))
        table.add_row(slot, *numbers, Text(" ".join(f"{value:.2f}" for value in code), "cyan"))
    return table


def _lines(features: Mapping[str, float]) -> Iterator[tuple[str, float | str]]:
    """Names and values; one-hots in one line each."""
    told: set[str] = set()
    for name, value in features.items():
        stem = next((s for s in ONE_HOT if name.startswith(s)), None)
        if stem is None or name in NOT_HOT:
            yield name, value
        elif stem not in told:
            told.add(stem)
            mine = {n.removeprefix(stem): v for n, v in features.items() if n.startswith(stem)}
            hot = [n for n, v in mine.items() if v == 1 and stem + n not in NOT_HOT]
            yield stem.rstrip("_"), hot[0] if hot else "none"


def _line(name: str, value: float | str) -> tuple[Text, Text, Text]:
    """A name, its value, and a bar."""
    if isinstance(value, str):
        return Text(name), Text(value, "dim" if value == "none" else "cyan"), Text()
    length = round(min(1.0, abs(value)) * _BAR)
    bar = Text("▇" * length, "green" if value > 0 else "red")
    return Text(name, "" if value else "dim"), Text(f"{value:.3f}", "" if value else "dim"), bar
