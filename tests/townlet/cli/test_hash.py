import json
from typing import Any

import pytest

from townlet import cli
from townlet.cli import hash as command

from ..fakes import FakeTown


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> FakeTown:
    fake = FakeTown()
    monkeypatch.setattr(command, "load", lambda *_: fake.config)
    monkeypatch.setattr(command, "build", lambda *_: fake)
    return fake


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["hash", "town.yaml", *words]) == 0
    return capsys.readouterr().out


def test_the_hash_is_sixteen_digits_on_stdout(
    town: FakeTown, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "--ticks", "4") == "0000000000000ac0\n"
    assert town.tick == 4


def test_columns_follow_by_name(town: FakeTown, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "--ticks", "0", "--columns").splitlines()
    assert lines == [
        "0000000000000abc",
        "0000000000000001  Needs.level",
        "ffffffffffffffff  Wallet.money",
    ]


def test_json_says_what_was_hashed(town: FakeTown, capsys: pytest.CaptureFixture[str]) -> None:
    result: dict[str, Any] = json.loads(run(capsys, "--ticks", "4", "--columns", "--json"))
    assert list(result) == [
        "config_id", "seed", "towns", "agents", "ticks", "state_hash", "columns",
    ]  # fmt: skip
    assert result["ticks"] == 4


def test_ticks_must_be_said(town: FakeTown) -> None:
    assert cli.main(["hash", "town.yaml"]) == 2
