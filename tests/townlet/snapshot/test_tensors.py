"""The file: whole or not there, readable by others, and refused when a bit of it is wrong."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from townlet import Simulation
from townlet.snapshot import load, read, save
from townlet.snapshot.errors import DamagedSnapshotError, NotWrittenError, SnapshotError
from townlet.snapshot.tensors import (
    DTYPES,
    Blank,
    is_sealed,
    of,
    read_tensors,
    write_tensors,
)

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"


def some() -> dict[str, Blank]:
    rng = np.random.default_rng(1)
    shapes = [(3, 4), (0, 5), (7,), (2, 3, 2)]
    return {
        f"{name}.{k}": of((rng.random(shape) * 100).astype(dtype))
        for name, dtype in DTYPES.items()
        for k, shape in enumerate(shapes)
    }


def test_every_element_type_comes_back_and_meta_with_it(tmp_path: Path) -> None:
    arrays, path = some(), tmp_path / "a"
    meta = {"text": 'quotes " and \\ and "seal":"x" and \u00e9', "none": None, "list": [1, 2.5]}
    write_tensors(path, arrays, meta)
    found = read_tensors(path)
    assert found.meta == meta
    assert found.arrays.keys() == arrays.keys()
    for name, blank in arrays.items():
        array = found.arrays[name]
        assert array.dtype == blank.dtype
        assert np.array_equal(array, blank.make())
        assert not array.flags.writeable
        assert array.ctypes.data % array.dtype.itemsize == 0 or not array.size
    header = read_tensors(path, header_only=True)
    assert header.arrays == {}
    assert header.layout == found.layout
    assert found.nbytes == path.stat().st_size


def test_the_library_of_the_format_reads_it(tmp_path: Path) -> None:
    arrays, path = some(), tmp_path / "a.safetensors"
    write_tensors(path, arrays, {"x": 1})
    theirs = load_file(path)
    assert theirs.keys() == arrays.keys()
    for name, blank in arrays.items():
        assert np.array_equal(theirs[name], blank.make())
        assert theirs[name].dtype == blank.dtype


def test_files_of_others_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"w": np.ones(3, np.float32)}, path, metadata={"seal": "0" * 64})
    with pytest.raises(DamagedSnapshotError, match=r"weights.*the file is damaged or no snapshot"):
        read(path)
    write_tensors(path, some(), {"kind": "something else"})
    with pytest.raises(DamagedSnapshotError, match="no snapshot of Townlet: its format is None"):
        read(path)
    with pytest.raises(SnapshotError, match="there is no such file"):
        read(tmp_path / "none")
    with pytest.raises(SnapshotError, match="this is a folder"):
        read(tmp_path)


def test_when_writing_fails_the_old_file_stays_and_no_half_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    write_tensors(path, some(), {"version": 1})
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("fsync", "open"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            if name == "open":  # folders that cannot be opened are left to the system
                write_tensors(path, some(), {"version": 1})
                continue
            with pytest.raises(NotWrittenError, match="No space left on device") as raised:
                write_tensors(path, some(), {"version": 2})
            assert raised.value.exit_code == 1
        assert path.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["a"]

    def bad() -> np.ndarray[tuple[int], np.dtype[np.int8]]:
        raise RuntimeError("made half-way")

    with pytest.raises(RuntimeError):
        write_tensors(path, {**some(), "z": Blank((3,), np.dtype(np.int8), bad)}, {})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    with pytest.raises(NotWrittenError, match="cannot be written"):
        write_tensors(tmp_path / "no" / "a", some(), {})


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sim = Simulation.from_config(CONFIG, agents=8)
    sim.run(90)
    return save(sim, tmp_path_factory.mktemp("good") / "good")


def test_a_thousand_flips_and_cuts_are_refused_with_a_sentence(good: Path, tmp_path: Path) -> None:
    whole = good.read_bytes()
    head = 8 + int.from_bytes(whole[:8], "little")
    rng, path = np.random.default_rng(7), tmp_path / "bad.safetensors"

    def flip(low: int, high: int) -> bytes:
        data = bytearray(whole)
        data[int(rng.integers(low, high))] ^= 1 << int(rng.integers(8))
        return bytes(data)

    def cut() -> bytes:
        return whole[: int(rng.integers(len(whole)))]

    def longer() -> bytes:
        return whole + bytes(rng.integers(0, 256, int(rng.integers(1, 99)), np.uint8))

    def hole() -> bytes:
        at, length = int(rng.integers(len(whole) - 1)), int(rng.integers(1, 4096))
        return whole[:at] + whole[at + length :]

    def zeros() -> bytes:
        at, length = int(rng.integers(len(whole))), int(rng.integers(1, 4096))
        return (whole[:at] + bytes(length) + whole[at + length :])[: len(whole)]

    ways: list[tuple[Callable[[], bytes], int]] = [
        (lambda: flip(0, 8), 64),
        (lambda: flip(8, head), 336),
        (lambda: flip(head, len(whole)), 300),
        (cut, 150),
        (longer, 50),
        (hole, 50),
        (zeros, 50),
    ]
    tried = 0
    for way, times in ways:
        for _ in range(times):
            data = way()
            if data == whole:  # zeros over zeros
                continue
            tried += 1
            path.write_bytes(data)
            with pytest.raises(DamagedSnapshotError) as raised:
                read(path)
            said = str(raised.value)
            assert said.startswith(f"{path}: the file is damaged or no snapshot: ")
            assert "\n" not in said
    assert tried > 950


def test_a_damaged_file_changes_nothing_in_the_simulation(good: Path, tmp_path: Path) -> None:
    sim = load(good)
    sim.run(5)
    before = sim.hash()
    bad = tmp_path / "bad.safetensors"
    data = bytearray(good.read_bytes())
    data[-1] ^= 1
    bad.write_bytes(data)
    with pytest.raises(DamagedSnapshotError, match="is not what was written"):
        sim.restore(bad)
    assert (sim.tick, sim.hash()) == (95, before)


def test_a_header_that_lies_consistently_is_refused_too(good: Path, tmp_path: Path) -> None:
    """Somebody who seals a file anew can say anything, but not make a wrong world of it."""
    sealed = read_tensors(good)
    arrays = {name: of(array) for name, array in sealed.arrays.items()}
    path = tmp_path / "forged"

    def forged(**changes: object) -> Path:
        write_tensors(path, arrays, json.loads(json.dumps({**sealed.meta, **changes})))
        return path

    for changes, why in (
        ({"tick": 91}, "the state hash is"),
        ({"towns": 2}, "2 towns|has to be|wanted"),
        ({"capacity": 9}, "9 slots"),
        ({"seed": "x" * 3}, "."),
        ({"config": {"config_id": "town", "world": {"agentz": 3}}}, "agentz"),
    ):
        with pytest.raises(Exception, match=why) as raised:
            load(forged(**changes))
        assert isinstance(raised.value, SnapshotError) or "agentz" in str(raised.value), changes
    values = sealed.arrays["Needs.level"].copy()
    values[0, 0] += np.float32(0.01)
    write_tensors(path, {**arrays, "Needs.level": of(values)}, sealed.meta)
    with pytest.raises(SnapshotError, match="do not trust it"):
        load(path)


def test_in_turn_it_is_the_file_that_is_written_side_by_side(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    sizes = {"a": 5, "b": (1 << 21) + 3, "c": 1 << 16, "d": 0, "e": 100}
    arrays = {name: of(rng.integers(0, 99, size, np.uint8)) for name, size in sizes.items()}
    arrays |= {"wide": of(rng.random((70, 3))), "long": of(rng.random(300_000))}
    paces: list[int] = []
    write_tensors(tmp_path / "turn", arrays, {"n": "é\n", "m": [1]}, lambda: paces.append(1))
    write_tensors(tmp_path / "side", arrays, {"n": "é\n", "m": [1]})
    assert (tmp_path / "turn").read_bytes() == (tmp_path / "side").read_bytes()
    assert len(paces) >= 2 + 4
    found = read_tensors(tmp_path / "turn")
    assert found.meta == {"n": "é\n", "m": [1]}
    assert all((found.arrays[name] == blank.make()).all() for name, blank in arrays.items())


WRITER = """
import sys
import numpy as np
from pathlib import Path
from townlet.snapshot.tensors import of, write_tensors
n = 0
while True:
    n += 1
    write_tensors(Path(sys.argv[1]), {"a": of(np.full(300_000, n))}, {"n": n})
    print(n, flush=True)
"""


def test_a_writer_that_is_killed_leaves_the_last_whole_file(tmp_path: Path) -> None:
    path, rng = tmp_path / "a", np.random.default_rng(5)
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        ) as writer:
            assert writer.stdout is not None
            said = 0
            for _ in range(int(rng.integers(1, 12))):
                said = int(writer.stdout.readline())
            time.sleep(float(rng.random()) * 0.02)
            writer.kill()
            said = max([said, *map(int, writer.stdout.read().split())])
        found = read_tensors(path)
        assert found.meta["n"] >= said
        assert (found.arrays["a"] == found.meta["n"]).all()
    drafts = [p for p in tmp_path.iterdir() if p != path]
    assert all(p.name.endswith(".draft") for p in drafts)


def test_a_file_below_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    for path in (tmp_path / "letter" / "x", tmp_path / ("long" * 99)):
        with pytest.raises(NotWrittenError, match="it cannot be written"):
            write_tensors(path, {}, {})


def test_a_file_is_known_by_how_it_begins(tmp_path: Path) -> None:
    write_tensors(tmp_path / "x", {"a": of(np.zeros(3))}, {})
    (tmp_path / "letter").write_text('12345678{"metadata"')
    (tmp_path / "short").write_text("dear")
    os.mkfifo(tmp_path / "pipe")  # nobody writes into it
    found = {path.name: is_sealed(path) for path in [*tmp_path.iterdir(), tmp_path / "none"]}
    assert found == {"x": True, "letter": False, "short": False, "pipe": False, "none": False}
