"""``python -m townlet.docs``: write the generated references, or check that they are current."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from townlet.docs import REFERENCES

DEFAULT_FOLDER = Path("docs/reference")


def stale(folder: Path) -> list[Path]:
    """Files of ``folder`` that are missing or differ from what the code says."""
    return [
        folder / name
        for name, generate in REFERENCES.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != generate()
    ]


def write(folder: Path) -> list[Path]:
    """Write every reference into ``folder``; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, generate in REFERENCES.items():
        (folder / name).write_text(generate(), encoding="utf-8")
    return [folder / name for name in REFERENCES]


def main(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the files go.")
    ] = DEFAULT_FOLDER,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a file is not current.")
    ] = False,
) -> None:
    """Write the references of components, systems, events and actions as Markdown."""
    if not check:
        for path in write(out):
            print(f"wrote {path}", file=sys.stderr)
        return
    old = stale(out)
    for path in old:
        print(f"{path} is not what the code says: run 'make docs'", file=sys.stderr)
    raise typer.Exit(1 if old else 0)


if __name__ == "__main__":
    typer.run(main)
