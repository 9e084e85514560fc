"""Benchmark cases are data; a bad one is told in a sentence."""

from pathlib import Path

import pytest
from bench.case import FOLDER, case_names, load_case

from townlet.errors import UserError

GOOD = """
name: mine
title: a case of mine
agents: 8
towns: 2
at: ["03:00", "19:00"]
window: 10
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_the_shipped_cases_load_from_small_to_large() -> None:
    assert case_names() == [
        "agents-8",
        "agents-8-observed",
        "agents-64",
        "agents-10k",
        "towns-1024x64",
        "towns-1024x64-observed",
        "agents-100k",
        "agents-1m",
        "agents-1m-observed",
    ]
    for name in case_names():
        assert load_case(FOLDER / f"{name}.yaml").at == ("03:00", "08:00", "13:00", "19:00")


def test_times_of_day_are_minutes(tmp_path: Path) -> None:
    case = load_case(write(tmp_path, GOOD))
    assert case.minutes == (180, 1140)
    assert (case.towns, case.windows, case.days, case.config) == (2, 5, 1, None)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("window: 10", "windw: 10", "unknown key 'windw'"),
        ("window: 10", "", "a case needs name"),
        ("name: mine", "name: other", "it must be 'mine'"),
        ('"03:00"', '"24:00"', "'24:00' is not a time of day"),
        ('"03:00", "19:00"', '"03:00", "03:30"', "5 windows of 10 ticks do not fit"),
        ('"03:00", "19:00"', '"19:00", "03:00"', "do not fit"),
    ],
)
def test_a_bad_case_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        load_case(write(tmp_path, GOOD.replace(old, new)))


def test_an_unknown_case_names_the_nearest() -> None:
    with pytest.raises(UserError, match="agents-10k"):
        load_case(FOLDER / "agents-10.yaml")
