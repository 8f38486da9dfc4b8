"""The list of contacts: its columns, its filters, and what its rows need besides themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from sonisbridge.store import history
from sonisbridge.store.mirror import search
from sonisbridge.store.models import ImportedContact, Institution, Link, MirrorContact
from sonisbridge.web.forms import DayInput, FilterForm, choices
from sonisbridge.web.listing import Column, Listing
from sonisbridge.web.pages import Request

FROM_SONIS, MADE_THERE = "sonis", "activecampaign"
STANDINGS = {
    "active": "active", "unconfirmed": "unconfirmed", "unsubscribed": "unsubscribed", "bounced": "bounced",
    "": "on no list",
}  # fmt: skip
NO_LIST = "none"


def contacts_of(institution: Institution) -> QuerySet[MirrorContact]:
    """The institution's contacts, with the columns that the list shows."""
    rows = MirrorContact.objects.filter(institution=institution)
    return rows.defer("fields", "lists", "updated", "scan")


class ContactFilters(FilterForm):
    """The filters of the list."""

    search_hint = "Name, e-mail, SONIS ID or contact ID"

    origin = forms.ChoiceField(
        label="Origin",
        choices=choices((FROM_SONIS, "From SONIS"), (MADE_THERE, "Made in ActiveCampaign, not yet synced")),
    )
    standing = forms.ChoiceField(
        label="Status", choices=choices(*((key or NO_LIST, word.capitalize()) for key, word in STANDINGS.items()))
    )
    account = forms.ChoiceField(
        label="Account", choices=choices(("ours", "SONIS's account"), ("other", "Another"), ("none", "None"))
    )
    created_from = forms.DateField(label="Created from", widget=DayInput)
    created_to = forms.DateField(label="Created to", widget=DayInput)

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The contacts that fit."""
        every = rows
        if self.given("q"):
            rows = search(rows, self.given("q"))
        if origin := self.given("origin"):
            there = every.filter(sonis_id="").order_by().values("pk")
            rows = rows.filter(pk__in=there) if origin == MADE_THERE else rows.exclude(sonis_id="")
        if standing := self.given("standing"):
            rows = rows.filter(standing="" if standing == NO_LIST else standing)
        if account := self.given("account"):
            ours = _account_of(every)
            if account == "none":
                rows = rows.filter(account_id="")
            else:
                rows = rows.filter(account_id=ours) if account == "ours" else rows.exclude(account_id__in=["", ours])
        if first := self.given("created_from"):
            rows = rows.filter(created__gte=_midnight(first))
        if last := self.given("created_to"):
            rows = rows.filter(created__lt=_midnight(last + timedelta(days=1)))
        return rows


def _account_of(rows: QuerySet[Any]) -> str:
    """The id of the institution's account; a text that no account has while it is not known."""
    one = rows.order_by().values_list("institution__account_id", flat=True).first()
    return one or "-"


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def with_links(request: Request, part: list[Any]) -> Iterable[Any]:
    """The rows with whom they are linked to, when both sides last agreed, and the name of their account."""
    institution = request.institution
    ids = [row.contact_id for row in part]
    links = {
        row.contact_id: row
        for row in Link.objects.filter(institution=institution, contact_id__in=ids).defer("confirmed", "not_kept")
    }
    imported = ImportedContact.objects.filter(institution=institution, contact_id__in=ids, written=True)
    waiting = {row.contact_id: row for row in imported}
    agreed = history.last_agreed(institution, links.values())
    for row in part:
        link = links.get(row.contact_id)
        row.person = link.sonis_id if link else row.sonis_id
        row.agreed = agreed[row.contact_id].started_at if row.contact_id in agreed else None
        row.imported = waiting.get(row.contact_id)
        row.account = account_name(institution, row.account_id)
        row.origin = origin_of(row)
        row.standing_word = STANDINGS.get(row.standing, row.standing)
    return part


def account_name(institution: Institution, account_id: str) -> str:
    """What the account is called; only our own is known by name."""
    if not account_id:
        return ""
    return institution.account_name if account_id == institution.account_id else f"account {account_id}"


def origin_of(row: Any) -> str:
    """Where the contact comes from, in words (Contacts of the user's document)."""
    if row.sonis_id:
        return "From SONIS"
    if row.imported is None:
        return "Made in ActiveCampaign, not yet synced"
    return (
        "Made in ActiveCampaign, now a person"
        if row.imported.sonis_id
        else "Made in ActiveCampaign, waits as web prospect"
    )


CONTACTS = Listing(
    name="contacts",
    columns=(
        Column(
            key="name",
            title="Name",
            text=lambda row: f"{row.first_name} {row.last_name}".strip(),
            order=("name_key", "email_key"),
        ),
        Column(key="email", title="E-mail", text=lambda row: row.email, order=("email_key",)),
        Column(key="sonis_id", title="SONIS ID", text=lambda row: row.sonis_id, order=("sonis_id",)),
        Column(key="account", title="Account", text=lambda row: row.account),
        Column(key="origin", title="Origin", text=lambda row: row.origin),
        Column(key="created", title="Date Created", text=lambda row: row.created, order=("created",)),
        Column(key="standing", title="Status", text=lambda row: row.standing_word),
        Column(key="agreed", title="Last agreed", text=lambda row: row.agreed),
        Column(key="contact_id", title="Contact ID", text=lambda row: row.contact_id, hidden=True),
    ),
    row_template="web/contacts/row.html",
    sort="name",
    empty="No contact has been read from ActiveCampaign yet. Refresh reads them.",
    filters=ContactFilters,
    prepare=with_links,
)
