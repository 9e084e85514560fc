"""What a wrong configuration raises."""

from __future__ import annotations

from townlet.errors import UserError


class ConfigError(UserError):
    """A configuration is wrong; the message is the sentence the user reads.

    Several mistakes give several sentences, the first one first, one per line.
    """
