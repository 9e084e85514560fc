"""A sample of the matrix of ``tests/matrix.py``: one hash, however a town is run and saved."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests import matrix


def test_the_matrix_is_large_and_its_sample_has_something_of_everything() -> None:
    every, some = matrix.cells(), matrix.sample(40)
    assert len(every) >= 200
    for name in ("threads", "lanes", "rows", "company", "saved", "watched"):
        assert {getattr(c, name) for c in some} == {getattr(c, name) for c in every}


@pytest.mark.slow
def test_forty_cells_end_alike(tmp_path: Path) -> None:
    different = [name for name, same in matrix.compare(matrix.sample(40), (), tmp_path) if not same]
    assert different == []


def test_a_cell_that_ends_otherwise_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = matrix.sample(40)[0]
    wanted = matrix.reference(tmp_path)
    monkeypatch.setattr(matrix, "SEED", matrix.SEED + 1)
    assert matrix.run(replace(cell, watched=False), tmp_path) != {
        "state_hash": wanted["state_hash"]
    }
