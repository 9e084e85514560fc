"""The reference of systems: what a tick does, phase by phase."""

from __future__ import annotations

from itertools import groupby

from townlet.docs.kernels import kernels_of
from townlet.docs.markdown import code, docstring, head, plain_code
from townlet.ecs.kernel import Kernel
from townlet.ecs.schedule import Schedule
from townlet.ecs.system import SystemSpec
from townlet.policy import MODULES, policy_systems
from townlet.simulation import discover_world
from townlet.systems import HOOK_SYSTEMS, LEARNER_SYSTEMS, ON_REQUEST

_INTRODUCTION = (
    "The systems of a tick in running order; `townlet schedule` prints the same for a config. A "
    "system's parameters are its declaration: it gets read-only views of what it reads, and the "
    "schedule is refused when the order of two systems that share data is not decided "
    "([0003](../design/0003-schedule.md)). A kernel that is *split over* a table runs on slices of "
    "its rows, on all threads ([0004](../design/0004-threading.md))."
)
_DEFAULT_POLICY = "scripted"


def systems_reference() -> str:
    """The page, as Markdown."""
    lines = head("Systems", "the docstrings in systems/townlet_systems", _INTRODUCTION)
    schedule = Schedule([*discover_world(), *policy_systems(_DEFAULT_POLICY)])
    for phase, members in groupby(schedule.systems, key=lambda spec: spec.phase):
        lines += [f"## {phase.name}", ""]
        for spec in members:
            lines += _system(spec)
    others = [name for name in MODULES if name != _DEFAULT_POLICY]
    for name in others:
        lines += [f"## Instead of the scripted policy: `{name}`", ""]
        for spec in policy_systems(name):
            lines += _system(spec)
    lines += ["## On request", "", "Not part of a tick; run when somebody asks.", ""]
    for spec in ON_REQUEST:
        lines += _system(spec)
    lines += ["## With hooks", "", "Part of a tick where a loaded hook needs them.", ""]
    for spec in HOOK_SYSTEMS:
        lines += _system(spec)
    lines += [
        "## With a learner",
        "",
        "Part of a tick where rewards or observations are asked for.",
        "",
    ]
    for spec in LEARNER_SYSTEMS:
        lines += _system(spec)
    return "\n".join(lines).rstrip() + "\n"


def _system(spec: SystemSpec) -> list[str]:
    """A heading, what it does, what it touches, and its kernels."""
    module = spec.function.__module__.replace(".", "/")
    lines = [f"### {spec.name}", "", f"{plain_code(spec.doc)} (`systems/{module}.py`)", ""]
    if spec.after:
        lines.append(f"- after: {code(spec.after)}")
    if spec.before:
        lines.append(f"- before: {code(spec.before)}")
    for verb, mode in (("reads", "read"), ("writes", "write"), ("emits", "emit")):
        if spec.names(mode):
            lines.append(f"- {verb}: {code(spec.names(mode))}")
    lines.append("")
    for kernel in kernels_of(spec):
        lines += _kernel(kernel)
    return lines


def _kernel(kernel: Kernel) -> list[str]:
    """A kernel's name, how it is split, and its docstring."""
    over = kernel.options.over
    how = f"split over `{over}`" if over is not None else "runs whole"
    name = f"**Kernel `{kernel.py_func.__name__}`** ({how})."
    text = docstring(kernel.py_func.__doc__)
    return [f"{name} {text[0]}", *text[1:], ""]
