"""The program as a whole: commands found, errors told in a sentence, the right exit code."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import typer

from townlet import cli
from townlet.cli.app import COMMANDS, build_app
from townlet.errors import UserError

IMPORTED = "import sys; {}; print(sorted(m for m in {!r} if m in sys.modules))"


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def raising(error: BaseException) -> Callable[[list[str]], typer.Typer]:
    """Return a stand-in for `build_app` whose one command raises the error."""

    def build(words: list[str]) -> typer.Typer:
        app = typer.Typer(pretty_exceptions_enable=False)

        @app.callback()
        def options(debug: bool = False) -> None: ...

        @app.command()
        def go() -> None:
            raise error

        return app

    return build


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_registers_itself(name: str) -> None:
    app = build_app([name])
    groups = [group.name for group in app.registered_groups]
    assert [command.name for command in app.registered_commands] + groups == [name]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    listed = capsys.readouterr().out
    assert all(f" {name} " in listed for name in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    code = IMPORTED.format(
        "from townlet.cli.app import build_app; build_app()", ("numba", "polars", "matplotlib")
    )
    assert run_python(code) == "[]"


def test_importing_townlet_imports_nothing_heavy() -> None:
    heavy = ("numba", "numpy", "polars", "pydantic", "typer")
    assert run_python(IMPORTED.format("import townlet", heavy)) == "[]"


def test_public_names_are_found_on_first_use() -> None:
    code = "import townlet; print(townlet.__version__, callable(townlet.load_config))"
    assert run_python(code).endswith(" True")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("townlet 0.")


def test_a_misspelt_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schedul"]) == 2
    assert "schedule" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "town.yaml", "--tick", "3"], "--tick"),
        (["run", "town.yaml", "--agents", "0"], "is no number of agents"),
        (["run"], "CONFIG"),
        (["hash", "town.yaml"], "--ticks"),
    ],
)
def test_a_wrong_command_line_gets_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.count("\n") == 1
    assert said in told.err
    assert "`townlet --help`" in told.err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UserError("town.yaml:3: no such key."), 2, "town.yaml:3: no such key."),
        (OSError(28, "No space left on device", "a.png"), 1, "a.png: No space left on device"),
        (PermissionError(13, "Permission denied", "out"), 1, "out: Permission denied"),
        (ZeroDivisionError("by\nzero"), 1, "Townlet failed: ZeroDivisionError: by zero"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_happens_becomes_a_sentence_and_a_code(
    error: BaseException,
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "build_app", raising(error))
    assert cli.main(["go"]) == code
    told = capsys.readouterr()
    assert told.err.startswith(sentence)
    assert told.err.count("\n") <= 1
    assert not told.out


def test_debug_shows_where_the_program_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "build_app", raising(ZeroDivisionError("by zero")))
    assert cli.main(["--debug", "go"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_debug_adds_no_traceback_to_a_users_mistake(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "build_app", raising(UserError("No.")))
    assert cli.main(["--debug", "go"]) == 2
    assert capsys.readouterr().err == "No.\n"


def test_what_is_added_to_an_error_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ZeroDivisionError("by zero")
    error.add_note("what it has left is in failures/tick_7")
    monkeypatch.setattr(cli, "build_app", raising(error))
    assert cli.main(["go"]) == 1
    assert capsys.readouterr().err.splitlines()[1:] == ["what it has left is in failures/tick_7"]
