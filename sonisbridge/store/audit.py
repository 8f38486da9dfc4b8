"""The audit log: who changed what, before and after (rule 12)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from .models import AuditEntry, Institution


def record(institution: Institution | None, by: str, action: str, *, before: Any = None, after: Any = None) -> None:
    """Write one entry. The caller leaves secrets and personal data out."""
    AuditEntry.objects.create(institution=institution, by=by, action=action, before=before, after=after)


def entries(institution: Institution, *, of_all: bool) -> QuerySet[AuditEntry]:
    """The institution's entries; `of_all` adds those that are of no institution, such as what happened to users."""
    mine = Q(institution=institution)
    return AuditEntry.objects.filter(mine | Q(institution=None) if of_all else mine)


def names_in(institution: Institution, *, of_all: bool, field: str) -> list[str]:
    """Every value that `by` or `action` has in those entries, for the choices of a filter."""
    return list(entries(institution, of_all=of_all).order_by(field).values_list(field, flat=True).distinct()[:200])
