"""The generated references: what is declared in code, as Markdown for people.

``python -m townlet.docs`` writes them into ``docs/reference/``; a test compares the committed files
with what the code says today.
"""

from __future__ import annotations

from collections.abc import Callable

from townlet.docs.acting import acting_reference
from townlet.docs.components import components_reference
from townlet.docs.events import events_reference
from townlet.docs.kpis import kpis_reference
from townlet.docs.observations import observations_reference
from townlet.docs.rewards import rewards_reference
from townlet.docs.systems import systems_reference

#: File name in ``docs/reference/`` and what generates its text.
REFERENCES: dict[str, Callable[[], str]] = {
    "components.md": components_reference,
    "systems.md": systems_reference,
    "events.md": events_reference,
    "kpis.md": kpis_reference,
    "options-and-primitives.md": acting_reference,
    "observations.md": observations_reference,
    "rewards.md": rewards_reference,
}
