"""``console_auth``: who may give orders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import Flag, Section, Text, as_tuple, choice


class Token(Section):
    """A token and what it allows."""

    label: Text | None = Field(None, description="What it is called in logs.")
    role: Annotated[Literal["viewer", "admin"], choice("viewer", "admin")] = Field(
        "viewer", description="What it allows."
    )
    token: Text | None = Field(None, description="The token itself.")
    token_env: Text | None = Field(None, description="Environment variable that holds it.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Token:
        """A token comes from one source."""
        if (self.token is None) == (self.token_env is None):
            raise PydanticCustomError(
                "whole", "must have exactly one of 'token' and 'token_env'", {}
            )
        return self


class ConsoleAuth(Section):
    """Who may give orders."""

    enabled: Flag = Field(False, description="Ask for a token; needs at least one in the list.")
    require_auth_for_viewer: Flag = Field(True, description="Ask viewers too.")
    tokens: Annotated[tuple[Token, ...], as_tuple] = Field((), description="The tokens.")

    @model_validator(mode="after")
    def _enabled_needs_tokens(self) -> ConsoleAuth:
        """Locked with no key would shut everyone out."""
        if self.enabled and not self.tokens:
            raise PydanticCustomError(
                "at_key", "is true; it needs at least one entry in tokens", {"key": "enabled"}
            )
        return self
