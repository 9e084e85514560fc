"""A capture of each kind, made once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from tests.townlet.capture.towns import CHUNK, SIZE, TICKS, hard_town

from townlet.capture import Capture, record

Kinds = Callable[[str, str, str], Capture]


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Kinds:
    """Captures by policy, level and format."""

    @cache
    def made(policy: str, level: str, form: str) -> Capture:
        folder = tmp_path_factory.mktemp("capture")
        return record(
            hard_town(), folder, TICKS, policy=policy, level=level, form=form,
            observations="hybrid", chunk_bytes=CHUNK, **SIZE,
        )  # fmt: skip

    return made


@pytest.fixture(scope="session")
def scripted(kinds: Kinds) -> Capture:
    """Options of the scripted policy, in Parquet."""
    return kinds("scripted", "option", "parquet")


@pytest.fixture
def copy(scripted: Capture, tmp_path: Path) -> Path:
    """A copy of the scripted capture, to be damaged."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in scripted.folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder
