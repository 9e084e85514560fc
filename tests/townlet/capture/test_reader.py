"""Reading captures: whole ones as arrays and trajectories, damaged ones not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from townlet.capture import Capture, load
from townlet.capture.manifest import MANIFEST, files_in, read_manifest, write_manifest
from townlet.errors import UserError


def test_a_whole_capture_loads(copy: Path, scripted: Capture) -> None:
    capture = load(copy)
    assert capture.complete
    assert capture.manifest == scripted.manifest
    assert len(capture.arrays(["rewards"])["rewards"]) == capture.manifest["rows"] > 1000


def test_a_flipped_byte_is_found_wherever_it_is(copy: Path) -> None:
    luck = np.random.default_rng(0)
    for file in sorted(copy.iterdir()):
        whole = file.read_bytes()
        for at in {0, len(whole) - 2, *luck.integers(0, len(whole) - 1, 5).tolist()}:
            damaged = bytearray(whole)
            damaged[at] ^= 1 << int(luck.integers(8))
            file.write_bytes(damaged)
            with pytest.raises(UserError, match=re.escape(str(file))) as caught:
                load(copy)
            assert "\n" not in str(caught.value)
        file.write_bytes(whole)
    load(copy)


def shorten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda file: file.unlink(), "the file is missing"),
        (shorten, "the file is damaged: it has"),
    ],
)
def test_a_file_that_is_short_or_gone_is_found(
    damage: Callable[[Path], None], sentence: str, copy: Path
) -> None:
    name = files_in(read_manifest(copy), "steps")[-1].name
    damage(copy / name)
    with pytest.raises(UserError, match=f"{name}: {sentence}"):
        load(copy)


def test_a_file_outside_the_folder_is_refused(copy: Path) -> None:
    content = read_manifest(copy)
    del content["checksum"]
    content["files"][0]["name"] = "../elsewhere.parquet"
    kept = {key: value for key, value in content.items() if key != "files"}
    write_manifest(copy, kept, files_in(content))
    with pytest.raises(UserError, match=r"'\.\./elsewhere\.parquet', which is no file in it"):
        load(copy)


def test_a_file_of_another_shape_is_refused_even_if_its_checksum_is_right(copy: Path) -> None:
    content = read_manifest(copy)
    del content["checksum"]
    kept = {key: value for key, value in content.items() if key != "files"}
    for column in kept["columns"]["steps"]:
        if column["name"] == "mask":
            column["shape"] = [9]
    write_manifest(copy, kept, files_in(content))
    with pytest.raises(UserError, match=r"column 'mask' is bool .*; the manifest says bool"):
        load(copy).arrays(["mask"])


def test_what_is_no_capture_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"there is no {MANIFEST}; this is no capture"):
        load(tmp_path)
    (tmp_path / MANIFEST).write_text("[1, 2")
    with pytest.raises(UserError, match="it is no JSON"):
        load(tmp_path)
    (tmp_path / MANIFEST).write_text('{"kind": "cookbook"}')
    with pytest.raises(UserError, match="this is no manifest of a capture"):
        load(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({"kind": "townlet capture", "version": 9}))
    with pytest.raises(UserError, match="has version 9; this program reads version 1"):
        load(tmp_path)


def test_columns_and_tables_are_asked_for_by_name(scripted: Capture) -> None:
    assert list(scripted.arrays(["tick", "actions"])) == ["tick", "actions"]
    with pytest.raises(UserError, match="no column 'action'; did you mean 'actions'"):
        scripted.arrays(["action"])
    with pytest.raises(UserError, match="unknown table 'step'; did you mean 'steps'"):
        scripted.arrays(table="step")
    finals = scripted.arrays(table="finals")
    assert len(finals["town"]) == scripted.manifest["trajectories"]
    assert "actions" not in finals


def test_chunks_one_after_the_other_are_the_whole(scripted: Capture) -> None:
    whole = scripted.arrays()
    for name, array in whole.items():
        parts = np.concatenate([chunk[name] for chunk in scripted.chunks([name])])
        assert parts.dtype == array.dtype
        assert parts.tobytes() == array.tobytes()


def test_trajectories_are_the_steps_sorted_by_owner(scripted: Capture) -> None:
    steps = scripted.arrays(["town", "slot", "generation", "tick", "rewards"])
    wanted: dict[tuple[int, int, int], list[tuple[int, float]]] = {}
    for town, slot, generation, tick, reward in zip(
        *(array.tolist() for array in steps.values()), strict=True
    ):
        wanted.setdefault((town, slot, generation), []).append((tick, reward))
    found = {}
    for lived in scripted.trajectories(["tick", "rewards"]):
        assert lived.final is None, "no observation was asked for"
        owner = lived.town, lived.slot, lived.generation
        found[owner] = [*zip(lived["tick"].tolist(), lived["rewards"].tolist(), strict=True)]
        assert len(lived) == len(found[owner])
    assert found == wanted
    assert list(found) == sorted(found)


def test_a_capture_that_broke_off_has_what_is_whole(copy: Path) -> None:
    content = read_manifest(copy)
    kept = {key: value for key, value in content.items() if key not in ("files", "checksum")}
    steps = files_in(content, "steps")[:2]
    write_manifest(copy, kept | {"complete": False, "rows": steps[-1].rows[1]}, steps)
    capture = load(copy)
    assert not capture.complete
    assert len(capture.arrays(["tick"])["tick"]) == steps[-1].rows[1]
    assert all(lived.final is None for lived in capture.trajectories())
    with pytest.raises(UserError, match="broke off; it has no metrics"):
        capture.metrics()
