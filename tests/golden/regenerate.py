"""Golden runs: what the shipped configs came to, and the command that writes it anew.

    python -m tests.golden.regenerate --why "meals fill more"

runs one day of every config with seed 0 and writes hash and KPIs into ``runs.json`` under this
machine's instruction set; what other machines wrote stays. The
reason goes into ``CHANGES.md``, newest first. Another set on the same machine:

    NUMBA_CPU_NAME=x86-64 NUMBA_CPU_FEATURES= python -m tests.golden.regenerate --why "..."
"""

import argparse
import datetime
import json
import platform
from pathlib import Path
from typing import Any

import numba
from llvmlite import binding as llvm

from townlet import Simulation

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
RUNS, CHANGES = HERE / "runs.json", HERE / "CHANGES.md"
NAMES = ("town.yaml", "small.yaml", "calm.yaml")
TICKS, SEED = 1440, 0


def instruction_set() -> str:
    """The key of a golden hash: SPEC §1 promises one hash per instruction set."""
    wish = vars(numba.config)["CPU_FEATURES"]
    features = llvm.get_host_cpu_features().flatten() if wish is None else wish
    wide = "+avx512f" in features.split(",")
    return platform.machine() + ("+avx512" if wide else "")


def golden_run(name: str) -> dict[str, Any]:
    """Hash, sub-hashes and KPIs of a day."""
    sim = Simulation.from_config(CONFIGS / name, seed=SEED).run(TICKS)
    return {
        "state_hash": f"{sim.hash():016x}",
        "columns": {column: f"{value:016x}" for column, value in sim.hash_columns().items()},
        "kpis": {
            key: value
            for key, value in sim.kpis().to_dicts()[0].items()
            if isinstance(value, float)
        },
    }


def load() -> dict[str, dict[str, Any]]:
    """Recorded runs: instruction set, config, run."""
    found: dict[str, dict[str, Any]] = json.loads(RUNS.read_text()) if RUNS.exists() else {}
    return found


def difference(old: dict[str, Any] | None, new: dict[str, Any]) -> str:
    """What a reader of the note wants to know."""
    if old is None:
        return f"first recorded, `{new['state_hash']}`"
    if old == new:
        return "unchanged"
    kpis = [
        f"{key} {old['kpis'].get(key, 0):.4g} -> {value:.4g}"
        for key, value in new["kpis"].items()
        if old["kpis"].get(key) != value
    ]
    return f"`{old['state_hash']}` -> `{new['state_hash']}`; {', '.join(kpis) or 'KPIs the same'}"


def main(words: list[str] | None = None) -> int:
    """Write runs.json and the note."""
    parser = argparse.ArgumentParser(description="Write the golden runs anew, and say why.")
    parser.add_argument("--why", required=True, help="one sentence for CHANGES.md")
    why = parser.parse_args(words).why.strip()
    if len(why) < 10:
        parser.error("--why is for those who wonder later: write a sentence")
    here, runs = instruction_set(), load()
    before = runs.get(here, {})
    runs[here] = {name: golden_run(name) for name in NAMES}
    RUNS.write_text(json.dumps(runs, indent=1, sort_keys=True) + "\n")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = [f"## {today}, {here}: {why}", ""]
    lines += [f"- {name}: {difference(before.get(name), runs[here][name])}" for name in NAMES]
    title, _, older = (
        CHANGES.read_text() if CHANGES.exists() else "# Why they changed\n"
    ).partition("\n")
    CHANGES.write_text("\n".join([title, "", *lines, "", older.strip()]).rstrip() + "\n")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
