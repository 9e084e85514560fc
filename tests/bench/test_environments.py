"""What environments cost is measured; the numbers of this run do not matter."""

import json

import typer
from bench import environments
from typer.testing import CliRunner


def test_a_number_per_mode(monkeypatch: object) -> None:
    app = typer.Typer()
    app.command()(environments.main)
    small = ["--towns", "2", "--agents", "6", "--warmup", "2", "--turns", "2", "--steps", "3"]
    result = CliRunner().invoke(app, [*small, "--mode", "disabled"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["machine"]["numba"]
    (row,) = found["rows"]
    assert (row["mode"], row["buffers"]) == ("disabled", 1)
    assert (found["case"], found["threads"]) == ("environments", 1)
    assert min(row["raw_ms"], row["env_ms"], row["ratio"], row["benchmark_vector_step"]) > 0
