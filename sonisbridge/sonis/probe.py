"""The check at set-up: what the live SONIS lacks of the schema (rule 3.1)."""

from __future__ import annotations

from .catalogue import Finding
from .database import Sonis


def probe(sonis: Sonis) -> list[Finding]:
    """Every missing table and column with names that are near, errors first; empty when all is there."""
    return sonis.findings()
