"""Where compiled kernels are kept: one directory per state of the sources, filled under a lock.

numba's own cache goes stale when an imported function changes and can crash when two processes
fill it at once (numba issues 1833, 4807). Ours is keyed by a digest of every source file that can
end up in a kernel, the versions and the processor, and it is read and written under a file lock
(docs/design/0005-jit-cache.md).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
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

_SHARED_PACKAGES = ("townlet.ecs", "townlet_components", "townlet_systems")
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


def _package_dir(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


@functools.cache
def sources_digest(extra: Path | None = None) -> str:
    """Hex digest of every source a kernel can be built from, of the versions and the processor.

    Args:
        extra: a package directory or file outside Townlet that declares kernels of its own.
    """
    digest = hashlib.sha256()
    versions = (sys.version, numba.__version__, np.__version__, llvmlite.__version__)
    host = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    digest.update(repr((versions, host)).encode())
    roots = [_package_dir(name) for name in _SHARED_PACKAGES]
    for root in (*roots, extra):
        if root is None:
            continue
        for path in _sources(root) if root.is_dir() else (root,):
            digest.update(str(path.relative_to(root.parent)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


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
def generation_dir(extra: Path | None = None) -> Path:
    """The directory of the current generation; older ones are pruned after a month."""
    root = cache_root()
    path = root / f"jit-{sources_digest(extra)}"
    path.mkdir(parents=True, exist_ok=True)
    os.utime(path)
    _prune(root, keep=path)
    return path


def _prune(root: Path, keep: Path) -> None:
    horizon = time.time() - _STALE_AFTER_DAYS * 86_400
    for old in root.glob("jit-*"):
        try:
            if old == keep or old.stat().st_mtime > horizon:
                continue
            for file in old.iterdir():
                file.unlink(missing_ok=True)
            old.rmdir()
        except OSError:  # another process is pruning, or uses it: leave it
            continue


@contextmanager
def compile_lock() -> Iterator[None]:
    """Hold the cache alone: other processes wait, then load what this one compiled."""
    with FileLock(str(cache_root() / "compile.lock"), is_singleton=True):
        yield


class _Locator(_CacheLocator):
    """Puts a function's files into the current generation, whatever its source's time stamp."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        self._path = generation_dir(_extra_root(Path(py_file).resolve()))
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
