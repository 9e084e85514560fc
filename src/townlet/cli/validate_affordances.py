"""``townlet validate-affordances``: check manifests without starting a town."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("validate-affordances")(validate_affordances)


def validate_affordances(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Manifests, or directories searched for *.yaml."),
    ],
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings fail, and so does finding no manifest.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout.")
    ] = False,
    need: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A need besides hunger, hygiene and energy; repeatable."),
    ] = None,
) -> None:
    """Check affordance manifests: format, effects and preconditions."""
    needs = tuple(dict.fromkeys(("hunger", "hygiene", "energy", *(need or ()))))
    reports = [check(file, needs, strict) for file in find(paths)]
    problem = None
    if strict and not reports:
        problem = f"no *.yaml file found in {', '.join(str(path) for path in paths)}"
    ok = problem is None and all(report["ok"] for report in reports)
    if as_json:
        typer.echo(json.dumps({"ok": ok, "error": problem, "files": reports}))
    else:
        _tell(reports, problem or "no *.yaml file found")
    if not ok:
        raise typer.Exit(2)


def find(paths: list[Path]) -> list[Path]:
    """The files meant, each once: a directory stands for every ``*.yaml`` below it, sorted."""
    files: dict[Path, Path] = {}
    for path in paths:
        for file in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
            files.setdefault(file.resolve(), file)
    return list(files.values())


def check(file: Path, needs: tuple[str, ...], strict: bool) -> dict[str, Any]:
    """One file: ``path, ok, errors, warnings, notes, checksum, object_count, affordance_count``."""
    # Imported here: the command list must not wait for what a single command needs.
    from townlet.affordances import ManifestError, load_manifest  # noqa: PLC0415

    report: dict[str, Any] = {"path": str(file), "ok": False, "errors": []}
    try:
        manifest = load_manifest(file, needs, strict)
    except ManifestError as error:
        return {**report, "errors": list(error.sentences)}
    report |= {"ok": True, "warnings": list(manifest.warnings), "notes": list(manifest.notes)}
    return report | manifest.metadata()


def _tell(reports: list[dict[str, Any]], nothing: str) -> None:
    """A line per file, its sentences below; on stderr, where people read."""
    for report in reports:
        if report["ok"]:
            counts = f"{report['affordance_count']} affordances, {report['object_count']} objects"
            typer.echo(f"OK   {report['path']} ({counts})", err=True)
        else:
            typer.echo(f"FAIL {report['path']}", err=True)
        for kind in ("errors", "warnings", "notes"):
            for sentence in report.get(kind, ()):
                typer.echo(f"     {kind[:-1]}: {sentence}", err=True)
    if not reports:
        typer.echo(nothing, err=True)
