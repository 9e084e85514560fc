"""Which commands there are. A command is one file here with ``register(app)``.

A command's file is imported only when it is the one asked for, or when all are
listed (``--help``, a misspelt name); heavy things are imported inside its functions.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

COMMANDS = (
    "run", "soak", "profile", "replay", "diff", "snapshot", "hash", "map", "observe", "capture",
    "schedule", "config", "validate-affordances",
)  # fmt: skip
"""Every command by its name, in the order ``--help`` lists them; add yours here."""


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """Make the Typer application for one command line.

    Args:
        words: The words after the program's name. When the first one that is no option
            names a command, that command alone is imported.
    """
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program_options)
    asked = next((word for word in words if not word.startswith("-")), "")
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        import_module(module_of(name)).register(app)
    return app


def module_of(command: str) -> str:
    """Name the module a command lives in: dashes become underscores."""
    return f"townlet.cli.{command.replace('-', '_')}"


def _show_version(wanted: bool) -> None:
    if wanted:
        import townlet  # noqa: PLC0415  (its version is looked up on demand)

        print(f"townlet {townlet.__version__}")
        raise typer.Exit


def _program_options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback when the program itself fails.")
    ] = False,
) -> None:
    """Towns of people with lives: simulate, draw and inspect them."""
