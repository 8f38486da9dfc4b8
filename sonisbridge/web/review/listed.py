"""The list of conflicts that wait: its columns, its filters; and the reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from sonisbridge.core.outcome import Reason
from sonisbridge.store.models import MirrorContact, OpenConflict
from sonisbridge.web.forms import FilterForm, choices
from sonisbridge.web.listing import Column, Listing
from sonisbridge.web.pages import Request

TITLES: Mapping[str, str] = {
    Reason.EMAIL_IN_USE: "Address in use",
    Reason.SHARED_EMAIL: "Shared address",
    Reason.DUPLICATE_SONIS_ID: "Two contacts claim one person",
    Reason.OTHER_SONIS_ID: "Claimed by another person",
    Reason.SEVERAL_MATCHES: "Several fit",
    Reason.UNKNOWN_SONIS_ID: "SONIS ID names nobody",
    Reason.DIFFERENT_VALUE: "Another value stands",
    Reason.POSSIBLE_DUPLICATE: "Possible duplicate",
}
"""Each reason's name."""

ADVICE: Mapping[str, str] = {
    Reason.EMAIL_IN_USE: (
        "Somebody else's contact holds the person's e-mail address. Give the person an address of their own "
        "in SONIS, or link them if it is them after all."
    ),
    Reason.SHARED_EMAIL: (
        "Several people have one e-mail address in SONIS, and it goes to another of them. Give this person "
        "an address of their own in SONIS."
    ),
    Reason.DUPLICATE_SONIS_ID: (
        "Several contacts carry the person's SONIS ID. Merge them in ActiveCampaign, or link the right one."
    ),
    Reason.OTHER_SONIS_ID: (
        "The contact carries another person's SONIS ID, or is linked to one. Correct its SONIS_ID in "
        "ActiveCampaign, or say whose it is."
    ),
    Reason.SEVERAL_MATCHES: "Several contacts fit one person, or several people one contact. Say which.",
    Reason.UNKNOWN_SONIS_ID: (
        "The contact carries a SONIS ID that is nobody's any more: merged or deleted in SONIS. Link it to "
        "the right person, or clear its SONIS_ID in ActiveCampaign."
    ),
    Reason.DIFFERENT_VALUE: (
        "A field that is written once only holds another value. Correct it on one of the two sides."
    ),
    Reason.POSSIBLE_DUPLICATE: (
        "The contact has the name or the address of somebody in SONIS. Link it to them, or say that it is "
        "not the same person, and the next import takes it."
    ),
}
"""What resolves it."""


def reason_title(reason: str) -> str:
    """The reason's name."""
    return TITLES.get(reason, reason)


class ConflictFilters(FilterForm):
    """The filters of the list."""

    search_hint = "Name or SONIS ID"

    reason = forms.ChoiceField(
        label="Reason", choices=choices(*((str(reason), title) for reason, title in TITLES.items()))
    )
    kind = forms.ChoiceField(label="Found by", choices=choices(("outbound", "Export"), ("inbound", "Import")))

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The conflicts that fit."""
        if wanted := self.given("q"):
            rows = rows.filter(Q(name__icontains=wanted) | Q(sonis_id__iexact=wanted))
        if reason := self.given("reason"):
            rows = rows.filter(reason=reason)
        if kind := self.given("kind"):
            rows = rows.filter(kind=kind)
        return rows


def with_contacts(request: Request, part: list[Any]) -> Iterable[Any]:
    """The rows with name and address of their contacts."""
    ids = {int(item) for row in part for item in row.contact_ids}
    contacts = MirrorContact.objects.filter(institution=request.institution, contact_id__in=ids).defer(
        "fields", "lists"
    )
    known = {row.contact_id: row for row in contacts}
    for row in part:
        row.contacts = [known[int(item)] for item in row.contact_ids[:3] if int(item) in known]
        row.more = max(len(row.contact_ids) - 3, 0)
        row.title = reason_title(row.reason)
    return part


CONFLICTS = Listing(
    name="conflicts",
    columns=(
        Column(key="who", title="Who", text=lambda row: row.name, order=("name",)),
        Column(key="sonis_id", title="SONIS ID", text=lambda row: row.sonis_id, order=("sonis_id",)),
        Column(key="reason", title="Reason", text=lambda row: row.reason, order=("reason", "name")),
        Column(key="contacts", title="Contacts", text=lambda row: " ".join(map(str, row.contact_ids))),
        Column(key="message", title="What happened", text=lambda row: row.message),
        Column(key="since", title="Since run", text=lambda row: row.first_run, order=("first_run",), numeric=True),
    ),
    row_template="web/review/row.html",
    sort="reason",
    empty="Nothing waits for a decision.",
    filters=ConflictFilters,
    prepare=with_contacts,
)


def waiting(request: Request) -> QuerySet[OpenConflict]:
    """The institution's conflicts that wait."""
    return OpenConflict.objects.filter(institution=request.institution)
