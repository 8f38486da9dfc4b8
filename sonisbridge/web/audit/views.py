"""The audit log: who changed what, and what it was before (rule 12)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone

from sonisbridge.core.differences import Difference, differences
from sonisbridge.core.roles import Right
from sonisbridge.store import audit as stored
from sonisbridge.store import users
from sonisbridge.store.models import AuditEntry
from sonisbridge.web.forms import DayInput, FilterForm
from sonisbridge.web.listing import Column, Listing, answer
from sonisbridge.web.pages import Request


class Entries(FilterForm):
    """The filters of the audit log."""

    by = forms.CharField(label="Who", max_length=80, widget=forms.TextInput(attrs={"list": "audit-by"}))
    action = forms.CharField(label="What", max_length=80, widget=forms.TextInput(attrs={"list": "audit-action"}))
    since = forms.DateField(label="From", widget=DayInput)
    until = forms.DateField(label="To", widget=DayInput)

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The entries that fit."""
        if by := self.given("by"):
            rows = rows.filter(by__icontains=by)
        if action := self.given("action"):
            rows = rows.filter(action__icontains=action)
        if since := self.given("since"):
            rows = rows.filter(at__gte=_midnight(since))
        if until := self.given("until"):
            rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
        return rows


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def changes(entry: AuditEntry) -> list[Difference]:
    """What the entry changed."""
    return differences(entry.before, entry.after)


def _in_words(entry: AuditEntry) -> str:
    return "; ".join(
        f"{item.name + ': ' if item.name else ''}{item.before or '(nothing)'} -> {item.after or '(nothing)'}"
        for item in changes(entry)
    )


AUDIT = Listing(
    name="audit",
    columns=(
        Column(key="at", title="When", text=lambda row: row.at, order=("pk",)),
        Column(key="by", title="Who", text=lambda row: row.by, order=("by",)),
        Column(key="action", title="What", text=lambda row: row.action, order=("action",)),
        Column(key="changes", title="Before and after", text=_in_words),
    ),
    row_template="web/audit/row.html",
    sort="-at",
    empty="Nothing was changed yet. Every change of configuration, every start of a run and every decision will stand here.",
    filters=Entries,
    prepare=lambda _request, rows: [_with_changes(row) for row in rows],
)


def _with_changes(row: AuditEntry) -> AuditEntry:
    row.changes = changes(row)  # type: ignore[attr-defined]  # for the row's template
    return row


def audit(request: Request) -> HttpResponseBase:
    """The institution's audit log. Whoever reads it for all institutions also sees what is of none, such as users."""
    of_all = Right.AUDIT in users.rights(cast(User, request.user), None)
    known = {name: stored.names_in(request.institution, of_all=of_all, field=name) for name in ("by", "action")}
    rows = stored.entries(request.institution, of_all=of_all)
    return answer(request, AUDIT, rows, "web/audit/list.html", {"known": known})
