"""What is sent: the bodies of requests (pure; docs/activecampaign.md, sections 3.4, 4 and 5).

A blank value is never sent. Whether one clears, is ignored or fails is not documented, so taking
values away is a request of its own (client.clear_fields).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sonisbridge.core.contact import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    STANDARD_FIELDS,
    FieldId,
)

Body = dict[str, Any]

CONTACT_KEYS = {EMAIL: "email", FIRST_NAME: "firstName", LAST_NAME: "lastName", PHONE: "phone"}
"""The standard fields as contacts spell them."""
BULK_KEYS = {EMAIL: "email", FIRST_NAME: "first_name", LAST_NAME: "last_name", PHONE: "phone"}
"""The same as the bulk importer spells them; it drops the other spelling without a word."""

# The importer's own rules, tightened: what it is not known to take goes by a call of its own.
_BULK_EMAIL = re.compile(r"[!#-&*+\-./0-9=?A-Z^-~]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")


def encoded(body: Body) -> bytes:
    """The bytes that travel: compact JSON in UTF-8."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", errors="replace")


def contact_body(fields: Mapping[FieldId, str]) -> Body:
    """The body that creates or updates a contact with those values; blank ones are left out."""
    contact: Body = {CONTACT_KEYS[name]: fields[name] for name in STANDARD_FIELDS if fields.get(name)}
    custom = [{"field": field_id, "value": value} for field_id, value in _custom(fields)]
    if custom:
        contact["fieldValues"] = custom
    return {"contact": contact}


def blank_contact_body(field_ids: Iterable[FieldId]) -> Body:
    """The body that blanks those standard fields."""
    return {"contact": {CONTACT_KEYS[field_id]: "" for field_id in field_ids}}


def bulk_row(fields: Mapping[FieldId, str], *, account_name: str = "", exclude_automations: bool) -> Body:
    """A contact as the bulk importer takes it; blank values are left out.

    Where the importer looks for `exclude_automations` is not clear, so it stands in each row and in
    the request.
    """
    row: Body = {BULK_KEYS[name]: fields[name] for name in STANDARD_FIELDS if fields.get(name)}
    custom = [{"id": _number(field_id), "value": value} for field_id, value in _custom(fields)]
    if custom:
        row["fields"] = custom
    if account_name:
        row["customer_acct_name"] = account_name
    if exclude_automations:
        row["exclude_automations"] = True
    return row


def bulk_row_bytes(row: Body) -> int:
    """How much of the request's bytes the row takes, the comma before the next one aside."""
    return len(encoded(row))


def bulk_body(rows: Sequence[Body], *, exclude_automations: bool) -> Body:
    """The body of one bulk request."""
    body: Body = {"contacts": list(rows)}
    if exclude_automations:
        body["exclude_automations"] = True
    return body


BULK_FRAME_BYTES = len(encoded(bulk_body([], exclude_automations=True)))
"""What a bulk request weighs without its rows."""


def bulk_accepts(email: str) -> bool:
    """Whether the importer is known to take that address (section 4).

    One refused row refuses its whole batch."""
    return _BULK_EMAIL.fullmatch(email) is not None


def field_body(title: str, kind: str) -> Body:
    """The body that makes a custom field."""
    return {"field": {"title": title, "type": kind, "visible": 1}}


def options_body(field_id: FieldId, options: Sequence[str], *, first: int = 1) -> Body:
    """The body that gives a field its options, in that order."""
    return {
        "fieldOptions": [
            {"orderid": place, "value": text, "label": text, "isdefault": False, "field": field_id}
            for place, text in enumerate(options, start=first)
        ]
    }


def field_on_every_list_body(field_id: FieldId) -> Body:
    """The body that shows a field on all lists; without it nobody sees the field."""
    return {"fieldRel": {"field": _number(field_id), "relid": 0}}


def account_link_body(contact_id: str, account_id: str) -> Body:
    """The body that puts a contact into an account."""
    return {"accountContact": {"contact": _number(contact_id), "account": _number(account_id)}}


def _custom(fields: Mapping[FieldId, str]) -> list[tuple[FieldId, str]]:
    return [(name, value) for name, value in fields.items() if value and name not in STANDARD_FIELDS]


def _number(text: str) -> int | str:
    """An id as a number, as the documented examples send it."""
    return int(text) if text.isdecimal() else text
