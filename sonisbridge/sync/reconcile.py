"""Scans both sides afresh and reports every difference; writes to neither (rule 8.3)."""

from __future__ import annotations

from sonisbridge.store.models import Institution, Run

from .inbound import import_contacts
from .outbound import Order, export
from .running import Report, silent


def reconcile(institution: Institution, *, started_by: str, report: Report = silent) -> tuple[Run, Run]:
    """What an export and an import would do, from a full scan: two runs that wrote nothing."""
    outbound = export(institution, Order(started_by=started_by, preview=True, reconcile=True), report)
    inbound = import_contacts(institution, started_by=started_by, preview=True, report=report)
    return outbound, inbound
