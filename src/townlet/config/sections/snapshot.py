"""``snapshot``: saving, restoring and who may read what."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from townlet.config.base import Flag, Fraction, Section, Text, Texts, choice

_HASH = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{30,88}={0,2}")
_HANDLER = re.compile(r"[\w.]+:[\w.]+")


def _policy_hash(value: str) -> str:
    """Accept what common digests look like, so that a pasted sentence is caught."""
    if not _HASH.fullmatch(value) or not 32 <= len(value) <= 88:
        raise PydanticCustomError(
            "hash",
            "is {value}; it must be 40 or 64 hex digits, or 32 to 88 characters of base64",
            {"value": repr(value)},
        )
    return value


def _handler(value: str) -> str:
    """A handler is named by module and function."""
    if not _HANDLER.fullmatch(value):
        raise PydanticCustomError(
            "handler", "is {value}; it must be written module:function", {"value": repr(value)}
        )
    return value


PolicyHash = Annotated[str, AfterValidator(_policy_hash)]


class Storage(Section):
    """Where snapshots lie."""

    root: Text = Field(
        "snapshots", description="Folder; where it is named, no other is read or written."
    )


class Autosave(Section):
    """Saving now and then."""

    cadence_ticks: int | None = Field(
        None, ge=100, description="Ticks between two saves; unset: never."
    )
    cadence_seconds: float | None = Field(
        None, ge=1, description="Seconds of wall time between two saves; unset: never."
    )
    retain: int = Field(3, ge=1, le=1000, description="How many are kept.")


class Identity(Section):
    """What a snapshot says about the policy."""

    observation_variant: Annotated[
        Literal["hybrid", "full", "compact", "infer"], choice("hybrid", "full", "compact", "infer")
    ] = Field("infer", description="Observation variant; infer: from features.")
    policy_hash: PolicyHash | None = Field(None, description="Digest of the weights.")
    policy_artifact: Text | None = Field(None, description="File with the weights.")
    anneal_ratio: Fraction | None = Field(None, description="Share of imitation.")


class Migrations(Section):
    """How older snapshots become current ones."""

    handlers: dict[Text, Annotated[str, AfterValidator(_handler)]] = Field(
        default_factory=dict, description="module:function by config_id."
    )
    auto_apply: Flag = Field(False, description="Migrate without being asked.")
    allow_minor: Flag = Field(False, description="Accept a newer minor version.")


class Guardrails(Section):
    """What may be restored."""

    require_exact_config: Flag = Field(True, description="Only under the same config.")
    allow_downgrade: Flag = Field(False, description="Also from a newer version.")
    allowed_paths: Texts = Field((), description="Further folders to save to and restore from.")


class Snapshot(Section):
    """Saving, restoring and who may read what."""

    storage: Storage = Field(default_factory=Storage, description="Where snapshots lie.")
    autosave: Autosave = Field(default_factory=Autosave, description="Saving now and then.")
    identity: Identity = Field(default_factory=Identity, description="About the policy.")
    migrations: Migrations = Field(default_factory=Migrations, description="Older snapshots.")
    guardrails: Guardrails = Field(default_factory=Guardrails, description="What may be restored.")
    capture_on_failure: Flag = Field(False, description="Save when a tick fails.")
