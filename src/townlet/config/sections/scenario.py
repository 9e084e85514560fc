"""``scenario``: who stands where and does what, for a scripted scene (world §15.1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from townlet.config.base import (
    Flag,
    Fraction,
    Price,
    Section,
    ShapedLike,
    Text,
    Tile,
    as_tuple,
    choice,
)

EntryKind = Annotated[
    Literal["move", "request", "start", "release", "chat", "blocked", "wait", "noop"],
    choice("move", "request", "start", "release", "chat", "blocked", "wait", "noop"),
]


class ScenarioObject(Section):
    """An object of the scene."""

    id: Text = Field(description="Its name.")
    type: Text = Field(description="Its object type.")
    position: Tile | None = Field(None, description="Tile [x, y]; unset: the next free place.")


class ScheduleEntry(Section):
    """One thing an agent does; held until done or failed."""

    kind: EntryKind = Field("wait", description="What is done.")
    object: Text | None = Field(
        None, validation_alias=AliasChoices("object", "object_id"), description="With what."
    )
    affordance: Text | None = Field(
        None,
        validation_alias=AliasChoices("affordance", "affordance_id"),
        description="Which use of it.",
    )
    position: Tile | None = Field(None, description="Where to, for move.")
    blocked: Flag = Field(False, description="A refusal counts as being blocked.")
    target_agent: Text | None = Field(None, description="With whom, for chat.")
    quality: Fraction | None = Field(None, description="How well, for chat.")
    duration: int | None = Field(
        None, ge=1, le=1_000_000, description="Ticks a wait or a stub affordance lasts."
    )


class ScenarioAgent(Section):
    """An agent of the scene."""

    id: Text = Field(description="Its name.")
    position: Tile = Field((0, 0), description="Tile [x, y].")
    needs: dict[str, Fraction] = Field(default_factory=dict, description="Levels of needs.")
    wallet: Price = Field(0.0, description="Money.")
    job: Text | None = Field(None, description="Its job, by name.")
    personality_profile: Text | None = Field(None, description="Its profile, by name.")
    schedule: Annotated[tuple[ScheduleEntry, ...], as_tuple] = Field(
        (), description="What it does, over and over; empty: what its policy decides."
    )


TimelineKind = Annotated[
    Literal["console", "action", "narration"], choice("console", "action", "narration")
]


class TimelineEntry(Section):  # type: ignore[no-redef]  # mypy's plugin has a kwargs of its own
    """Something that happens at a tick: an order, or a sentence of the narrator."""

    tick: int = Field(ge=0, description="Tick before which it happens; 0: before the first.")
    name: Text = Field(
        validation_alias=AliasChoices("name", "command", "action"),
        description="What happens: spawn_agent, force_chat, set_need, kill, price_spike,"
        " arrange_meet, perturbation_trigger; of a narration, anything.",
    )
    kind: TimelineKind = Field(
        "console", description="Unset: action where the key action is given."
    )
    args: Annotated[tuple[Any, ...], as_tuple] = Field((), description="Arguments in order.")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="Arguments by name.")

    @model_validator(mode="before")
    @classmethod
    def _action_is_a_kind(cls, value: Any) -> Any:
        """Whoever writes ``action:`` means one."""
        if isinstance(value, dict) and "action" in value and value.get("kind") is None:
            return value | {"kind": "action"}
        return value


class Scenario(Section):
    """Who stands where and does what."""

    description: str = Field("", description="What the scene shows.")
    ticks: int | None = Field(None, ge=1, description="How long it runs.")
    seed: int | None = Field(None, ge=0, description="Seed, where the file has no other.")
    objects: Annotated[tuple[ScenarioObject, ...], as_tuple] = Field((), description="Objects.")
    agents: Annotated[tuple[ScenarioAgent, ...], as_tuple] = Field((), description="Agents.")
    timeline: Annotated[tuple[TimelineEntry, ...], as_tuple] = Field(
        (), description="What happens when."
    )
    timeline_file: Text | None = Field(
        None, description="A file with more of it: a list, or a mapping with timeline."
    )


def _plain(scene: Scenario) -> dict[str, Any]:
    """Return the scene as plain data: aliases resolved, tiles as [x, y] lists."""
    return scene.model_dump(mode="json")


def _as_it_is(scene: dict[str, Any]) -> dict[str, Any]:
    """Plain data is written as plain data."""
    return scene


def _schema(_source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Validate as a `Scenario`, keep as plain data."""
    return core_schema.no_info_after_validator_function(
        _plain,
        handler(Scenario),
        serialization=core_schema.plain_serializer_function_ser_schema(_as_it_is),
    )


ScenarioData = Annotated[dict[str, Any], GetPydanticSchema(_schema), ShapedLike(Scenario)]
"""A validated scene as plain data."""
