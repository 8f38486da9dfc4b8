"""Forgetting people and contacts: for when an institution is connected to others than before (rule 12)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from sonisbridge.core.errors import StopRunError

from . import institutions
from .audit import record
from .models import (
    AgreedPage,
    Agreement,
    Decision,
    ImportedContact,
    Institution,
    Link,
    MirrorContact,
    OpenConflict,
    Run,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How much is known of the people and contacts of an institution."""

    links: int
    imports: int
    decisions: int


def many(institution: Institution) -> Forgotten:
    """How much would be forgotten."""
    return Forgotten(
        links=Link.objects.filter(institution=institution).count(),
        imports=ImportedContact.objects.filter(institution=institution).count(),
        decisions=Decision.objects.filter(institution=institution).count(),
    )


def forget(institution: Institution, *, by: str) -> Forgotten:
    """Forget links, decisions, conflicts, the ledger and the contact mirror: ids mean others now than they did.

    The history of runs stays. Raises StopRunError while a run waits or goes on.
    """
    with transaction.atomic():
        run = Run.objects.filter(institution=institution, status__in=("queued", "running")).first()
        if run is not None:
            raise StopRunError(f"Run {run.pk} waits or goes on: let it end, or cancel it, and confirm then.")
        gone = many(institution)
        for table in (Agreement, AgreedPage, Link, Decision, OpenConflict, ImportedContact, MirrorContact):
            table.objects.filter(institution=institution).delete()
        institution.wrote_at = None
        institution.save(update_fields=["wrote_at"])
        institutions.forget_what_was_read(institution)
        before = {"links": gone.links, "imports": gone.imports, "decisions": gone.decisions}
        record(institution, by, "people and contacts forgotten", before=before)
    return gone
