"""Which step of the set-up lies before the first run."""

from __future__ import annotations

from dataclasses import dataclass

from sonisbridge.store.models import Institution
from sonisbridge.web.setup.steps import steps_of

_TEXTS = {
    "set-up-sonis": "SONIS is not connected yet.",
    "set-up-activecampaign": "ActiveCampaign is not connected yet.",
    "set-up-mapping": "No field mapping is in force yet: nothing says which data point feeds which contact field.",
}
"""What is said of each step without which no run can start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A step that is not done yet."""

    text: str
    link_text: str
    url: str


def missing(institution: Institution) -> Missing | None:
    """The first step that is not done; None when runs can start."""
    found = next((step for step in steps_of(institution) if step.name in _TEXTS and not step.done), None)
    return Missing(text=_TEXTS[found.name], link_text=found.title, url=found.url) if found else None
