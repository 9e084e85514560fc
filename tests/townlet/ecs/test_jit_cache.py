"""The cache of compiled kernels: one directory per state of the sources, safe for many."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock, Timeout
from llvmlite import binding as llvm
from numba.core.caching import IndexDataCacheFile

from townlet.ecs import jit_cache
from townlet.ecs.kernel import kernel
from townlet.ecs.launch import Launch

#: A program with a kernel, called directly and through a launch.
PROGRAM = """
import json, sys
import numpy as np
from townlet.ecs import device, kernel
from townlet.ecs.launch import Launch, driver

@device
def twice(x):
    return x * 2

@kernel
def scale(values):
    for k in range(values.shape[0]):
        values[k] = twice(values[k]) + FACTOR

result, compiled = {}, 0
for dtype in sys.argv[1:]:
    values = np.arange(5).astype(dtype)
    scale(values)
    launch = Launch(scale, (values,), lambda array: None)
    compiled += launch.compile()
    assert not launch.compile(), "it is there already"
    driver(False)(launch.address, launch.context.ctypes.data, 1)
    result[dtype] = values.tolist()
stats = scale.dispatcher.stats
hits, misses = sum(stats.cache_hits.values()), sum(stats.cache_misses.values())
told = {"result": result, "hits": hits, "misses": misses, "compiled": compiled}
print(json.dumps(told))
"""
DTYPES = ("float32", "float64", "int16", "int64")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return write_program(tmp_path, 1)


def write_program(folder: Path, factor: int) -> Path:
    path = folder / "scale.py"
    path.write_text(PROGRAM.replace("FACTOR", str(factor)))
    return path


def start(program: Path, cache: Path, *dtypes: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(program), *dtypes],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TOWNLET_CACHE_DIR": str(cache)},
    )


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    answer: dict[str, Any] = json.loads(out)
    return answer


def expected(factor: int = 1) -> list[int]:
    return [(2 * x + factor) * 2 + factor for x in range(5)]


def generations(cache: Path) -> list[Path]:
    return sorted(cache.glob("jit-*"))


@pytest.mark.slow
def test_sixteen_processes_that_start_together(program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "empty"
    running = [start(program, cache, DTYPES[k % len(DTYPES)]) for k in range(16)]
    for k, process in enumerate(running):
        assert finish(process)["result"] == {DTYPES[k % len(DTYPES)]: expected()}
    assert len(generations(cache)) == 2, "one for Townlet's own sources, one for the program's"
    later = finish(start(program, cache, *DTYPES))
    assert later["result"] == dict.fromkeys(DTYPES, expected())
    assert (later["hits"], later["misses"]) == (4, 0), "each was kept as what it is"
    assert later["compiled"] == 0


def test_a_second_start_compiles_nothing_and_a_changed_source_everything(
    program: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    first = finish(start(program, cache, "int64"))
    assert (first["hits"], first["misses"], first["compiled"]) == (0, 1, 1)
    second = finish(start(program, cache, "int64"))
    assert (second["hits"], second["misses"], second["compiled"]) == (1, 0, 0)
    assert first["result"] == second["result"] == {"int64": expected()}
    before = generations(cache)
    write_program(tmp_path, 3)
    changed = finish(start(program, cache, "int64"))
    assert (changed["hits"], changed["misses"]) == (0, 1)
    assert changed["result"] == {"int64": expected(3)}
    assert len(generations(cache)) == len(before) + 1


@pytest.mark.parametrize("damage", [b"", b"\x80garbage" * 9], ids=["emptied", "overwritten"])
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_a_damaged_file_is_a_miss(program: Path, tmp_path: Path, kind: str, damage: bytes) -> None:
    cache = tmp_path / "cache"
    finish(start(program, cache, "int64"))
    files = list(cache.glob(f"jit-*/*.{kind}"))
    assert files
    for file in files:
        file.write_bytes(damage)
    again = finish(start(program, cache, "int64"))
    assert again["result"] == {"int64": expected()}
    assert (again["hits"], again["misses"]) == (0, 1)
    mended = finish(start(program, cache, "int64"))
    assert (mended["hits"], mended["misses"]) == (1, 0)


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Each test reads the sources anew, and leaves nothing of its own behind."""
    memos = (
        jit_cache.sources_digest,
        jit_cache.generation_dir,
        jit_cache._package_dir,
        jit_cache._roots,
        jit_cache._modules,
        jit_cache._imports,
        jit_cache._engine,
        jit_cache._label,
        jit_cache._contents,
        jit_cache._prune,
    )
    for memo in memos:
        memo.cache_clear()
    yield
    for memo in memos:
        memo.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgetful: None) -> Path:
    """A package that stands in for Townlet's own."""
    folder = tmp_path / "little_engine"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "a.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(jit_cache, "_SHARED_PACKAGES", ("little_engine",))
    monkeypatch.setenv("TOWNLET_CACHE_DIR", str(tmp_path / "cache"))
    return folder


def digest(file: Path, extra: Path | None = None) -> str:
    for memo in (
        jit_cache.sources_digest,
        jit_cache._modules,
        jit_cache._imports,
        jit_cache._contents,
        jit_cache._engine,
    ):
        memo.cache_clear()
    return jit_cache.sources_digest(file, extra)


def test_the_digest_follows_what_is_imported_and_no_more(package: Path, tmp_path: Path) -> None:
    (package / "deep").mkdir()
    (package / "deep" / "__init__.py").write_text("")
    (package / "deep" / "c.py").write_text("y = 1\n")
    (package / "d.py").write_text("z = 1\n")
    (package / "other.py").write_text("unused = 1\n")
    a = package / "a.py"
    a.write_text("from little_engine.deep import (\n    c,\n)\nimport os, little_engine.d as d\n")
    seen = [digest(a)]
    assert digest(a) == seen[0]
    for file in (package / "deep" / "c.py", package / "d.py", a):
        file.write_text(file.read_text() + "more = 2\n")
        seen.append(digest(a))
    assert len(set(seen)) == len(seen)
    (package / "other.py").write_text("unused = 2\n")
    assert digest(a) == seen[-1], "nothing imports it"
    a.write_text("from . import anything\n")
    before = digest(a)
    (package / "other.py").write_text("unused = 3\n")
    assert digest(a) != before, "relative names may mean any neighbour"


def test_every_module_is_known_by_its_dotted_name_and_a_package_by_its_own(package: Path) -> None:
    (package / "deep").mkdir()
    for name in ("__init__.py", "c.py"):
        (package / "deep" / name).write_text("")
    digest(package / "a.py")
    assert jit_cache._modules() == {
        "little_engine": package / "__init__.py",
        "little_engine.a": package / "a.py",
        "little_engine.deep": package / "deep" / "__init__.py",
        "little_engine.deep.c": package / "deep" / "c.py",
    }


def test_all_of_the_engine_counts(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jit_cache, "_ENGINE", "little_engine")
    own = tmp_path / "own.py"
    own.write_text("")
    before = digest(own, own)
    (package / "a.py").write_text("x = 2\n")
    assert digest(own, own) != before


def test_all_of_a_package_of_ones_own_counts(package: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "__init__.py").write_text("")
    (own / "k.py").write_text("from little_engine import a\n")
    (own / "helper.py").write_text("v = 1\n")
    seen = [digest(own / "k.py", own)]
    (own / "helper.py").write_text("v = 2\n")
    seen.append(digest(own / "k.py", own))
    (package / "a.py").write_text("x = 2\n")
    seen.append(digest(own / "k.py", own))
    assert len(set(seen)) == 3


@pytest.mark.parametrize("name", ["numba", "np", "llvmlite"])
def test_the_digest_follows_versions(
    package: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = digest(package / "a.py")
    monkeypatch.setattr(getattr(jit_cache, name), "__version__", "0.0.0")
    assert digest(package / "a.py") != before


def test_the_digest_follows_the_processor(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(package / "a.py")
    monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: "abacus")
    assert digest(package / "a.py") != before


def test_each_generation_has_a_directory_and_old_ones_go(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    ancient, recent = cache / "jit-ancient", cache / "jit-recent"
    for folder in (ancient, recent):
        folder.mkdir(parents=True)
        (folder / "kernel.nbc").write_text("")
    os.utime(ancient, (0, 0))
    path = jit_cache.generation_dir(package / "a.py")
    assert path == cache / f"jit-{digest(package / 'a.py')}"
    assert {p.name for p in generations(cache)} == {path.name, "jit-recent"}
    other = tmp_path / "own.py"
    other.write_text("")
    assert jit_cache.generation_dir(other, other) not in {path, recent}


def test_a_kernel_of_ones_own_is_keyed_by_its_outermost_package(package: Path) -> None:
    assert jit_cache._extra_root(package / "a.py") is None, "one of Townlet's"
    own = package.parent / "own"
    (own / "inner").mkdir(parents=True)
    for folder in (own, own / "inner"):
        (folder / "__init__.py").write_text("")
    assert jit_cache._extra_root(own / "inner" / "kernels.py") == own
    assert jit_cache._extra_root(package.parent / "script.py") == package.parent / "script.py"


def test_a_directory_that_cannot_be_written_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("TOWNLET_CACHE_DIR", str(blocked / "below"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert jit_cache.cache_root() == tmp_path / "xdg" / "townlet"
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert jit_cache.cache_root().parent == Path(tempfile.gettempdir())


@pytest.mark.parametrize("way", ["called", "launched"])
def test_files_are_written_under_the_lock(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgetful: None
) -> None:
    """Or two processes give one file name to two signatures, and a third loads the wrong code."""
    monkeypatch.setenv("TOWNLET_CACHE_DIR", str(tmp_path))
    held = []

    def save(self: IndexDataCacheFile, key: object, data: object) -> None:
        try:
            for lock in tmp_path.glob("jit-*/compile.lock"):
                FileLock(str(lock), timeout=0).acquire().lock.release()
            held.append(False)
        except Timeout:
            held.append(True)

    monkeypatch.setattr(IndexDataCacheFile, "save", save)

    @kernel
    def fill(values: Any) -> None:
        for k in range(values.shape[0]):
            values[k] = k

    values = np.zeros(3, np.int64)
    if way == "called":
        fill(values)
    else:
        Launch(fill, (values,), lambda _: None).compile()  # type: ignore[arg-type]
    assert held == [True]
