"""A person about to be made of a web prospect: what the row says, what the import remembers, what a user edits (rule 7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

from .contact import ContactId
from .errors import WrongSettingsError
from .person import Codes, Identity, SonisId
from .prospect import (
    AGENCY_LENGTH,
    CITY_LENGTH,
    CODE_LENGTH,
    EMAIL_LENGTH,
    HIGH_SCHOOL_LENGTH,
    MEMO_LENGTH,
    NAME_LENGTH,
    PHONE_LENGTH,
    STREET_LENGTH,
    TERM_LENGTH,
    ZIP_LENGTH,
    NewProspect,
)
from .values import email_key, good_email, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A person about to be made. "" and None mean blank."""

    first_name: str = ""
    last_name: str = ""
    nickname: str = ""
    birthdate: date | None = None
    street1: str = ""
    street2: str = ""
    street3: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    phone: str = ""
    cell_phone: str = ""
    text_me: bool = False
    email: str = ""
    email2: str = ""
    term_interest: str = ""
    refer_by: str = ""
    program: str = ""
    memo1: str = ""
    high_school: str = ""
    inquiry_type: str = ""
    agency: str = ""
    hs_grad_year: str = ""
    submitted: date | None = None


Kind = Literal["text", "date", "yes", "year", "email", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalField:
    """One value that a user may edit before a web prospect becomes a person."""

    name: str
    title: str
    length: int = 0
    kind: Kind = "text"
    required: bool = False
    codes: str = ""
    """Which code table of Codes its values come from."""


FIELDS: tuple[ArrivalField, ...] = (
    ArrivalField(name="first_name", title="First Name", length=NAME_LENGTH, required=True),
    ArrivalField(name="last_name", title="Last Name", length=NAME_LENGTH, required=True),
    ArrivalField(name="nickname", title="Nickname", length=NAME_LENGTH),
    ArrivalField(name="birthdate", title="Birthdate", kind="date"),
    ArrivalField(name="email", title="E-mail", length=EMAIL_LENGTH, kind="email", required=True),
    ArrivalField(name="email2", title="E-mail 2", length=EMAIL_LENGTH, kind="email"),
    ArrivalField(name="street1", title="Street Address", length=STREET_LENGTH),
    ArrivalField(name="street2", title="Address Line 2", length=STREET_LENGTH),
    ArrivalField(name="street3", title="Address Line 3", length=STREET_LENGTH),
    ArrivalField(name="city", title="City", length=CITY_LENGTH),
    ArrivalField(name="state", title="State", length=2, kind="code", codes="state"),
    ArrivalField(name="zip_code", title="Zip", length=ZIP_LENGTH),
    ArrivalField(name="phone", title="Phone", length=PHONE_LENGTH),
    ArrivalField(name="cell_phone", title="Cell Phone", length=PHONE_LENGTH),
    ArrivalField(name="text_me", title="Text Me", kind="yes"),
    ArrivalField(name="program", title="Program", length=CODE_LENGTH, kind="code", codes="program"),
    ArrivalField(name="refer_by", title="Refer By", length=CODE_LENGTH, kind="code", codes="refer_by"),
    ArrivalField(name="inquiry_type", title="Inquiry Type", length=CODE_LENGTH, kind="code", codes="inquiry_type"),
    ArrivalField(name="agency", title="Agency", length=AGENCY_LENGTH),
    ArrivalField(name="hs_grad_year", title="HS Graduation Year", length=4, kind="year"),
    ArrivalField(name="high_school", title="High School", length=HIGH_SCHOOL_LENGTH),
    ArrivalField(name="term_interest", title="Term of Interest", length=TERM_LENGTH),
    ArrivalField(name="memo1", title="Memo", length=MEMO_LENGTH),
    ArrivalField(name="submitted", title="Date Received", kind="date"),
)
_BY_NAME = {item.name: item for item in FIELDS}
_ONLY_REMEMBERED = ("email2", "agency", "hs_grad_year", "text_me", "inquiry_type")
"""What a web-prospect row has no column for (docs/sonis.md, section 4)."""


def arrival_of(prospect: NewProspect) -> Arrival:
    """The person that a contact's web prospect would become, nobody having edited it."""
    names = {item.name for item in fields(Arrival)} - {"street1", "street2", "street3"}
    values = {name: getattr(prospect, name) for name in names}
    first, second, third = prospect.street
    return Arrival(**values, street1=first, street2=second, street3=third)


def completed(arrival: Arrival, remembered: NewProspect | None, *, inquiry_type: str = "") -> Arrival:
    """What a waiting row says, with what the import remembers of the values that such a row has no column for."""
    known: dict[str, Any] = {"inquiry_type": inquiry_type} if inquiry_type else {}
    if remembered is not None:
        known |= {name: value for name in _ONLY_REMEMBERED if (value := getattr(remembered, name))}
    missing = {name: value for name, value in known.items() if not getattr(arrival, name)}
    return replace(arrival, **missing)


def edited(arrival: Arrival, edits: Mapping[str, str], codes: Codes) -> Arrival:
    """The person with a user's edits. Raises WrongSettingsError that names every edit that cannot be."""
    unknown = sorted(set(edits) - set(_BY_NAME))
    if unknown:
        raise WrongSettingsError(f"A web prospect has no {unknown[0]!r}; it has: {', '.join(_BY_NAME)}.")
    values: dict[str, Any] = {}
    problems = []
    for name, text in edits.items():
        field = _BY_NAME[name]
        try:
            values[name] = _read(field, text.strip(), codes)
        except ValueError as error:
            problems.append(f"{field.title} {error}.")
    if problems:
        raise WrongSettingsError(" ".join(problems))
    return replace(arrival, **values)


def _read(field: ArrivalField, text: str, codes: Codes) -> str | date | bool | None:
    """The value of an edit. Raises ValueError with the end of a sentence when it cannot be."""
    if not text and field.required:
        raise ValueError("cannot be blank")
    if field.length and len(text) > field.length:
        raise ValueError(f"has more than {field.length} characters")
    match field.kind:
        case "yes":
            if text.casefold() not in {"", "yes", "no", "1", "0"}:
                raise ValueError("is yes or no")
            return text.casefold() in {"yes", "1"}
        case "date":
            return _day(text)
        case "year" if text and not (text.isascii() and text.isdecimal() and len(text) == 4):
            raise ValueError("is a year of four digits")
        case "email" if text and good_email(text) is None:
            raise ValueError("is not a valid e-mail address")
        case "code" if text:
            known: Mapping[str, str] = getattr(codes, field.codes)
            if known and text not in known:
                raise ValueError(f"has no code {text!r}; there are {', '.join(sorted(known)[:5])}")
    return text


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is not a day such as 2027-05-30") from error


def shown(arrival: Arrival, name: str) -> str:
    """One value as a user reads and edits it."""
    value = getattr(arrival, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A person who may be the same as a web prospect."""

    sonis_id: SonisId
    name: str
    email: str
    why: str
    same: bool = False
    """Name and e-mail both match: by rule 7.1 this is the person."""


def likenesses(arrivals: Mapping[str, Arrival], people: Iterable[Identity]) -> dict[str, tuple[Likeness, ...]]:
    """Row id to the people who share the web prospect's address or name, the surest first; one pass over the people."""
    by_email: dict[str, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for row_id, arrival in arrivals.items():
        for email in {email_key(arrival.email), email_key(arrival.email2)} - {""}:
            by_email.setdefault(email, []).append(row_id)
        if name := name_key(arrival.first_name, arrival.last_name):
            by_name.setdefault(name, []).append(row_id)
    found: dict[str, list[Likeness]] = {row_id: [] for row_id in arrivals}
    for person in people:
        emails = {row for email in person.all_emails for row in by_email.get(email_key(email), ())}
        names = set(by_name.get(name_key(person.first_name, person.last_name), ()))
        for row_id in emails | names:
            found[row_id].append(_likeness(person, email=row_id in emails, name=row_id in names))
    return {row_id: tuple(sorted(items, key=_surest)) for row_id, items in found.items()}


def _likeness(person: Identity, *, email: bool, name: bool) -> Likeness:
    why = "same name and e-mail" if email and name else "same e-mail" if email else "same name"
    return Likeness(
        sonis_id=person.sonis_id,
        name=f"{person.first_name} {person.last_name}".strip(),
        email=person.email,
        why=why,
        same=email and name,
    )


def _surest(item: Likeness) -> tuple[bool, bool, str]:
    return (not item.same, item.why != "same e-mail", item.sonis_id)


def prospect_document(prospect: NewProspect) -> dict[str, Any]:
    """The prospect as JSON values, for the ledger."""
    document: dict[str, Any] = {}
    for item in fields(NewProspect):
        value = getattr(prospect, item.name)
        if item.name != "left_over" and value not in ("", None, False):
            document[item.name] = value.isoformat() if isinstance(value, date) else value
    document["street"] = list(prospect.street)
    return document


def prospect_from(document: Mapping[str, Any], left_over: Mapping[str, str] | None = None) -> NewProspect | None:
    """The prospect that the ledger kept; None for an import that is older than its keeping."""
    if not document:
        return None
    values: dict[str, Any] = {"first_name": "", "last_name": "", "email": ""}  # blank ones are not kept
    values |= {item.name: document[item.name] for item in fields(NewProspect) if item.name in document}
    for name in ("birthdate", "submitted"):
        if name in values:
            values[name] = date.fromisoformat(values[name])
    first, second, third = values.pop("street", ["", "", ""])
    contact_id = ContactId(str(values.pop("contact_id")))
    return NewProspect(contact_id=contact_id, street=(first, second, third), left_over=dict(left_over or {}), **values)
