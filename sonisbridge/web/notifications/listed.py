"""Assignments, groups and deliveries as the pages list them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from sonisbridge.core.notices import TYPES, Method, NoticeType
from sonisbridge.store import assignments
from sonisbridge.store.timed_models import Assignment, Delivery, NoticeGroup
from sonisbridge.web.forms import FilterForm, choices
from sonisbridge.web.listing import Column, Listing

from .forms import METHODS


def type_title(row: Assignment) -> str:
    """What the assignment's type is called."""
    return TYPES[NoticeType(row.type)].title


def method_word(row: Assignment) -> str:
    """How its group is told, in words."""
    return METHODS[Method(row.method)]


def _named(rows: list[Any]) -> list[dict[str, Any]]:
    return [{"row": row, "type": type_title(row), "method": method_word(row)} for row in rows]


ASSIGNMENTS = Listing(
    name="notifications",
    columns=(
        Column(key="name", title="Notification Name", text=lambda item: item["row"].name, order=("name",)),
        Column(key="type", title="Notification Type", text=lambda item: item["type"], order=("type",)),
        Column(key="code", title="Code", text=lambda item: item["row"].code, order=("code",)),
        Column(key="group", title="Group Name", text=lambda item: item["row"].group.name, order=("group__name",)),
        Column(key="owner", title="Owner", text=lambda item: item["row"].owner_sonis_id, order=("owner_sonis_id",)),
        Column(key="method", title="Method", text=lambda item: item["method"], order=("method",)),
    ),
    row_template="web/notifications/row.html",
    sort="name",
    prepare=lambda _request, rows: _named(rows),
)


def members_in_words(group: NoticeGroup) -> str:
    """Who is in the group, on one line."""
    return ", ".join(member.sonis_id or member.address for member in assignments.members(group))


def _told_by(group: NoticeGroup) -> str:
    return ", ".join(sorted(item.name for item in group.assignments.all()))


GROUPS = Listing(
    name="groups",
    columns=(
        Column(key="name", title="Group Name", text=lambda row: row.name, order=("name",)),
        Column(key="members", title="Members", text=members_in_words),
        Column(key="assignments", title="Is told by", text=_told_by),
    ),
    row_template="web/notifications/group_row.html",
    sort="name",
)


class Deliveries(FilterForm):
    """The filters of the deliveries."""

    search_hint = "Address or SONIS ID"
    state = forms.ChoiceField(
        label="State",
        choices=choices((Delivery.WAITING, "Waiting"), (Delivery.SENT, "Delivered"), (Delivery.FAILED, "Failed")),
    )
    method = forms.ChoiceField(
        label="Method", choices=choices((Delivery.EMAIL, "E-mail"), (Delivery.REMINDER, "Reminder"))
    )

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The deliveries that fit."""
        if wanted := self.given("q"):
            rows = rows.filter(Q(address__icontains=wanted) | Q(sonis_id__iexact=wanted))
        for name in ("state", "method"):
            if chosen := self.given(name):
                rows = rows.filter(**{name: chosen})
        return rows


def _about(row: Delivery) -> str:
    if row.notice.only_owner:
        return "test"
    return f"run {row.notice.run_id}" if row.notice.run_id else ""


DELIVERIES = Listing(
    name="deliveries",
    columns=(
        Column(key="at", title="When", text=lambda row: row.notice.at, order=("pk",)),
        Column(key="notification", title="Notification Name", text=lambda row: row.notice.assignment.name),
        Column(key="about", title="About", text=_about),
        Column(key="method", title="Method", text=lambda row: row.method),
        Column(key="to", title="To", text=lambda row: row.address or row.sonis_id, order=("address",)),
        Column(key="state", title="State", text=lambda row: row.state),
        Column(key="problem", title="Problem", text=lambda row: row.problem, hidden=True),
    ),
    row_template="web/notifications/delivery_row.html",
    sort="-at",
    empty="Nothing was to be delivered yet. A notice goes out after each run that an assignment is about.",
    filters=Deliveries,
)
