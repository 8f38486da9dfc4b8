"""Runs and their lines as earlier runs leave them, for pages that only show them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sonisbridge.core.field_mapping import FieldMapping, suggested_rows
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution, PlanLine, Run
from tests.builders import the_fields


def map_fields(institution: Institution) -> None:
    """Give the institution the default field mapping, and the fields as the account last had them."""
    fields = the_fields()
    institutions.keep_fields(institution, fields)
    mapping = FieldMapping(rows=tuple(suggested_rows(fields)), translations={})
    institutions.change_field_mapping(institution, mapping, by="test")


def a_run(institution: Institution, lines: list[dict[str, Any]] | None = None, **facts: Any) -> Run:
    """A run that ended well, with these lines; its counts are theirs."""
    now = timezone.now()
    usual: dict[str, Any] = {
        "kind": "outbound", "status": "succeeded", "started_by": "test", "started_at": now - timedelta(minutes=1),
        "ended_at": now, "planned_at": now, "seconds": 12.0, "requests": 7,
        "plan_mark": institutions.plan_mark(institution),
    }  # fmt: skip
    rows = [a_line(position, **line) for position, line in enumerate(lines or [])]
    counts = Counter(row.outcome or row.planned for row in rows)
    run = Run.objects.create(
        institution=institution, **{**usual, "counts": {"read": len(rows), **counts}, **facts}
    )  # fmt: skip
    for row in rows:
        row.run = run
    PlanLine.objects.bulk_create(rows)
    return run


def a_line(position: int, **facts: Any) -> PlanLine:
    """One line; `outcome` is what was planned too unless that is given."""
    facts.setdefault("planned", facts.get("outcome", "created"))
    return PlanLine(position=position, **facts)


ADA: dict[str, Any] = {"sonis_id": "LO0000001", "name": "Ada Lovelace", "contact_id": 7, "email": "ada@example.edu"}
BEN: dict[str, Any] = {"sonis_id": "OS0000002", "name": "Ben Oslo", "email": "ben@example.edu"}
EVA: dict[str, Any] = {"sonis_id": "KI0000003", "name": "Eva Kim"}
