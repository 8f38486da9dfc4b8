"""Which way a line of a plan may go (rule 6.4)."""

from __future__ import annotations

from collections.abc import Iterable

from sonisbridge.activecampaign.requests import bulk_accepts
from sonisbridge.core.contact import EMAIL
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import NewLine

FEW = 10
"""Up to so many changes go by single calls where automations may run: the importer's own advice."""


def importable(line: PlanLine | NewLine) -> bool:
    """Whether the importer can carry the line: it finds contacts by address, and cannot rename or clear (rule 6.4)."""
    if not line.email or not bulk_accepts(line.email):
        return False
    if line.contact_id is None:
        return True
    changes: Iterable[tuple[str, list[str]]] = line.change.items()
    return bool(line.change) and all(key != EMAIL and pair[1] for key, pair in changes)
