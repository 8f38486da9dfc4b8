"""What runs did with one person or contact, newest first."""

from __future__ import annotations

from sonisbridge.store.models import DriftRecord, Institution, PlanLine

SHOWN = 50


def history_of_person(institution: Institution, sonis_id: str) -> list[PlanLine]:
    """The newest outcomes of a person; runs that found nothing to do have none."""
    rows = PlanLine.objects.filter(sonis_id=sonis_id, run__institution=institution)
    return list(rows.select_related("run").order_by("-run_id", "-pk")[:SHOWN])


def history_of_contact(institution: Institution, contact_id: int) -> list[PlanLine]:
    """The newest outcomes of a contact, of imports and exports."""
    rows = PlanLine.objects.filter(contact_id=contact_id, run__institution=institution)
    return list(rows.select_related("run").order_by("-run_id", "-pk")[:SHOWN])


def overwritten(institution: Institution, sonis_id: str) -> list[DriftRecord]:
    """The newest values that somebody had put into ActiveCampaign and an export overwrote."""
    rows = DriftRecord.objects.filter(sonis_id=sonis_id, run__institution=institution)
    return list(rows.select_related("run").order_by("-pk")[:SHOWN])
