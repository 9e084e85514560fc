"""What docs/capture.md and `townlet capture --help` tell people to type does what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from townlet import cli
from townlet.capture import load
from townlet.cli.capture import EPILOG

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/capture.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def beside_the_configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)


def commands(text: str) -> list[list[str]]:
    lines = [line.strip() for line in text.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("townlet ")]


@pytest.mark.slow
def test_the_page_does_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for language, text in BLOCK.findall(PAGE):
        if language == "python":
            exec(text, names)
            continue
        for words in commands(text):
            assert cli.main(words) == 0, words
            load(words[-1])
    told = capsys.readouterr().out
    assert "True\n" in told, "the replay has the capture's hash"
    assert "'name': 'hungry'" in told


@pytest.mark.slow
@pytest.mark.parametrize("words", commands(EPILOG), ids=" ".join)
def test_the_examples_of_the_help_work(words: list[str]) -> None:
    assert cli.main(words) == 0
    assert load(words[-1]).complete


def test_the_page_names_every_column_and_metric() -> None:
    assert cli.main(["capture", "configs/small.yaml", "--ticks", "3", "--out", "x"]) == 0
    capture = load("x")
    terms, actions = capture.manifest["reward_terms"], capture.manifest["actions"]
    placeholders = {f"reward_{term}": "reward_<term>" for term in terms}
    placeholders |= {f"reward_{term}_sum": "reward_<term>_sum" for term in terms}
    placeholders |= {f"action_{action}_count": "action_<name>_count" for action in actions}
    for name in (*capture.arrays(), *capture.metrics().columns):
        assert f"`{placeholders.get(name, name)}`" in PAGE, name
