"""Loading: the list, the environment, and what is said about modules that are not loaded."""

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.townlet.hooks.conftest import Cafe

from townlet.affordances import load_manifest
from townlet.config import SimulationConfig, load_config
from townlet.hooks import ENVIRONMENT, load_hooks

GOOD = """
from townlet.ecs import F32, I32, column, component

@component
class Grudge:
    '''What somebody remembers.'''
    depth: F32 = column("agent", "need", doc="how deep")
    count: I32 = column("town", doc="how many")

def hold(batch, world): ...

def register_hooks(hooks):
    hooks.before("wash", hold)
    hooks.on("on_conflict", hold)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder modules can be imported from."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def _forget_modules() -> Any:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if not name.startswith(("townlet.", "townlet_systems.", "townlet_components.", "numba.")):
            del sys.modules[name]


def config(*modules: str, env: bool = True) -> SimulationConfig:
    return SimulationConfig().with_overrides(
        {
            "affordances.runtime.hook_allowlist": list(modules),
            "affordances.runtime.allow_env_hooks": env,
        }
    )


def reasons(cfg: SimulationConfig, **environ: str) -> dict[str, str]:
    return {r.module: r.reason for r in load_hooks(cfg, environ).rejected}


def test_nothing_is_loaded_that_is_not_listed(folder: Path) -> None:
    (folder / "listed.py").write_text(GOOD)
    (folder / "other.py").write_text("raise SystemExit('imported')")
    found = load_hooks(config("listed"), {})
    assert found.modules == ("listed",)
    assert "other" not in sys.modules
    assert [h.what for h in found.handlers] == ["before", "on_conflict"]
    assert [k.__name__ for k in found.components["listed"]] == ["Grudge"]
    assert found.rejected == ()
    assert load_hooks(config(), {}).modules == ()


def test_the_environment_adds_modules_where_the_config_allows_it(folder: Path) -> None:
    for name in ("one", "two", "three"):
        (folder / f"{name}.py").write_text("def register_hooks(hooks): ...")
    added = {ENVIRONMENT: " three, one,, two"}
    assert load_hooks(config("two"), added).modules == ("two", "three", "one")
    assert load_hooks(config("two", env=False), added).modules == ("two",)
    refused = reasons(config("two", env=False), **added)
    assert list(refused) == ["three", "one"]
    assert refused["one"].startswith(f"environment_disabled: {ENVIRONMENT} names it")


def test_the_processs_environment_is_the_default(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "one.py").write_text("def register_hooks(hooks): ...")
    monkeypatch.setenv(ENVIRONMENT, "one")
    assert load_hooks(config()).modules == ("one",)


def test_a_module_that_is_not_there_is_a_warning(folder: Path) -> None:
    missing = config("nowhere", "no.where.at.all")
    assert reasons(missing) == {
        "nowhere": "missing_module: there is no such module",
        "no.where.at.all": "missing_module: there is no such module",
    }
    manifest = load_manifest(None, missing.need_names())
    assert load_hooks(missing, {}).warnings(manifest)[0] == (
        "hook module 'nowhere' is not loaded: missing_module: there is no such module"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 1", "missing_register_hooks: it has no function register_hooks(hooks)"),
        ("register_hooks = 3", "missing_register_hooks: it has no function"),
        ("import nowhere", "import_error: ModuleNotFoundError: No module named 'nowhere'"),
        ("1 / 0", "import_error: ZeroDivisionError: division by zero"),
        ("raise SystemExit('bye')", "import_error: SystemExit: bye"),
        ("def f(:", "import_error: SyntaxError: "),
        ("def register_hooks(h): 1 / 0", "register_failed: ZeroDivisionError: division by zero"),
        ("def register_hooks(): ...", "register_failed: TypeError: "),
        ("def register_hooks(h): h.on('on_tik')", "register_failed: RegistrationError: unknown ev"),
    ],
)
def test_a_module_with_a_fault_is_a_warning(folder: Path, text: str, reason: str) -> None:
    (folder / "faulty.py").write_text(text)
    (folder / "sound.py").write_text(GOOD)
    cfg = config("faulty", "sound")
    assert reasons(cfg)["faulty"].startswith(reason)
    assert load_hooks(cfg, {}).modules == ("sound",), "the others load"


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ("class Needs: x: I32 = column('agent', doc='d')", "Townlet has a component called Needs"),
        ("class Asked: x: I32 = column('agent', doc='d')", "Townlet has a component called Asked"),
        ("class A: x: I32 = column('agnt', doc='d')", "A.x is over 'agnt'; did you mean 'agent'?"),
        ("class A: x: I32 = column('lane', 'one', doc='d')", "A.x is over 'lane'; did you mean"),
        ("class A: x: I32 = column('agent', 'ned', doc='d')", "A.x has the axis 'ned'; did you me"),
        ("class A: x: I32 = column('agent', fill='y', doc='d')", "A.x cannot be filled with 'y'"),
        ("class A: x: I32 = column('agent', derived=True, doc='d')", "A is not state; what hooks"),
    ],
)
def test_columns_that_cannot_be_are_a_warning(folder: Path, declaration: str, reason: str) -> None:
    head, _, body = declaration.partition(": ")
    (folder / "faulty.py").write_text(
        "from townlet.ecs import I32, column, component\n"
        f"@component\n{head}:\n    'Doc.'\n    {body}\ndef register_hooks(hooks): ...\n"
    )
    assert reasons(config("faulty"))["faulty"].startswith(f"bad_component: {reason}")


def test_scratch_is_no_state(folder: Path) -> None:
    (folder / "faulty.py").write_text(GOOD.replace("@component", "@component(scratch=True)"))
    assert "Grudge is not state" in reasons(config("faulty"))["faulty"]


def test_two_modules_cannot_declare_one_component(folder: Path) -> None:
    (folder / "one.py").write_text(GOOD)
    (folder / "two.py").write_text(GOOD)
    assert reasons(config("one", "two")) == {
        "two": "bad_component: one has a component called Grudge already"
    }


def test_a_module_may_lie_beside_the_config(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "lib").mkdir(parents=True)
        (tmp_path / name / "lib/habits.py").write_text(GOOD.replace("Grudge", f"Grudge{name}"))
        text = "affordances: {runtime: {hook_allowlist: [lib.habits]}}\n"
        (tmp_path / name / "town.yaml").write_text(text)
    for name in ("a", "b", "a"):
        found = load_hooks(load_config(tmp_path / name / "town.yaml"), {})
        assert [k.__name__ for k in found.components["lib.habits"]] == [f"Grudge{name}"]
        assert found.handlers[0].label == "lib.habits.hold (before wash)"


def test_names_in_manifests_that_nobody_answers_to_are_a_warning(folder: Path, cafe: Cafe) -> None:
    (folder / "listed.py").write_text(GOOD)
    cfg = cafe("listed", hooks={"wash": {"before": ["wash", "wsh"], "fail": ["wash"]}})
    manifest = load_manifest(cfg.affordances.affordances_file, cfg.need_names())
    one, two = load_hooks(cfg, {}).warnings(manifest)
    assert "affordance 'wash': no loaded module has a hook 'wsh' for hooks.before" in one
    assert one.endswith("; did you mean 'wash'?")
    assert two.endswith("no loaded module has a hook 'wash' for hooks.fail")
    line = next(e.line for e in manifest.affordances if e.id == "wash")
    assert one.startswith(f"{manifest.path}:{line}: ")
