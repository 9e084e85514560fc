"""The plan of a soak: all it was asked, kept in its folder so that resuming needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from townlet.config import SimulationConfig
from townlet.config.document import Document
from townlet.errors import UserError
from townlet.report.folder import write_file

PLAN = "soak.json"
FORMAT = 1
#: Checks and faults of a run that is not told how many; primes, so that no minute is spared.
CHECKS, LEAST_BETWEEN = 4000, 61
_AGENTS_PER_TICK = 5000
#: Keys of ``snapshot`` that say where and when runs keep some.
_PLACES = ("storage", "autosave", "capture_on_failure")
_FAULTS_PER_RUN, _LEAST_PERIOD, _MOST_PERIOD = 20, 120, 1440


@dataclass(frozen=True)
class SoakPlan:
    """What a soak was asked.

    Attributes:
        config: every key of the config that was given, as a file could hold it.
        source: the file it came from, for files it names; None: none.
        needs: names of the needs.
        start_minute: minute of the day of tick 0.
        towns, agents, seed: as :meth:`townlet.Simulation.from_config` takes them.
        ticks: how long it runs.
        minutes: of wall time, after which it ends; None: no limit.
        faults: their names.
        fault_period: each fault strikes once in so many ticks.
        check_every: ticks between two checks of the invariants.
        mask_every: checks between two looks at the masks, which cost most.
        hash_every: ticks between two entries of the hash log.
        save_every: ticks between two snapshots, at most.
        save_seconds: seconds of wall time between two snapshots, at most.
        keep: how many snapshots are kept.
        kills: how often the supervisor kills the process, if that is among the faults.
        threads: threads; None: all.
    """

    config: dict[str, Any]
    source: str | None
    needs: tuple[str, ...]
    start_minute: int
    towns: int
    agents: int
    seed: int
    ticks: int
    minutes: float | None
    faults: tuple[str, ...]
    fault_period: int
    check_every: int
    mask_every: int
    hash_every: int
    save_every: int
    save_seconds: float
    keep: int
    kills: int
    threads: int | None

    def model(self) -> SimulationConfig:
        """The config.

        Raises:
            ConfigError: a file it names is not there any more, or wrong.
        """
        source = None if self.source is None else Path(self.source)
        return SimulationConfig.from_document(Document(dict(self.config)), source)

    def write(self, folder: Path) -> None:
        """Put the plan into the soak's folder."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n"
        write_file(folder / PLAN, lambda path: path.write_text(text, encoding="utf-8"))


def read_plan(folder: Path) -> SoakPlan:
    """Read the plan of a soak's folder.

    Raises:
        UserError: there is none, or it is not whole.
    """
    path = folder / PLAN
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"--resume {folder}: there is no {PLAN}; no soak has run here.") from None
    except NotADirectoryError:
        raise UserError(f"--resume {folder}: this is a file; name the folder of a soak.") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: it cannot be read ({error}).") from None
    names = {field.name for field in fields(SoakPlan)}
    if not isinstance(found, dict) or found.get("format") != FORMAT or not names <= found.keys():
        raise UserError(f"{path}: it is no plan of a soak that this Townlet can go on with.")
    own = {name: found[name] for name in names}
    tuples = {name: tuple(own[name]) for name in ("needs", "faults")}
    return SoakPlan(**own | tuples)


def own_places(written: Mapping[str, Any]) -> dict[str, Any]:
    """What a config says, but for where and when runs of it keep snapshots: a soak has its folder.

    Else a config that names ``snapshot.storage.root`` would forbid a soak its own snapshots.
    """
    config = dict(written)
    if isinstance(config.get("snapshot"), Mapping):
        rest = {k: v for k, v in config["snapshot"].items() if k not in _PLACES}
        if isinstance(rest.get("guardrails"), Mapping):
            rest["guardrails"] = {
                k: v for k, v in rest["guardrails"].items() if k != "allowed_paths"
            }
        config["snapshot"] = rest
    return config


def check_cadence(agents: int, ticks: int) -> int:
    """Ticks between two checks where nobody says: some thousands a run, fewer of large towns."""
    return max(LEAST_BETWEEN, ticks // CHECKS | 1, agents // _AGENTS_PER_TICK | 1)


def fault_cadence(ticks: int) -> int:
    """Ticks in which each fault strikes once where nobody says."""
    return min(max(ticks // _FAULTS_PER_RUN, _LEAST_PERIOD), _MOST_PERIOD)
