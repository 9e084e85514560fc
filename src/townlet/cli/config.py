"""``townlet config``: check, show and explain configuration files."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from townlet.cli.console import people, print_json
from townlet.cli.loading import blueprint_of, check_policy, hook_warnings
from townlet.cli.options import ConfigPath, Json
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.config import SimulationConfig
    from townlet.config.budget import DayBudget, JobRow
    from townlet.setup.blueprint import Blueprint

NOT_USED = ": accepted, not used yet"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def register(app: typer.Typer) -> None:
    """Add ``config`` and its commands to the program."""
    config = typer.Typer(no_args_is_help=True, help="Check, show and explain configuration files.")
    config.command("check")(check)
    config.command("show")(show)
    config.command("schema")(schema)
    config.command("reference")(reference)
    app.add_typer(config, name="config")


def check(
    config: ConfigPath,
    as_json: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are errors.")] = False,
) -> None:
    """Check a file: mistakes, warnings, keys not used yet, and what a day needs."""
    from townlet.config import load_config  # noqa: PLC0415 - keeps the command list quick
    from townlet.config.reward_checks import dying_pays  # noqa: PLC0415

    cfg = load_config(config)
    check_policy(cfg)
    blueprint = blueprint_of(cfg)
    day, manifest = _day(blueprint), blueprint.manifest
    warnings = [*cfg.warnings, *manifest.warnings, *hook_warnings(cfg, manifest)]
    warnings += [f"{config}: {text}" for text in (*day.warnings, *dying_pays(cfg))]
    if strict and warnings:
        raise UserError("\n".join(warnings))
    found = {
        "ok": True,
        "path": str(config),
        "config_id": cfg.config_id,
        "config_hash": cfg.config_hash(),
        "warnings": warnings,
        "unused": cfg.unused,
        "notes": list(manifest.notes),
        "day": day.as_dict(),
    }
    if as_json:
        print_json(found)
    else:
        _tell(config, cfg, found, day)


def show(config: ConfigPath, as_json: Json = False) -> None:
    """Print every key with its value: the file, what it extends, and the defaults."""
    import yaml  # noqa: PLC0415

    from townlet.config import load_config  # noqa: PLC0415

    resolved = load_config(config).resolved()
    if as_json:
        print_json(resolved)
    else:
        yaml.safe_dump(resolved, sys.stdout, sort_keys=False, allow_unicode=True)


def schema() -> None:
    """Print the JSON schema of a file, for editors."""
    from townlet.config import SimulationConfig  # noqa: PLC0415

    described = SimulationConfig.model_json_schema(by_alias=False)
    described["properties"]["extends"] = {
        "type": "string",
        "description": "Another file to build on, relative to this one.",
    }
    described["properties"]["observations"] = described["properties"]["observations_config"]
    typer.echo(json.dumps({"$schema": SCHEMA_DIALECT, **described}, indent=2))


def reference(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write here, not to stdout.")
    ] = None,
) -> None:
    """Print the reference of all keys as Markdown."""
    from townlet.config.reference import reference as generate  # noqa: PLC0415

    if out is None:
        typer.echo(generate(), nl=False)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(generate(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: the file cannot be written ({error.strerror}).") from None
    people().print(f"wrote {out}")


def _day(blueprint: Blueprint) -> DayBudget:
    """Add up a day with the affordances and the objects a run would have."""
    from townlet.config.budget import day_budget  # noqa: PLC0415

    cfg = blueprint.config
    rows = []
    for entry in blueprint.manifest.affordances:
        price = getattr(cfg.economy, entry.price) if entry.price else 0.0
        price -= min(0.0, entry.effects.get("money", 0.0))
        rows.append((entry.id, entry.object_type, entry.duration, entry.effects, price))
    return day_budget(cfg, rows, blueprint.agents, usable_objects(blueprint), job_rows(blueprint))


def job_rows(blueprint: Blueprint) -> list[JobRow]:
    """List the town's jobs: name, positions, minutes of a full shift, wage per minute."""
    table, cfg = blueprint.jobs, blueprint.config
    rows: list[JobRow] = []
    for number, name in enumerate(table.names):
        lengths = table.length[table.job == number]
        job = cfg.jobs.get(name)
        wage = job.wage_rate if job is not None and job.wage_rate else cfg.economy.wage_income
        if len(lengths):
            rows.append((name, len(lengths), float(lengths.mean()), wage))
    return rows


def usable_objects(blueprint: Blueprint) -> dict[str, int]:
    """Count the objects of each type that somebody of the first population may use.

    What belongs to a home is used by its residents alone, so empty homes do not count.
    """
    import numpy as np  # noqa: PLC0415

    plan = blueprint.plan
    lived_in = np.zeros(plan.places, np.bool_)
    homes = plan.home_place[: blueprint.agents]
    lived_in[homes[homes >= 0]] = True
    usable = ~plan.object_private | lived_in[plan.object_place]
    counts = np.bincount(plan.object_type[usable], minlength=len(plan.object_types))
    return {name: int(count) for name, count in zip(plan.object_types, counts, strict=True)}


def _tell(path: Path, cfg: SimulationConfig, found: dict[str, Any], day: DayBudget) -> None:
    """Say on stderr what was found."""
    from rich.markup import escape  # noqa: PLC0415

    from townlet.cli.day_table import day_table, load_table, wage_table  # noqa: PLC0415

    console = people()
    console.print(f"[green]OK[/green] {escape(f'{path}: {cfg.config_id}')}")
    for warning in found["warnings"]:
        console.print(f"[yellow]warning[/yellow] {escape(warning)}")
    console.print(day_table(day))
    if day.jobs:
        console.print(wage_table(day))
    if day.loads:
        console.print(load_table(day))
    for note in day.notes:
        console.print(f"note {escape(note)}")
    if cfg.unused or found["notes"]:
        console.print("accepted, not used yet:")
    for section, keys in groupby(cfg.unused, key=lambda key: key.partition(".")[0]):
        names = ", ".join(key.partition(".")[2] or key for key in keys)
        console.print(escape(f"  {section}: {names}"))
    for note in found["notes"]:
        console.print(escape(f"  {note.removesuffix(NOT_USED)}"))
