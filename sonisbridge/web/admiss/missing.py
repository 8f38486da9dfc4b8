"""Which step lies before the first run, with the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass

from sonisbridge.store.models import Institution


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A step that is not done yet."""

    text: str
    link_text: str
    page: str
    """The name of the page in the URL table."""


def missing(institution: Institution) -> Missing | None:
    """The first step that is not done; None when runs can start."""
    if not institution.sonis_url:
        return Missing(text="SONIS is not connected yet.", link_text="Connect SONIS", page="configuration")
    if not institution.endpoint:
        return Missing(text="ActiveCampaign is not connected yet.", link_text="Connect it", page="configuration")
    if not institution.mapping_rows.exists():
        return Missing(
            text="No field mapping is in force yet: nothing says which data point feeds which contact field.",
            link_text="Map the fields", page="configuration",
        )  # fmt: skip
    return None
