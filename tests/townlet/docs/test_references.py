"""The generated references say what the code says today."""

import subprocess
import sys
from pathlib import Path

import pytest

import townlet_components
from townlet.docs import REFERENCES
from townlet.docs.acting import OPTION_MEANINGS, PRIMITIVE_MEANINGS
from townlet.docs.events import CAUSE_MEANINGS, MEANINGS, REASON_MEANINGS, emitters_of
from townlet.docs.rewards import MEANINGS as TERM_MEANINGS
from townlet.docs.rewards import default_of
from townlet.docs.systems import systems_reference
from townlet.ecs.schema import spec_of
from townlet.ecs.system import Phase
from townlet.simulation import discover_world
from townlet.systems import (
    HOOK_SYSTEMS,
    LEARNER_SYSTEMS,
    ON_REQUEST,
    OPTIONAL_COMPONENTS,
    discover_components,
)
from townlet_components import events, lifecycle
from townlet_components.intent import OPTIONS, PRIMITIVES
from townlet_components.rewards import TERMS

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("name", REFERENCES)
def test_a_committed_reference_is_what_the_code_generates(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == REFERENCES[name](), "run 'make docs'"


def test_every_column_of_every_component_has_its_row() -> None:
    text = REFERENCES["components.md"]()
    for klass in (*discover_components(townlet_components), *OPTIONAL_COMPONENTS):
        spec = spec_of(klass)
        section = text.split(f"\n## {spec.name}\n")[1].split("\n## ")[0]
        assert f"*{spec.kind.value}*" in section
        for col in spec.columns:
            assert f"| `{col.name}` | {col.dtype} |" in section
            assert col.doc.split(";")[0].replace("|", "\\|").replace("``", "`") in section


def test_every_system_is_told_in_its_phase_and_in_running_order() -> None:
    text = systems_reference()
    every = (*discover_world(), *ON_REQUEST, *HOOK_SYSTEMS, *LEARNER_SYSTEMS)
    at = [text.index(f"\n### {spec.name}\n") for spec in every]
    assert len(set(at)) == len(at)
    phases = [line[3:] for line in text.splitlines() if line[3:] in Phase.__members__]
    assert phases == sorted(phases, key=lambda name: Phase[name])
    drain = text.split("\n### drain_needs\n")[1].split("\n### ")[0]
    assert "**Kernel `drain`** (split over `agent`)" in drain
    assert "- writes: `Needs`, `Episode`, `Intent`" in drain
    assert "- `decay`: loss per tick, (town, profile, need)." in drain


def test_every_event_and_reason_has_a_meaning_and_its_own_constant() -> None:
    assert tuple(MEANINGS) == events.EVENTS
    assert tuple(REASON_MEANINGS) == events.REASONS
    assert tuple(CAUSE_MEANINGS) == lifecycle.CAUSES
    for number, meaning in enumerate(MEANINGS.values()):
        assert getattr(events, meaning.constant) == number


@pytest.mark.parametrize(
    ("constant", "systems"),
    [
        ("GHOST_STEP", ["move_agents"]),
        ("CONFLICT", ["assign_reservations"]),  # emitted by a helper of the kernel
        ("NO_SUCH_EVENT", []),
    ],
)
def test_who_emits_an_event_is_read_from_the_kernels(constant: str, systems: list[str]) -> None:
    assert emitters_of(constant) == systems


def test_every_kind_of_event_is_emitted_by_some_system() -> None:
    silent = [kind for kind, meaning in MEANINGS.items() if not emitters_of(meaning.constant)]
    assert silent == []


def test_every_option_and_primitive_has_a_meaning() -> None:
    assert tuple(OPTION_MEANINGS) == OPTIONS
    assert tuple(PRIMITIVE_MEANINGS) == PRIMITIVES
    # Each is open to somebody some time: test_masks counts that.
    assert "not open" not in REFERENCES["options-and-primitives.md"]()


def test_every_term_of_rewards_has_a_meaning_in_order_and_its_keys_exist() -> None:
    assert tuple(TERM_MEANINGS) == TERMS
    defaults = {key: default_of(key) for term in TERM_MEANINGS.values() for key in term.keys}
    assert defaults["rewards.faint_penalty"] == "-5.0"
    assert defaults["rewards.clip.clip_per_episode"] == "off"
    assert defaults["shaping.gamma"] == "0.99"
    rows = [line for line in REFERENCES["rewards.md"]().splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in rows] == [*TERMS, "total"]


def run_generator(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "townlet.docs", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_writes_what_its_check_accepts(tmp_path: Path) -> None:
    done = run_generator("--out", str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(REFERENCES)
    assert run_generator("--out", str(tmp_path / "new"), "--check").returncode == 0
    (tmp_path / "new" / "events.md").write_text("old")
    refused = run_generator("--out", str(tmp_path / "new"), "--check")
    assert refused.returncode == 1
    assert "events.md is not what the code says: run 'make docs'" in refused.stderr
