"""Where compiled kernels are kept: one directory per state of the sources, filled under a lock.

numba's own cache goes stale when an imported function changes and can crash when two processes
fill it at once (numba issues 1833, 4807). Ours is keyed by a digest of every source file that can
end up in a kernel - its module and all that this imports -, the versions and the processor, and it
is read and written under a file lock (docs/design/0005-jit-cache.md).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from filelock import FileLock
from llvmlite import binding as llvm
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

_ENGINE = "townlet.ecs"
_SHARED_PACKAGES = (_ENGINE, "townlet_components", "townlet_systems")
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))",
    re.MULTILINE,
)
_STALE_AFTER_DAYS = 30


def cache_root() -> Path:
    """The directory that holds all generations of the cache.

    ``TOWNLET_CACHE_DIR`` decides; otherwise the user's cache directory, or a private one under
    the system's temporary directory when that cannot be written.
    """
    wish = os.environ.get("TOWNLET_CACHE_DIR")
    candidates = [Path(wish)] if wish else []
    base = os.environ.get("XDG_CACHE_HOME")
    candidates.append((Path(base) if base else Path.home() / ".cache") / "townlet")
    user = getattr(os, "getuid", lambda: "user")()
    candidates.append(Path(tempfile.gettempdir()) / f"townlet-{user}")
    for path in candidates:
        try:
            path.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path).close()
        except OSError:
            continue
        return path
    raise OSError(f"no writable directory for compiled kernels among {candidates}")


def _sources(package_dir: Path) -> Iterator[Path]:
    return (p for p in sorted(package_dir.rglob("*.py")) if "__pycache__" not in p.parts)


@functools.cache
def _package_dir(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _imported(text: str) -> Iterator[str]:
    """Dotted names a source imports, and each as ``module.name`` too: it may be a submodule."""
    for module, names, modules in _IMPORT.findall(text):
        yield from re.findall(r"[\w.]+", modules)
        if module:
            yield module
            yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))


@functools.cache
def _roots() -> dict[str, Path]:
    return {n: d for n in _SHARED_PACKAGES if (d := _package_dir(n)) is not None}


@functools.cache
def _modules() -> dict[str, Path]:
    """Source file of every module of our packages, by its dotted name.

    Listed once: most names that a source imports are no modules, and to ask the file system for
    each was a quarter of the time it takes to load all kernels.
    """
    found = {}
    for package, root in _roots().items():
        for file in _sources(root):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join((package, *parts)).removesuffix(".__init__")] = file
    return found


@functools.cache
def _imports(file: Path) -> frozenset[Path]:
    """Files of our packages that a file imports."""
    text = file.read_text()
    found = {f for n in _imported(text) if (f := _modules().get(n)) is not None}
    if re.search(r"^[ \t]*from[ \t]+\.", text, re.MULTILINE):
        found |= set(_sources(file.parent))  # relative names: all that they can mean
    return frozenset(found)


@functools.cache
def _engine() -> frozenset[Path]:
    return frozenset(_sources(_roots()[_ENGINE]) if _ENGINE in _roots() else ())


def _closure(file: Path) -> set[Path]:
    """A file, what it imports and what that imports; all of the engine.

    Whatever a kernel calls or reads as a constant, its module has imported: numba resolves names
    in the module's globals.
    """
    found, todo = set(_engine()), [file]
    while todo:
        here = todo.pop()
        if here not in found:
            found.add(here)
            todo += _imports(here)
    return found


@functools.cache
def sources_digest(file: Path, extra: Path | None = None) -> str:
    """Hex digest of every source a file's kernels can be built from, of versions and processor.

    Args:
        file: the file that declares the kernel.
        extra: the package directory outside Townlet that the file belongs to, if any: all of it
            counts.
    """
    digest = hashlib.sha256()
    versions = (sys.version, numba.__version__, np.__version__, llvmlite.__version__)
    host = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    digest.update(repr((versions, host)).encode())
    files = _closure(file)
    if extra is not None:
        for path in _sources(extra) if extra.is_dir() else (extra,):
            files |= _closure(path)
    for label, path in sorted((_label(path, extra), path) for path in files):
        digest.update(label.encode())
        digest.update(_contents(path))
    return digest.hexdigest()[:20]


@functools.cache
def _label(file: Path, extra: Path | None) -> str:
    """What a file is called wherever it is installed."""
    for name, root in _roots().items():
        if root in file.parents:
            return str(Path(name) / file.relative_to(root))
    return file.name if extra is None else str(file.relative_to(extra.parent))


@functools.cache
def _contents(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()


def _extra_root(py_file: Path) -> Path | None:
    """The outermost package (or the file) of a kernel that lives outside Townlet."""
    shared = [d for d in map(_package_dir, _SHARED_PACKAGES) if d is not None]
    if any(d in py_file.parents for d in shared):
        return None
    root = py_file
    while (root.parent / "__init__.py").exists():
        root = root.parent
    return root


@functools.cache
def generation_dir(file: Path, extra: Path | None = None) -> Path:
    """The directory of the current generation of a file's kernels; old ones go after a month."""
    root = cache_root()
    path = root / f"jit-{sources_digest(file, extra)}"
    path.mkdir(parents=True, exist_ok=True)
    os.utime(path)
    _prune(root)
    return path


@functools.cache
def _prune(root: Path) -> None:
    """Remove what nobody has used for a month; once per process."""
    horizon = time.time() - _STALE_AFTER_DAYS * 86_400
    for old in root.glob("jit-*"):
        try:
            if old.stat().st_mtime > horizon:
                continue
            for file in old.iterdir():
                file.unlink(missing_ok=True)
            old.rmdir()
        except OSError:  # another process is pruning, or uses it: leave it
            continue


@contextmanager
def compile_lock(function: Callable[..., Any]) -> Iterator[None]:
    """Hold the generation of a function's file alone: others wait, then load what is compiled."""
    file = Path(function.__code__.co_filename).resolve()
    folder = generation_dir(file, _extra_root(file))
    with FileLock(str(folder / "compile.lock"), is_singleton=True):
        yield


class _Locator(_CacheLocator):
    """Puts a function's files into the current generation, whatever its source's time stamp."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        file = Path(py_file).resolve()
        self._path = generation_dir(file, _extra_root(file))
        self._name = f"{py_func.__module__}.{py_func.__qualname__}"

    def get_cache_path(self) -> str:
        """The generation's directory."""
        return str(self._path)

    def get_source_stamp(self) -> str:
        """The generation's name stands for all sources."""
        return self._path.name

    def get_disambiguator(self) -> str:
        """Tells functions of one name in different modules apart."""
        return hashlib.sha256(self._name.encode()).hexdigest()[:12]

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator:
        """A locator for any function."""
        return cls(py_func, py_file)


class _CacheImpl(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012

    def check_cachable(self, cres: Any) -> bool:
        """Kernels are cacheable by construction: no lifted code, no addresses as globals.

        numba's own check walks the whole module, which is 5 % of a cold start.
        """
        return True


class KernelCache(FunctionCache):
    """numba's function cache with our locator; a damaged file is a miss, not a crash."""

    _impl_class = _CacheImpl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load a compiled kernel, or return None when there is none or it cannot be read."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception:
            self.flush()  # type: ignore[no-untyped-call]
            return None
