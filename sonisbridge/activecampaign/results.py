"""What answers say of contacts and fields (pure; docs/activecampaign.md, sections 2, 3 and 5).

Keys may be missing, ids may be numbers, blanks have four spellings. But a page without its rows is
a broken answer, never "nothing there", and rows that a contact names and the answer lacks are said
to be missing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sonisbridge.core.contact import (
    Contact,
    ContactField,
    ContactId,
    FieldId,
    ListStatus,
)
from sonisbridge.core.errors import RetryLaterError

from .requests import CONTACT_KEYS

Json = Mapping[str, Any]

FIELD_VALUES = "fieldValues"
CONTACT_LISTS = "contactLists"
ACCOUNT_CONTACTS = "accountContacts"
SIDE_LOADED = (FIELD_VALUES, CONTACT_LISTS, ACCOUNT_CONTACTS)
CHOICE_KINDS = frozenset({"dropdown", "radio", "checkbox", "listbox", "multiselect"})

_STANDINGS: Mapping[int | None, ListStatus] = {one.value: one for one in ListStatus}
_DELETED_EMAIL = re.compile(r"deleted\+\d+@", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUser:
    """Whose token it is."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsPage:
    """One page of contacts. `last_id` counts deleted ones too, so a scan goes on after it."""

    contacts: list[Contact]
    deleted: list[ContactId]
    last_id: ContactId | None
    full: bool
    """As many rows as were asked for: there may be more."""
    missing: Mapping[ContactId, frozenset[str]] = field(default_factory=dict)
    """Contacts whose rows in some collections did not come with the page, wholly or in part."""


def rows_of(data: Json, key: str) -> list[Json]:
    """The rows of a listing.

    Without them the answer is broken: it is never taken for an empty one.
    """
    rows = data.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise broken(f"a listing without its {key}")
    return rows


def broken(what: str, *, sent: bool = False) -> RetryLaterError:
    """The error for an answer that makes no sense."""
    return RetryLaterError(f"ActiveCampaign's answer is broken: {what}.", sent=sent)


def text(value: object) -> str:
    """A scalar as text, "" for every spelling of blank."""
    if value is None or isinstance(value, (bool, dict, list)):
        return ""
    cleaned = str(value).strip()
    return "" if cleaned.startswith("0000-00-00") else cleaned


def number(value: object) -> int | None:
    """A count that may come as a number or as text; None where there is none."""
    cleaned = text(value)
    return int(cleaned) if cleaned.isascii() and cleaned.isdecimal() else None


def instant(value: object) -> datetime | None:
    """A moment in UTC; None when blank or unreadable.

    One without an offset is read as UTC: readers allow for a day.
    """
    try:
        moment = datetime.fromisoformat(text(value))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def total_of(data: Json) -> int | None:
    """How many rows there are in all, where the answer says so."""
    meta = data.get("meta")
    return number(meta.get("total")) if isinstance(meta, dict) else None


def contacts_page(data: Json, *, limit: int) -> ContactsPage:
    """A page of contacts with what is side-loaded beside them."""
    rows = rows_of(data, "contacts")
    ids = [_contact_id(row) for row in rows]
    sides = {key: _by_contact(data, key, rows) for key in SIDE_LOADED}
    side_loaded = any(isinstance(data.get(key), list) for key in SIDE_LOADED)
    contacts: list[Contact] = []
    deleted: list[ContactId] = []
    missing: dict[ContactId, frozenset[str]] = {}
    for contact_id, row in zip(ids, rows, strict=True):
        if is_deleted(row):
            deleted.append(contact_id)
            continue
        contacts.append(contact_of(row, {key: sides[key][contact_id] for key in SIDE_LOADED}))
        lacking = frozenset(
            key for key in SIDE_LOADED if _lacks(row, key, sides[key][contact_id], side_loaded=side_loaded)
        )
        if lacking:
            missing[contact_id] = lacking
    return ContactsPage(
        contacts=contacts,
        deleted=deleted,
        last_id=ids[-1] if ids else None,
        full=len(rows) >= limit,
        missing=missing,
    )


def contact_of(row: Json, sides: Mapping[str, Iterable[Json]]) -> Contact:
    """A contact from its row and the rows of the collections that belong to it."""
    lists = list_standings(sides.get(CONTACT_LISTS, ()))
    return Contact(
        contact_id=_contact_id(row),
        fields=_standard_values(row) | custom_values(sides.get(FIELD_VALUES, ())),
        lists=lists,
        account_id=account_of(sides.get(ACCOUNT_CONTACTS, ())),
        created=instant(row.get("cdate")),
        updated=instant(row.get("udate")) or instant(row.get("cdate")),
        bounced=bool(number(row.get("bounced_hard"))) or ListStatus.BOUNCED in lists.values(),
    )


def is_deleted(row: Json) -> bool:
    """Whether the contact was deleted or anonymised; its row may still be there (section 9)."""
    flagged = bool(number(row.get("deleted"))) or bool(number(row.get("anonymized")))
    return flagged or _DELETED_EMAIL.match(text(row.get("email"))) is not None


def custom_values(rows: Iterable[Json]) -> dict[FieldId, str]:
    """The custom field values among rows of one contact; blank ones are left out."""
    values = {FieldId(text(row.get("field"))): text(row.get("value")) for row in rows}
    return {field_id: value for field_id, value in values.items() if field_id and value}


def list_standings(rows: Iterable[Json]) -> dict[str, ListStatus]:
    """List id to standing, among rows of one contact.

    Of two rows for a list the less mailable one counts.
    """
    standings: dict[str, ListStatus] = {}
    for row in rows:
        list_id, status = text(row.get("list")), number(row.get("status"))
        if list_id and status in _STANDINGS:
            standings[list_id] = max(_STANDINGS[status], standings.get(list_id, ListStatus(0)))
    return standings


def account_of(rows: Iterable[Json]) -> str | None:
    """The account among the links of one contact; there is at most one (section 6)."""
    return next((account for row in rows if (account := text(row.get("account")))), None)


def field_of(row: Json, option_rows: Iterable[Json] = ()) -> ContactField:
    """A custom field from its row and the rows of its options."""
    field_id = FieldId(text(row.get("id")))
    if not field_id:
        raise broken("a field without an id")
    return ContactField(
        field_id=field_id,
        title=text(row.get("title")),
        kind=text(row.get("type")).lower() or "text",
        tag=text(row.get("perstag")).strip("%"),
        options=option_texts(option_rows),
    )


def options_beside(data: Json, row: Json) -> list[Json] | None:
    """The rows of a field's options that came with it; None when some are missing."""
    beside = data.get("fieldOptions")
    named = {text(item) for item in _listed(row, "options")}
    rows: list[Json] = [
        option
        for option in (beside if isinstance(beside, list) else [])
        if isinstance(option, dict)
        and (text(option.get("id")) in named or text(option.get("field")) == text(row.get("id")))
    ]
    chooses = text(row.get("type")).lower() in CHOICE_KINDS
    lacking = named - {text(option.get("id")) for option in rows}
    return None if lacking or (chooses and not rows) else rows


def option_texts(rows: Iterable[Json]) -> tuple[str, ...]:
    """The options in their order, as a contact's value has to spell them."""
    ordered = sorted(rows, key=lambda row: number(row.get("orderid")) or 0)
    texts = [text(row.get("value")) or text(row.get("label")) for row in ordered]
    return tuple(dict.fromkeys(option for option in texts if option))


def _contact_id(row: Json) -> ContactId:
    contact_id = text(row.get("id"))
    if number(contact_id) is None:
        raise broken("a contact without an id")
    return ContactId(contact_id)


def _standard_values(row: Json) -> dict[FieldId, str]:
    values = {name: text(row.get(key)) for name, key in CONTACT_KEYS.items()}
    return {name: value for name, value in values.items() if value}


def _listed(row: Json, key: str) -> list[object]:
    """The ids that a row names; none when it names them not at all."""
    ids = row.get(key)
    return ids if isinstance(ids, list) else []


def _by_contact(data: Json, key: str, rows: Iterable[Json]) -> dict[str, list[Json]]:
    """A side-loaded collection by contact.

    A row says whose it is, or the contact names the row."""
    beside = data.get(key)
    named = {text(item): text(row.get("id")) for row in rows for item in _listed(row, key)}
    found: dict[str, list[Json]] = defaultdict(list)
    for row in beside if isinstance(beside, list) else []:
        if isinstance(row, dict):
            owner = text(row.get("contact")) or text(row.get("owner"))
            found[owner or named.get(text(row.get("id")), "")].append(row)
    return found


def _lacks(row: Json, key: str, found: Iterable[Json], *, side_loaded: bool) -> bool:
    """Whether rows of that collection may belong to the contact which did not come with it."""
    named = row.get(key)
    if not isinstance(named, list):
        return not side_loaded
    return not {text(item) for item in named} <= {text(one.get("id")) for one in found}
