"""Runs and their lines as earlier runs leave them, for pages that only show them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from sonisbridge.core.field_mapping import FieldMapping, suggested_rows
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution, PlanLine, Run
from sonisbridge.store.timed_models import Assignment, Delivery, Notice, NoticeGroup, Reminder
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

REMINDED_AT = datetime(2026, 11, 23, 20, 5, tzinfo=UTC)


def a_reminder(user: User, institution: Institution, subject: str, *, kind: str = "note") -> Reminder:
    """An assignment, and a reminder as a delivered notice leaves it."""
    group, _made = NoticeGroup.objects.get_or_create(institution=institution, name="Admissions")
    assignment = Assignment.objects.create(
        institution=institution, type="import", name=subject, code=f"{subject[:15]}-{Assignment.objects.count()}",
        group=group, owner_sonis_id="-", owner_address="-", owner_name="Grace Green", method="reminder",
        reminder_type=kind,
    )  # fmt: skip
    notice = Notice.objects.create(
        assignment=assignment, at=REMINDED_AT, try_at=REMINDED_AT, state=Notice.ADDRESSED, subject=subject, text="3 created.\n",
        author="Grace Green",
    )  # fmt: skip
    delivery = Delivery.objects.create(notice=notice, method=Delivery.REMINDER, state=Delivery.SENT, try_at=REMINDED_AT)
    return Reminder.objects.create(user=user, delivery=delivery, at=REMINDED_AT)
