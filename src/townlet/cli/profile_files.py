"""Files that ``townlet profile`` reads and writes."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from townlet.errors import UserError
from townlet.report.folder import write_file

if TYPE_CHECKING:
    from townlet.profiling.measure import Profile

NEEDED = ("config_hash", "machine", "systems", "windows", "reference")
"""Keys by which a profile is known."""


def check_files(files: Mapping[str, Path | None]) -> None:
    """Refuse, before a long run, files that cannot be written after it.

    Args:
        files: By option; None: not asked for.

    Raises:
        UserError: Naming option and file, or two options that name one file.
    """
    seen: dict[Path, str] = {}
    for option, path in files.items():
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"{option} {path}: this is a folder; name a file.")
        if path.exists() and not path.is_file():
            raise UserError(f"{option} {path}: this is a device; name a file.")
        if option == "--picture" and path.suffix.lower() != ".png":
            raise UserError(f"--picture {path}: it is a PNG; name a file that ends in .png.")
        if not path.parent.is_dir():
            raise UserError(f"{option} {path}: there is no folder {path.parent}.")
        if not os.access(path.parent, os.W_OK):
            raise UserError(f"{option} {path}: there is no permission to write here.")
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise UserError(f"{option} {path}: {other} names this file too; give each its own.")


def read_profile(path: Path) -> dict[str, Any]:
    """Read what ``--out`` or ``--json`` has written.

    Raises:
        UserError: There is none, it is something else or damaged, or has too few ticks.
    """
    from townlet.profiling.compare import compare  # noqa: PLC0415  (quick `--help`)

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"--compare {path}: {error.strerror}.") from None
    except ValueError:
        raise UserError(f"--compare {path}: this is no JSON; `--out FILE` writes it.") from None
    missing = NEEDED if not isinstance(found, dict) else [k for k in NEEDED if k not in found]
    if missing:
        raise UserError(
            f"--compare {path}: this is no profile of one town ({missing[0]!r} is missing); "
            "`townlet profile CONFIG --out FILE` writes it."
        )
    profile: dict[str, Any] = found
    try:
        # A profile that can be held against itself has all that a comparison will look at.
        compare(profile, profile)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise UserError(
            f"--compare {path}: this profile is damaged; `townlet profile CONFIG --out FILE` "
            "writes a new one."
        ) from None
    return profile


def write_json(path: Path, report: Mapping[str, Any]) -> None:
    """Write a report; an older file stays when that fails."""
    text = json.dumps(report, indent=1, allow_nan=False) + "\n"
    write_file(path, lambda draft: draft.write_text(text, encoding="utf-8"))


def save_trace(profile: "Profile", report: Mapping[str, Any], path: Path) -> None:
    """Write the ticks of a profile as a trace."""
    from townlet.profiling.trace import write_trace  # noqa: PLC0415  (quick `--help`)

    stretches = [(each.samples, each.first_tick, each.at) for each in profile.stretches]
    told = ("config_id", "config_hash", "agents", "towns", "seed", "threads", "fused", "way")
    about = {key: report[key] for key in told} | report["machine"]
    write_file(path, lambda draft: write_trace(draft, stretches, about))
