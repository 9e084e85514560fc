"""`SimulationConfig`: all sections of a configuration file in one frozen model."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from townlet.config import checks
from townlet.config.base import CORE_NEEDS, TICKS_PER_DAY, Section, Text
from townlet.config.document import Document, KeyPath, merge
from townlet.config.errors import ConfigError
from townlet.config.included import Included, find_file, with_perturbations
from townlet.config.sections.affordances import Affordances
from townlet.config.sections.behavior import Behavior
from townlet.config.sections.conflict import Conflict
from townlet.config.sections.console_auth import ConsoleAuth
from townlet.config.sections.curiosity import Curiosity
from townlet.config.sections.economy import Economy
from townlet.config.sections.embedding_allocator import EmbeddingAllocator
from townlet.config.sections.employment import Employment
from townlet.config.sections.features import Features
from townlet.config.sections.jobs import Job
from townlet.config.sections.lifecycle import Lifecycle
from townlet.config.sections.needs import OWN_NEED, Need, NeedSpec
from townlet.config.sections.observations import Observations
from townlet.config.sections.personalities import Personalities
from townlet.config.sections.perturbations import Perturbations
from townlet.config.sections.policy_runtime import PolicyRuntime
from townlet.config.sections.ppo import Ppo
from townlet.config.sections.queue_fairness import QueueFairness
from townlet.config.sections.rewards import Rewards
from townlet.config.sections.runtime import Runtime
from townlet.config.sections.scenario import ScenarioData
from townlet.config.sections.shaping import Shaping
from townlet.config.sections.snapshot import PolicyHash, Snapshot
from townlet.config.sections.stability import Stability
from townlet.config.sections.telemetry import Telemetry
from townlet.config.sections.training import Training
from townlet.config.sections.weather import Weather
from townlet.config.sections.world import World
from townlet.config.usage import unused_keys
from townlet.config.validation import sentences

MORNING = 420
"""07:00, where a town starts unless its file counts in ticks (SPEC §1)."""


class SimulationConfig(Section):
    """A town in figures: every section with Townlet's defaults (SPEC Appendix A).

    ``SimulationConfig()`` is the default town. `load_config` reads a file, and only what came
    through it (or through `from_document`) raises `ConfigError` with file and line.
    """

    model_config = ConfigDict(title="Townlet configuration")

    config_id: Text = Field("town", description="Name of this configuration.")
    seed: int | None = Field(
        None, ge=0, le=2**63 - 1, description="Seed of a run that is given none."
    )
    policy_hash: PolicyHash | None = Field(None, description="Digest of the policy's weights.")
    world: World = Field(default_factory=World, description="Agents and map.")
    needs: dict[str, Need] = Field(default_factory=dict, description="Needs as data.")
    economy: Economy = Field(default_factory=Economy, description="Prices and income.")
    weather: Weather = Field(default_factory=Weather, description="Weather; off by default.")
    queue_fairness: QueueFairness = Field(
        default_factory=QueueFairness, description="Queues at objects."
    )
    behavior: Behavior = Field(default_factory=Behavior, description="The scripted policy.")
    policy_runtime: PolicyRuntime = Field(
        default_factory=PolicyRuntime, description="How long a decision holds."
    )
    personalities: Personalities = Field(
        default_factory=Personalities, description="Traits and profiles."
    )
    affordances: Affordances = Field(
        default_factory=Affordances, description="What can be done with objects."
    )
    features: Features = Field(default_factory=Features, description="Switches.")
    rewards: Rewards = Field(default_factory=Rewards, description="Needs and rewards.")
    jobs: dict[str, Job] = Field(
        default_factory=dict, description="Named jobs; empty: generated per workplace."
    )
    employment: Employment = Field(default_factory=Employment, description="Work.")
    conflict: Conflict = Field(default_factory=Conflict, description="Rivalry.")
    lifecycle: Lifecycle = Field(default_factory=Lifecycle, description="Replacements.")
    perturbations: Perturbations = Field(
        default_factory=Perturbations, description="Things that befall the town."
    )
    embedding_allocator: EmbeddingAllocator = Field(
        default_factory=EmbeddingAllocator, description="Numbers a learner knows agents by."
    )
    observations_config: Observations = Field(
        default_factory=Observations,
        validation_alias=AliasChoices("observations_config", "observations"),
        description="What agents see; `observations` is the same section.",
    )
    shaping: Shaping | None = Field(None, description="Shaping of rewards; unset: its defaults.")
    curiosity: Curiosity | None = Field(None, description="Curiosity; unset: none.")
    stability: Stability = Field(default_factory=Stability, description="Health of a run.")
    ppo: Ppo | None = Field(None, description="The learner; unset: its defaults.")
    training: Training = Field(default_factory=Training, description="Training.")
    runtime: Runtime = Field(default_factory=Runtime, description="Implementations by name.")
    telemetry: Telemetry = Field(default_factory=Telemetry, description="Telemetry.")
    console_auth: ConsoleAuth = Field(default_factory=ConsoleAuth, description="Who may order.")
    snapshot: Snapshot = Field(default_factory=Snapshot, description="Saving and restoring.")
    scenario: ScenarioData | None = Field(None, description="A scripted scene.")
    meta: Any = Field(None, description="Free form: anything about this file.")
    docs: Any = Field(None, description="Free form: notes.")
    monitor: Any = Field(None, description="Free form: settings of monitors.")

    _document: Document = PrivateAttr(default_factory=Document)
    _full: Document = PrivateAttr(default_factory=Document)
    _included: Included | None = PrivateAttr(default=None)
    _source: Path | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, value: Any) -> Any:
        """Two spellings of one section at once would hide one of them."""
        if isinstance(value, dict) and {"observations", "observations_config"} <= value.keys():
            raise PydanticCustomError(
                "at_key", "is the same as observations_config; keep one", {"key": "observations"}
            )
        return value

    @model_validator(mode="after")
    def _across_sections(self) -> SimulationConfig:
        """Apply the rules that no section can check alone."""
        found = checks.problems(self)
        if found:
            raise PydanticCustomError(
                "cross_check",
                "{summary}",
                {"summary": "; ".join(f"{'.'.join(p)} {t}" for p, t in found), "problems": found},
            )
        return self

    @classmethod
    def from_document(
        cls, document: Document, source: Path | None = None, perturbations: bytes | None = None
    ) -> SimulationConfig:
        """Validate what was read.

        Args:
            document: What was read.
            source: The file it came from.
            perturbations: What `perturbations.file` is taken to hold; None: what it holds.

        Raises:
            ConfigError: With one sentence per mistake.
        """
        full, included = with_perturbations(document, source, perturbations)
        try:
            config = cls.model_validate(full.values)
        except ValidationError as error:
            raise ConfigError(sentences(error, full, cls)) from None
        config._document, config._source = document, source
        config._full, config._included = full, included
        return config

    def reread(self, raw: bytes | None = None) -> SimulationConfig:
        """Return this configuration with `perturbations.file` as it is now.

        Args:
            raw: What the file is taken to hold; None: what it holds.

        Raises:
            ConfigError: With one sentence per mistake in the file.
        """
        return type(self).from_document(self._document, self._source, raw)

    @property
    def included(self) -> Included | None:
        """The file of `perturbations.file` as it was read, None where none is named."""
        return self._included

    def where(self, *path: str) -> str:
        """Return ``file:line: `` of a key, to begin a sentence with; nothing where none is known.

        Args:
            path: Keys from the root, entries of a list numbered from "0".
        """
        place = self._full.place(path)
        return f"{place}: " if place else ""

    @property
    def source(self) -> Path | None:
        """The file this came from, None for one made in Python."""
        return self._source

    @property
    def written(self) -> dict[str, Any]:
        """What the file says, with what it extends and overrides laid over it, as plain data."""
        if self._source is None and not self._document.values:  # made in Python
            return self.model_dump(mode="json", exclude_unset=True)
        return copy.deepcopy(self._document.values)

    @property
    def warnings(self) -> list[str]:
        """What is allowed and probably not meant, as sentences."""
        return checks.warnings(self)

    @property
    def unused(self) -> list[str]:
        """Dotted keys present in the file that are accepted and not used yet."""
        return unused_keys(self._document.values)

    @property
    def ticks_per_day(self) -> int:
        """Ticks of a day, 1440."""
        return TICKS_PER_DAY

    def capacity(self) -> int:
        """Return the slots of a town: `world.capacity`, or as many as agents."""
        return self.world.agents if self.world.capacity is None else self.world.capacity

    def run_seed(self) -> int:
        """Return the seed of a run that is given none: the file's, its scenario's, or 0."""
        return self.seed if self.seed is not None else (self.scenario or {}).get("seed") or 0

    def start_minute(self) -> int:
        """Return the minute of the day of tick 0: 420, or 0 where the file counts in ticks."""
        if self.world.start_minute is not None:
            return self.world.start_minute
        in_ticks = self.scenario is not None or any(job.in_ticks() for job in self.jobs.values())
        return 0 if in_ticks else MORNING

    def need_names(self) -> tuple[str, ...]:
        """Return the need axis: hunger, hygiene, energy, then the file's own in file order."""
        return (*CORE_NEEDS, *(name for name in self.needs if name not in CORE_NEEDS))

    def needs_table(self) -> tuple[NeedSpec, ...]:
        """Return one row per need, `needs` over `rewards` and `behavior` over the defaults."""
        return tuple(self._need(name) for name in self.need_names())

    def _need(self, name: str) -> NeedSpec:
        """Resolve one need."""
        given = self.needs.get(name, Need())
        decay = getattr(self.rewards.decay_rates, name, OWN_NEED.decay)
        weight = getattr(self.rewards.needs_weights, name, OWN_NEED.weight)
        threshold = getattr(self.behavior, f"{name}_threshold", OWN_NEED.threshold)
        return NeedSpec(
            name,
            decay if given.decay is None else given.decay,
            weight if given.weight is None else given.weight,
            threshold if given.threshold is None else given.threshold,
            given.initial,
        )

    def resolved(self) -> dict[str, Any]:
        """Return every key with its value, as plain data that a file could hold."""
        return self.model_dump(mode="json")

    def config_hash(self) -> str:
        """Return the SHA-256 of the resolved values, as 64 hex digits."""
        text = json.dumps(self.resolved(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def with_overrides(self, overrides: Mapping[str, Any]) -> SimulationConfig:
        """Return a copy with other values, validated as a whole.

        Args:
            overrides: Values by dotted key, ``{"rewards.decay_rates.hunger": 0.001}``;
                mappings are merged. NumPy scalars are accepted.

        Raises:
            ConfigError: Naming the dotted key and the nearest one, or the range.
        """
        document = self._document
        for key, value in overrides.items():
            path = tuple(key.split("."))
            document = _override(document, path, _plain(value))
        return type(self).from_document(document, self._source)

    def resolve_path(self, name: str | Path) -> Path:
        """Find a file named in this configuration.

        It is looked for beside the file that names it, in the folders above that one, then
        in the working directory; ``~`` is the home folder.

        Raises:
            ConfigError: If it is in none of them.
        """
        return find_file(self._document, self._source, name)


def _override(document: Document, path: KeyPath, value: Any) -> Document:
    """Lay one value over ``document``; its place is none, so that errors say so."""
    if path[0] == "observations" and "observations" not in document.values:
        path = ("observations_config", *path[1:])
    if path[0] == "observations_config" and "observations" in document.values:
        path = ("observations", *path[1:])
    nested = value
    for key in reversed(path):
        nested = {key: nested}
    places: dict[KeyPath, None] = {path[: n + 1]: None for n in range(len(path))}
    known = {key: place for key, place in places.items() if key not in document.places}
    return merge(document, Document(nested, {**known, path: None}))


def _plain(value: Any) -> Any:
    """Turn NumPy scalars, tuples and paths into what YAML would give."""
    if isinstance(value, Mapping):
        return {str(key): copy.deepcopy(_plain(entry)) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    return value.item() if hasattr(value, "item") else value
