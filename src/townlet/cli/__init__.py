"""The command line: `main` turns whatever happens into an exit code and a sentence.

Exit codes (SPEC §1): 0 done, 1 the run failed, 2 the input was wrong, 130 interrupted.
"""

import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from townlet.errors import UserError

if TYPE_CHECKING:
    import typer

FAILED = 1
WRONG_INPUT = 2
INTERRUPTED = 130


def build_app(words: Sequence[str]) -> "typer.Typer":
    """Make the application; imported here, so that Ctrl-C meanwhile is `main`'s to answer."""
    from townlet.cli import app  # noqa: PLC0415

    return app.build_app(words)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no exception leaves this function.

    Args:
        argv: The words after the program's name; `sys.argv` when None.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = build_app(words)(args=words, prog_name="townlet", standalone_mode=False)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if _wants_traceback(words) and not isinstance(error, UserError):
            traceback.print_exc()
        sentence, code = explain(error)
        for line in (sentence, *getattr(error, "__notes__", ())):
            if line:
                print(line, file=sys.stderr)
        return code
    return code if isinstance(code, int) else 0  # what `typer.Exit` was given


def explain(error: Exception) -> tuple[str, int]:
    """Say in one sentence what went wrong, and which exit code it means."""
    if isinstance(error, UserError):
        return str(error), error.exit_code
    if hasattr(error, "format_message"):  # Typer: the command line was wrong
        what = error.format_message().rstrip(".") if str(error) else ""
        help_ = "`townlet --help` and `townlet COMMAND --help` say what is allowed."
        return (f"{what}; {help_}" if what else ""), WRONG_INPUT
    if isinstance(error, OSError):
        what = error.strerror or str(error)
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{what}", FAILED
    what = " ".join(str(error).split()) or "no further word"
    return (
        f"Townlet failed: {type(error).__name__}: {what} "
        "(`townlet --debug …` shows where it happened)",
        FAILED,
    )


def _wants_traceback(words: list[str]) -> bool:
    """Whether ``--debug`` stands among the program's own options, before the command."""
    for word in words:
        if not word.startswith("-"):
            return False
        if word == "--debug":
            return True
    return False
