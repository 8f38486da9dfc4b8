"""Values for tests: each is whole and agrees with the others, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sonisbridge.core.contact import Contact, ContactField, ContactFields, ContactId, FieldId, ListStatus
from sonisbridge.core.field_mapping import (
    DATA_POINTS,
    FieldMapping,
    FieldMappingRow,
    WriteRule,
    default_rule,
    suggested_rows,
)
from sonisbridge.core.person import Address, Codes, Identity, Inquiry, PersonRecord, Program, SonisId, StatusHeld

EMAIL_OF_ADA = "ada@example.edu"

_ADDRESS = frozenset(Address._fields)
_INQUIRY = frozenset(Inquiry._fields)


def a_person(sonis_id: str = "LO0000001", *, status: str | None = "PS", **facts: Any) -> PersonRecord:
    """Ada Lovelace, a prospect with one preferred address.

    Facts are those of the person, of her address (email, city...) or of her inquiry (agency...). None means blank;
    `program` is the code of one program, `school_year`, `semester` and `entry_date` belong to it.
    """
    facts = {key: "" if value is None and key != "birthdate" else value for key, value in facts.items()}
    facts.setdefault("email", EMAIL_OF_ADA)
    address = {key: facts.pop(key) for key in sorted(_ADDRESS & facts.keys())}
    inquiry = {key: facts.pop(key) for key in sorted(_INQUIRY & facts.keys())}
    program = {key: facts.pop(key) for key in ("school_year", "semester", "entry_date") if key in facts}
    code = facts.pop("program", "BIO" if program else "")
    defaults: dict[str, Any] = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "statuses": (StatusHeld(code=status),) if status else (),
        "addresses": (an_address(**address),),
        "programs": (a_program(code, **program),) if code else (),
        "inquiry": Inquiry(**inquiry),
    }
    return PersonRecord(sonis_id=SonisId(sonis_id), **{**defaults, **facts})


def an_address(rid: str = "1", *, preferred: bool = True, **facts: Any) -> Address:
    """An address row, the preferred one."""
    return Address(rid=rid, preferred=preferred, **facts)


def a_program(code: str = "BIO", *, rid: str = "1", **facts: Any) -> Program:
    """A program row."""
    return Program(rid=rid, code=code, **facts)


def an_identity(sonis_id: str = "LO0000001", **facts: Any) -> Identity:
    """What matching needs of Ada Lovelace."""
    facts = {"first_name": "Ada", "last_name": "Lovelace", "email": EMAIL_OF_ADA, "status": "PS", **facts}
    facts.setdefault("all_emails", tuple(email for email in (facts["email"], facts.get("email2", "")) if email))
    return Identity(sonis_id=SonisId(sonis_id), **facts)


def a_contact(
    contact_id: str = "1",
    *,
    fields: Mapping[str, str] | None = None,
    lists: Mapping[str, ListStatus] | None = None,
    account_id: str | None = None,
    created: datetime | None = datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    updated: datetime | None = None,
    bounced: bool = False,
    **standard: str,
) -> Contact:
    """Ada Lovelace's contact; a standard field given as "" is blank.

    `fields` holds custom field values, by id or by the usual title of a data point.
    """
    values = {"EMAIL": EMAIL_OF_ADA, "FIRSTNAME": "Ada", "LASTNAME": "Lovelace", **standard}
    values |= {usual_id(title): value for title, value in (fields or {}).items()}
    return Contact(
        contact_id=ContactId(contact_id),
        fields={FieldId(name): value for name, value in values.items() if value},
        lists=lists or {},
        account_id=account_id,
        created=created,
        updated=updated,
        bounced=bounced,
    )


def a_field(
    title: str = "Preferred Name",
    kind: str = "text",
    *,
    field_id: str | None = None,
    tag: str = "",
    options: tuple[str, ...] = (),
) -> ContactField:
    """A custom field; its id is the usual one of that title."""
    return ContactField(
        field_id=FieldId(field_id or usual_id(title)),
        title=title,
        kind=kind,
        tag=tag or "".join(letter for letter in title.upper() if letter.isalnum() or letter == "_"),
        options=options,
    )


_USUAL = {
    point.default_title: str(place)
    for place, point in enumerate(DATA_POINTS, start=1)
    if point.default_kind != "standard"
}


def usual_id(title: str) -> str:
    """The id of the field with that title in these tests; what is no usual title is an id itself."""
    return _USUAL.get(title, title)


_OPTIONS = {"Prospect Status": ("Prospect", "Applicant", "Student", "Alumni"), "Okay to Text": ("Yes", "No")}


def the_fields(*others: ContactField) -> ContactFields:
    """All fields of the default mapping; those given stand in for the one with their id, or come on top."""
    usual = [
        a_field(point.default_title, point.default_kind, options=_OPTIONS.get(point.default_title, ()))
        for point in DATA_POINTS
        if point.default_kind != "standard"
    ]
    by_id = {item.field_id: item for item in (*usual, *others)}
    return ContactFields(list(by_id.values()))


def the_codes(**tables: dict[str, str]) -> Codes:
    """Small code tables."""
    defaults = {
        "program": {"BIO": "Biology", "NUR": "Nursing"},
        "semester": {"1": "Fall", "2": "Spring", "3": "Summer"},
        "inquiry_type": {"WEB": "Web form", "ACTIVECAMP": "ActiveCampaign"},
        "refer_by": {"FR": "Friend", "CF": "College Fair"},
        "module_status": {"PS": "Prospect", "AP": "Applicant", "ST": "Student", "AL": "Alumni", "FA": "Faculty"},
        "state": {"TN": "Tennessee", "KY": "Kentucky"},
    }
    return Codes(**{**defaults, **tables})


def a_row(data_point: str, field_id: str, write_rule: WriteRule | None = None) -> FieldMappingRow:
    """A row with the write rule that its data point has by default."""
    return FieldMappingRow(
        data_point=data_point, field_id=FieldId(field_id), write_rule=write_rule or default_rule(data_point)
    )


def the_mapping(*rows: FieldMappingRow, **translations: Mapping[str, str]) -> FieldMapping:
    """The default mapping of `the_fields`; rows given stand in for those of their data points.

    Translation tables by data point: `the_mapping(modstat={"PS": "Lead"})`.
    """
    by_point = {row.data_point: row for row in (*suggested_rows(the_fields()), *rows)}
    return FieldMapping(rows=tuple(by_point.values()), translations=translations)


A_DAY = date(2027, 8, 20)
