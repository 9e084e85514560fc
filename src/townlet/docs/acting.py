"""The reference of actions: options, primitives and the affordances behind them."""

from __future__ import annotations

from townlet.docs.markdown import NONE, code, head, table
from townlet.docs.town import default_blueprint, default_menu
from townlet_components.intent import INTERACT, OPTIONS, PRIMITIVES
from townlet_components.needs import BASE_NEEDS
from townlet_systems.preconditions import VARIABLES

#: What the fixed options pursue beside a need's affordances; a test compares the keys.
OPTION_MEANINGS = {
    "idle": "nothing; who stands in the street goes home",
    "get_fed": "eat: from the bag, at home, in a shop; cook first when there is nothing to eat",
    "get_clean": "wash",
    "sleep": "sleep",
    "go_to_work": "work: be at the workplace; open to who has a job",
    "shop": "buy ingredients for the home",
    "socialise": "meet somebody; open when somebody in the district may be talked with",
    "relax": "leisure that is near: benches, coffee, the gym",
}
#: What the fixed primitives do; a test compares the keys.
PRIMITIVE_MEANINGS = {
    "wait": "stay; always open",
    "move_north": "step to the tile above (y - 1)",
    "move_south": "step to the tile below (y + 1)",
    "move_east": "step to the right (x + 1)",
    "move_west": "step to the left (x - 1)",
    "talk": "talk to an adjacent agent who is free: the best liked one",
    "buy": "buy an item within reach: what the home lacks most, else a meal",
    "use_item": "eat a meal from the bag",
    "leave": "leave a queue, give up a reservation, or break off what is running",
}
_INTRODUCTION = (
    "An agent acts by an *option*, which a controller turns into one *primitive* per tick, or by a "
    "primitive directly ([0008](../design/0008-acting.md)). `Simulation.step(actions)` takes the "
    'numbers of options, `step(actions, level="primitive")` those of primitives; -1 leaves the '
    "choice to the town's policy. `Simulation.masks()` says what is open.",
    "An option binds for `policy_runtime.option_commit_ticks`, and as long as what it began goes "
    "on: it alone is open then, unless a need that it does not serve becomes critical. Of "
    "primitives only `wait` and `leave` are open to who uses something or talks.",
)


def acting_reference() -> str:
    """The page, as Markdown."""
    lines = head("Options and primitives", "src/townlet/docs/acting.py", *_INTRODUCTION)
    lines += ["## Options", "", "One `get_<need>` follows per need beyond the first three.", ""]
    lines += table(("number", "option", "goes for", "need", "affordances"), _options())
    lines += ["## Primitives", ""]
    lines += table(("number", "primitive", "effect"), _primitives())
    lines += ["## Affordances of the default manifest", ""]
    lines += [
        "Needs and items change at the end; what is taken and the price are taken at the start. "
        "What a household owns is free to it. A manifest of your own replaces this one.",
        "",
    ]
    lines += table(("affordance", "at", "minutes", "effects", "price", "needs"), _affordances())
    lines += ["## What preconditions may name", ""]
    lines += [
        "Expressions compare these with numbers, names and each other, and join comparisons with "
        "`and`, `or`, `not`. `needs.<name>` is the agent's level of a need, from 1 to 0.",
        "",
    ]
    rows = [(code([name]), var.kind, var.doc) for name, var in VARIABLES.items()]
    lines += table(("name", "kind", "meaning"), rows)
    return "\n".join(lines).rstrip() + "\n"


def _options() -> list[tuple[str, ...]]:
    """Rows of the options, with the affordances the default town has for them."""
    menu, ids = default_menu(), default_blueprint().table.ids
    rows: list[tuple[str, ...]] = []
    for number, name in enumerate(OPTIONS):
        need = menu.need[number]
        affordances = [ids[aff] for aff in menu.affordances[number]]
        if menu.producer[number] >= 0:
            affordances.append(ids[menu.producer[number]])
        served = code([BASE_NEEDS[need]] if need >= 0 else [])
        rows.append((str(number), code([name]), OPTION_MEANINGS[name], served, code(affordances)))
    return rows


def _primitives() -> list[tuple[str, ...]]:
    """Rows of the primitives of the default town."""
    rows: list[tuple[str, ...]] = [
        (str(number), code([name]), PRIMITIVE_MEANINGS[name])
        for number, name in enumerate(PRIMITIVES)
    ]
    for number, name in enumerate(default_blueprint().table.ids, INTERACT):
        effect = f"queue for an adjacent object that offers `{name}`, and use it when it is held"
        rows.append((str(number), code([f"interact:{name}"]), effect))
    return rows


def _affordances() -> list[tuple[str, ...]]:
    """Rows of the default manifest."""
    rows: list[tuple[str, ...]] = []
    for entry in default_blueprint().manifest.affordances:
        effects = ", ".join(f"{name} {value:+g}" for name, value in entry.effects.items())
        price = f"`economy.{entry.price}`" if entry.price else NONE
        rows.append(
            (
                code([entry.id]),
                code([entry.object_type]),
                str(entry.duration),
                effects,
                price,
                code(entry.preconds),
            )
        )
    return rows
