"""Which kernels a system launches, and which names they use; read from the code itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from townlet.ecs.kernel import Kernel
from townlet.ecs.system import SystemSpec


def kernels_of(spec: SystemSpec) -> list[Kernel]:
    """Kernels that a system's function names, in order of appearance."""
    scope = spec.function.__globals__
    named = (scope.get(name) for name in spec.function.__code__.co_names)
    return [value for value in named if isinstance(value, Kernel)]


def names_used(kernel: Kernel) -> set[str]:
    """Global names that a kernel and the helpers it calls use."""
    found: set[str] = set()
    waiting: list[Callable[..., Any]] = [kernel.py_func]
    seen: set[Callable[..., Any]] = set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        found.update(function.__code__.co_names)
        for name in function.__code__.co_names:
            helper = getattr(function.__globals__.get(name), "py_func", None)
            if helper is not None:
                waiting.append(helper)
    return found
