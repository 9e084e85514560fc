"""``observations_config``, also written ``observations``: what agents see."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import TICKS_PER_DAY, Flag, Section, Texts


def _odd(value: int) -> int:
    """A window has its owner in the middle."""
    if value % 2 == 0:
        raise PydanticCustomError("odd", "is {value}; it must be odd", {"value": value})
    return value


Window = Annotated[int, Field(ge=3, le=63), AfterValidator(_odd)]


class HybridObservations(Section):
    """The hybrid variant: a local map and features."""

    local_window: Window = Field(11, description="Side of the local map in tiles, odd.")
    include_targets: Flag = Field(False, description="Add landmark features.")
    time_ticks_per_day: int = Field(
        TICKS_PER_DAY, ge=1, description="Ticks the time features turn around in."
    )


class CompactObservations(Section):
    """The compact variant: a smaller map."""

    map_window: Window = Field(7, description="Side of the local map in tiles, odd.")
    include_targets: Flag = Field(False, description="Add landmark features.")
    normalize_counts: Flag = Field(True, description="Scale counts to [0, 1].")
    object_channels: Texts = Field((), description="Object types with a channel of their own.")


class SocialSnippet(Section):
    """Features about friends and rivals."""

    top_friends: int = Field(2, ge=0, le=8, description="Friend slots.")
    top_rivals: int = Field(2, ge=0, le=8, description="Rival slots; both together at most 8.")
    embed_dim: int = Field(8, ge=1, le=32, description="Width of an embedding.")
    include_aggregates: Flag = Field(
        True, description="Add means and maxima; off where there are no slots."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_slots_no_aggregates(cls, value: Any) -> Any:
        """Aggregates over nothing are left out, as in the prototype."""
        if isinstance(value, dict) and value.get("top_friends") == value.get("top_rivals") == 0:
            return {**value, "include_aggregates": False}
        return value

    @model_validator(mode="after")
    def _at_most_eight(self) -> SocialSnippet:
        """Eight slots are the most a tie table can fill meaningfully."""
        total = self.top_friends + self.top_rivals
        if total > 8:
            raise PydanticCustomError(
                "at_key",
                "is {value}; with top_friends it must be at most 8 together",
                {"key": "top_rivals", "value": self.top_rivals},
            )
        return self


class Observations(Section):
    """What agents see."""

    hybrid: HybridObservations = Field(
        default_factory=HybridObservations, description="The hybrid variant."
    )
    compact: CompactObservations = Field(
        default_factory=CompactObservations, description="The compact variant."
    )
    social_snippet: SocialSnippet = Field(
        default_factory=SocialSnippet, description="Friends and rivals."
    )
