"""The audit log: who changed what, before and after (rule 12)."""

from __future__ import annotations

from typing import Any

from .models import AuditEntry, Institution


def record(institution: Institution | None, by: str, action: str, *, before: Any = None, after: Any = None) -> None:
    """Write one entry. The caller leaves secrets and personal data out."""
    AuditEntry.objects.create(institution=institution, by=by, action=action, before=before, after=after)
