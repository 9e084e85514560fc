"""``townlet map``: a newcomer's first look at a town, as text and as a picture."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from townlet.cli import options
from townlet.cli.console import people, print_json

if TYPE_CHECKING:
    from townlet.maps import TownPlan


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("map")(draw)


def draw(
    config: options.ConfigPath,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PNG", help="Also draw a picture here.")
    ] = None,
    agents: options.Agents = None,
    district: Annotated[
        int, typer.Option("--district", min=0, metavar="K", help="District to print.")
    ] = 0,
    json: options.Json = False,
) -> None:
    """Draw a config's town: a district as text, and all of it as a picture."""
    plan = _plan_of(config, agents)
    from townlet.maps import render_png, render_text  # noqa: PLC0415  (quick `--help`)

    picture = render_text(plan, district)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        render_png(plan, out, plan.starts())
    if json:
        print_json(summary(plan) | {"picture": None if out is None else str(out)})
        return
    sys.stdout.write(picture + "\n")
    numbers = summary(plan)
    people().print(
        f"District {district} of {numbers['districts']} ({plan.grid_w} x {plan.grid_h}): "
        f"{numbers['agents']:,} agents, {numbers['places']:,} places, "
        f"{numbers['objects']:,} objects, {numbers['jobs']:,} jobs in town."
        + ("" if out is None else f" Picture: {out}")
    )


def summary(plan: "TownPlan") -> dict[str, Any]:
    """A town in numbers, as JSON holds it."""
    from townlet.maps import PLACE_KINDS  # noqa: PLC0415

    counts = {name: int((plan.place_kind == kind).sum()) for kind, name in enumerate(PLACE_KINDS)}
    types = {
        name: int((plan.object_type == kind).sum()) for kind, name in enumerate(plan.object_types)
    }
    return {
        "agents": len(plan.home_district),
        "districts": plan.districts,
        "grid": [plan.grid_w, plan.grid_h],
        "district_size": [plan.width, plan.height],
        "layouts": len(plan.layouts),
        "places": plan.places,
        "objects": plan.objects,
        "jobs": int(plan.place_jobs.sum()),
        "place_kinds": {name: count for name, count in counts.items() if count},
        "object_types": {name: count for name, count in types.items() if count},
    }


def _plan_of(path: Path, agents: int | None) -> "TownPlan":
    """Build the town a config describes, as a run of it would."""
    from townlet.affordances import load_manifest  # noqa: PLC0415  (quick `--help`)
    from townlet.config import load_config  # noqa: PLC0415
    from townlet.maps import build_plan, plan_spec  # noqa: PLC0415

    config = load_config(path)
    named = config.affordances.affordances_file
    manifest = load_manifest(
        None if named is None else config.resolve_path(named), needs=config.need_names()
    )
    return build_plan(plan_spec(config, manifest, agents))
