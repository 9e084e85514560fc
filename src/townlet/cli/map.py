"""``townlet map``: a newcomer's first look at a town, as text and as a picture."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from townlet.cli import options
from townlet.cli.console import people, print_json
from townlet.cli.loading import blueprint_of
from townlet.errors import UserError
from townlet.report.folder import write_file

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
    from townlet.maps import render_text  # noqa: PLC0415  (quick `--help`)

    picture = render_text(plan, district)
    if out is not None:
        save_picture(plan, out)
    if json:
        print_json(summary(plan) | {"picture": None if out is None else str(out)})
        return
    sys.stdout.write(picture + "\n")
    numbers = summary(plan)
    people().print(
        f"District {district} of {numbers['districts']} ({plan.grid_w} x {plan.grid_h}): "
        f"{numbers['agents']:,} agents, {numbers['places']:,} places, "
        f"{numbers['objects']:,} objects, {numbers['jobs']:,} jobs in town."
        + ("" if out is None else f" Picture: {escape(str(out))}")
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
    from townlet.config import load_config  # noqa: PLC0415  (quick `--help`)

    return blueprint_of(load_config(path), agents).plan


def save_picture(plan: "TownPlan", path: Path) -> None:
    """Draw the town with its agents at home; an older picture stays when that fails.

    Raises:
        UserError: The name is a folder's or no PNG's.
        OSError: The file cannot be written.
    """
    from townlet.maps import render_png  # noqa: PLC0415  (matplotlib is an extra)

    if path.is_dir():
        raise UserError(f"--out {path}: this is a folder; name a file that ends in .png.")
    if path.suffix.lower() != ".png":
        raise UserError(f"--out {path}: the picture is a PNG; name a file that ends in .png.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, lambda draft: render_png(plan, draft, plan.starts()))
