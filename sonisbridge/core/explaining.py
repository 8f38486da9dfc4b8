"""Why each field of a person's contact is as it is: what SONIS has, how it is written, what the next export does and why.

The decision itself is the plan's (core/plan.py); here it is put into words, field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .contact import EMAIL, Contact, ContactField, ContactFields
from .desired import DesiredContact
from .field_mapping import DATA_POINTS, DataPoint, FieldMapping, FieldMappingRow, ValueKind, WriteRule
from .labels import INQUIRY_TYPE, PROGRAM, REFER_BY, STATUS, TERM
from .person import Address, PersonRecord, Program, chosen_address, chosen_program, chosen_status
from .plan import CreateContact, Kept, Line, PlanMaker, StillNotKept, Unchanged, UpdateContact
from .policy import Policy


class Fate(StrEnum):
    """What the next export does with one field."""

    SET = "set"
    CHANGED = "changed"
    CLEARED = "cleared"
    AGREES = "agrees"
    KEPT = "kept"
    """It differs, and the write rule leaves it to ActiveCampaign."""
    NOT_SENT_AGAIN = "not-sent-again"
    NOTHING = "nothing"
    """Nothing is written for this person at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStory:
    """One mapped field of one person."""

    data_point: str
    label: str
    field: ContactField
    rule: WriteRule
    in_sonis: str
    """As SONIS holds it, codes as codes."""
    coercion: str
    """In words, how it is written for ActiveCampaign."""
    wanted: str
    """As it would be sent."""
    last_sent: str | None
    """What was last read back after it was written, None when nothing was."""
    held: str
    """What the contact holds as far as the mirror knows."""
    fate: Fate
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the story of one person is told from."""

    person: PersonRecord
    desired: DesiredContact
    line: Line | None
    contact: Contact | None
    kept: Kept
    email: str
    """The address that an export would send, "" when none."""


def stories(
    told: Told, mapping: FieldMapping, fields: ContactFields, maker: PlanMaker, policy: Policy
) -> list[FieldStory]:
    """Every mapped field of the person, in the order of the default mapping."""
    found = []
    for point in DATA_POINTS:
        row = mapping.row(point.key)
        target = fields.get(row.field_id) if row else None
        if row is None or target is None:
            continue
        wanted = told.email if row.field_id == EMAIL else told.desired.values.get(row.field_id, "")
        held = told.contact.value(row.field_id) if told.contact else ""
        fate, why = _fate(told, row, wanted, held, maker)
        found.append(
            FieldStory(
                data_point=point.key,
                label=point.label,
                field=target,
                rule=row.write_rule,
                in_sonis=in_sonis(told.person, point.key),
                coercion=coercion(point, target, policy),
                wanted=wanted,
                last_sent=told.kept.confirmed.get(row.field_id),
                held=held,
                fate=fate,
                why=why,
            )
        )
    return found


def _fate(told: Told, row: FieldMappingRow, wanted: str, held: str, maker: PlanMaker) -> tuple[Fate, str]:
    match told.line:
        case CreateContact(fields=sent):
            if row.field_id in sent:
                return Fate.SET, f"set to {sent[row.field_id]}"
            return Fate.AGREES, "stays blank: SONIS is silent"
        case UpdateContact(fields=changes, drift=drift):
            change = changes.get(row.field_id)
            if change is None:
                return _untouched(told, row, wanted, held, maker)
            again = "; it was changed in ActiveCampaign" if any(one.field_id == row.field_id for one in drift) else ""
            if not change.after:
                return Fate.CLEARED, f"cleared: SONIS is silent{again}"
            return Fate.CHANGED, f"changed to {change.after}{again}"
        case Unchanged() | StillNotKept():
            return _untouched(told, row, wanted, held, maker)
        case _:
            return Fate.NOTHING, "not written"


def _untouched(told: Told, row: FieldMappingRow, wanted: str, held: str, maker: PlanMaker) -> tuple[Fate, str]:
    """Why a field of somebody who is exported is left as it is."""
    if maker.agrees(row.field_id, wanted, held):
        return Fate.AGREES, "agrees"
    if not wanted and row.write_rule is not WriteRule.ALWAYS:
        return Fate.KEPT, "kept: SONIS is silent"
    if row.write_rule is WriteRule.IF_EMPTY:
        return Fate.KEPT, "kept: only an empty field is filled"
    if row.write_rule is WriteRule.ONCE:
        return Fate.KEPT, "kept: it is written once only"
    if row.field_id in told.kept.not_kept:
        return Fate.NOT_SENT_AGAIN, "not sent again: ActiveCampaign did not keep it"
    return Fate.KEPT, "kept"


_NO_ADDRESS = Address(rid="")
_NO_PROGRAM = Program(rid="", code="")
_OF_PERSON: Mapping[str, Callable[[PersonRecord], str]] = {
    "name.sonis_id": lambda person: person.sonis_id,
    "name.first_name": lambda person: person.first_name,
    "name.last_name": lambda person: person.last_name,
    "name.nickname": lambda person: person.nickname,
    "name.birthdate": lambda person: person.birthdate.isoformat() if person.birthdate else "",
    "prospect.date_rec": lambda person: (
        person.inquiry.date_received.isoformat() if person.inquiry.date_received else ""
    ),
    "prospect.hs_grad_year": lambda person: person.inquiry.hs_grad_year,
    "prospect.memo1": lambda person: person.inquiry.memo1,
    "prospect.agency": lambda person: person.inquiry.agency,
    "prospect.undergrd_attnd": lambda person: person.inquiry.high_school,
    INQUIRY_TYPE: lambda person: person.inquiry.inquiry_type,
    REFER_BY: lambda person: ", ".join(sorted(set(person.refer_by))),
    STATUS: lambda person: chosen_status(person.statuses),
}
_OF_ADDRESS: Mapping[str, Callable[[Address], str]] = {
    "address.street": lambda row: ", ".join(line for line in row.street if line),
    "address.city": lambda row: row.city,
    "address.state": lambda row: row.state,
    "address.zip": lambda row: row.zip_code,
    "address.email": lambda row: row.email,
    "address.email2": lambda row: row.email2,
    "address.phone": lambda row: row.phone,
    "address.cell_phone": lambda row: row.cell_phone,
    "address.text_me": lambda row: "1" if row.text_me else "0",
}
_OF_PROGRAM: Mapping[str, Callable[[Program], str]] = {
    PROGRAM: lambda row: row.code,
    "approg.progentry_date": lambda row: row.entry_date.isoformat() if row.entry_date else "",
    TERM: lambda row: f"{row.school_year} {row.semester}".strip(),
}


def in_sonis(person: PersonRecord, key: str) -> str:
    """A data point as SONIS holds it, from the row that counts (rule 3.2); "" when SONIS is silent."""
    if key in _OF_PERSON:
        return _OF_PERSON[key](person)
    if key in _OF_ADDRESS:
        return _OF_ADDRESS[key](chosen_address(person.addresses) or _NO_ADDRESS)
    if key in _OF_PROGRAM:
        return _OF_PROGRAM[key](chosen_program(person.programs) or _NO_PROGRAM)
    return ""


_SPECIAL = {
    "prospect.hs_grad_year": "30 May of that year",
    "name.birthdate": "as a date; placeholder dates as blank",
    "address.street": "lines joined with commas",
    "address.email": "in lower case; e-mail 2 where this one is not free",
    "address.text_me": "Yes for 1, No for 0",
    INQUIRY_TYPE: "code as its label; people who began in ActiveCampaign get their own",
}


def coercion(point: DataPoint, target: ContactField, policy: Policy) -> str:
    """In words, how a data point is written for that contact field (rule 2)."""
    if point.key in _SPECIAL:
        return _SPECIAL[point.key]
    if point.key in {"address.phone", "address.cell_phone"}:
        return "in international form where it can be"
    if point.key == PROGRAM:
        return f"the program's {policy.program_as}"
    match point.value_kind:
        case ValueKind.DATE:
            return "as a date and midnight" if target.kind == "datetime" else "as a date"
        case ValueKind.CODE:
            return "code as its label"
        case ValueKind.CODES:
            return "codes as their labels"
        case ValueKind.TERM:
            return f"written as {policy.term_template}"
        case ValueKind.IDENTIFIER | ValueKind.DIGITS:
            return "as it is, zeros too"
        case _:
            return "trimmed"
