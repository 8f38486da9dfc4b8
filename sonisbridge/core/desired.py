"""PersonRecord → DesiredContact: what SONIS says of a person, in ActiveCampaign's spelling (rule 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .contact import ContactField, ContactFields, FieldId
from .errors import WrongSettingsError
from .field_mapping import CHOICE_KINDS, SEVERAL_KINDS, FieldMapping, FieldMappingRow
from .labels import INQUIRY_TYPE, PROGRAM, REFER_BY, STATUS, TERM, Labels
from .person import (
    Address,
    Codes,
    PersonRecord,
    Program,
    SonisId,
    chosen_address,
    chosen_program,
    chosen_status,
    preferred_address_count,
)
from .policy import Policy
from .values import clean_phone, email_key, good_email, joined_options, many_lines, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredContact:
    """What a person's contact should hold."""

    sonis_id: SonisId
    email: str
    """The e-mail address as it is sent, "" when it is blank or malformed."""
    email2: str
    """The second address likewise, "" also when it is the first one again."""
    email_given: bool
    """Whether SONIS has anything at all in either place."""
    values: Mapping[FieldId, str]
    """Every mapped field but the e-mail address, encoded for its type; "" = SONIS is silent."""
    notes: tuple[str, ...] = ()
    """What to look at in SONIS or in the mapping, in plain words and without personal data."""


@dataclass(slots=True, kw_only=True)
class _Facts:
    """One person with the rows that count, and what was noticed on the way."""

    person: PersonRecord
    address: Address
    program: Program
    notes: list[str] = field(default_factory=list)


_NO_ADDRESS = Address(rid="")
_NO_PROGRAM = Program(rid="", code="")

_Text = Callable[[_Facts], str]
_Day = Callable[[_Facts], date | None]
_Words = Callable[[_Facts], list[str]]
_Reader = Callable[[_Facts], str]

_TEXTS: Mapping[str, _Text] = {
    "name.sonis_id": lambda facts: facts.person.sonis_id,
    "name.first_name": lambda facts: facts.person.first_name,
    "name.last_name": lambda facts: facts.person.last_name,
    "name.nickname": lambda facts: facts.person.nickname,
    "prospect.memo1": lambda facts: facts.person.inquiry.memo1,
    "prospect.agency": lambda facts: facts.person.inquiry.agency,
    "prospect.undergrd_attnd": lambda facts: facts.person.inquiry.high_school,
    "address.street": lambda facts: ", ".join(line for line in map(one_line, facts.address.street) if line),
    "address.city": lambda facts: facts.address.city,
    "address.state": lambda facts: facts.address.state,
    "address.zip": lambda facts: facts.address.zip_code,
    "address.email2": lambda facts: facts.address.email2,
    "address.text_me": lambda facts: "Yes" if facts.address.text_me else "No",
}
_PHONES: Mapping[str, _Text] = {
    "address.phone": lambda facts: facts.address.phone,
    "address.cell_phone": lambda facts: facts.address.cell_phone,
}
_DAYS: Mapping[str, _Day] = {
    "prospect.date_rec": lambda facts: facts.person.inquiry.date_received,
    "approg.progentry_date": lambda facts: facts.program.entry_date,
}
_YEAR = re.compile(r"(?:19|20|21)\d\d", re.ASCII)
_GRADUATION_MONTH, _GRADUATION_DAY = 5, 30


class ContactMaker:
    """Makes the desired contact of each person; mapping, fields and codes are compiled once.

    `began_in_activecampaign` are the people whom SONIS made from an import of ours (rule 7.3). Raises
    WrongSettingsError when the institution's time zone is unknown.
    """

    def __init__(
        self,
        mapping: FieldMapping,
        fields: ContactFields,
        codes: Codes,
        policy: Policy,
        began_in_activecampaign: frozenset[SonisId] = frozenset(),
    ) -> None:
        self._policy = policy
        self._zone = zone_of(policy)
        self._labels = Labels(mapping.translations, codes, policy)
        self._began = began_in_activecampaign
        self._term = lru_cache(maxsize=4096)(self._written_term)
        self._readers: list[tuple[FieldId, _Reader]] = []
        for row in sorted(mapping.rows, key=lambda row: (row.field_id, row.data_point)):
            target = fields.get(row.field_id)
            if target is not None and row.data_point != "address.email":
                reader = self._reader(row, target)
                if reader is not None:
                    self._readers.append((row.field_id, reader))

    def desired(self, person: PersonRecord) -> DesiredContact:
        """What the person's contact should hold. Never raises, and the order of rows never matters."""
        address = chosen_address(person.addresses) or _NO_ADDRESS
        facts = _Facts(
            person=person,
            address=address,
            program=chosen_program(person.programs) or _NO_PROGRAM,
        )
        if person.addresses:
            _note_preferred(facts)
        email = good_email(address.email) or ""
        email2 = good_email(address.email2) or ""
        given, given2 = address.email.strip(), address.email2.strip()
        if given and not email:
            facts.notes.append("The e-mail address in SONIS is not a valid one.")
        if given2 and not email2:
            facts.notes.append("E-mail 2 in SONIS is not a valid address.")
        return DesiredContact(
            sonis_id=person.sonis_id,
            email=email,
            email2="" if email_key(email2) == email_key(email) else email2,
            email_given=bool(given or given2),
            values={field_id: read(facts) for field_id, read in self._readers},
            notes=tuple(dict.fromkeys(facts.notes)),
        )

    def _reader(self, row: FieldMappingRow, target: ContactField) -> _Reader | None:
        """What reads one data point and encodes it for one field; None for an unknown data point."""
        key = row.data_point
        if key in _TEXTS:
            return _encoded(_TEXTS[key], target)
        if key in _PHONES:
            return _encoded(self._phone(_PHONES[key]), target)
        days = {**_DAYS, "name.birthdate": self._birthdate, "prospect.hs_grad_year": _graduation}
        if key in days:
            return _encoded_day(days[key], target, self._zone)
        words = self._words(key, target)
        return None if words is None else _encoded_words(words, target)

    def _words(self, key: str, target: ContactField) -> _Words | None:
        """What reads a data point with codes as words, none where SONIS is silent."""
        choice = target.kind in CHOICE_KINDS
        if key == REFER_BY:
            return lambda facts: [
                label
                for code in sorted(set(facts.person.refer_by))
                if (label := self._label(facts, REFER_BY, code, choice=choice))
            ]
        if key == TERM:
            return lambda facts: self._term_words(facts, choice=choice)
        codes: Mapping[str, _Text] = {
            STATUS: lambda facts: chosen_status(facts.person.statuses),
            PROGRAM: lambda facts: facts.program.code,
            INQUIRY_TYPE: self._inquiry_type,
        }
        if key not in codes:
            return None
        code_of = codes[key]
        return lambda facts: [self._label(facts, key, code_of(facts), choice=choice)]

    def _label(self, facts: _Facts, key: str, code: str, *, choice: bool) -> str:
        """The label of a code. Without one, a text gets the code itself and a choice nothing."""
        code = code.strip()
        if not code:
            return ""
        label = self._labels.label(key, code)
        if label:
            return label
        facts.notes.append(f"{key}: code {code} has no label; it was {'left blank' if choice else 'sent as it is'}.")
        return "" if choice else code

    def _inquiry_type(self, facts: _Facts) -> str:
        given = facts.person.inquiry.inquiry_type.strip()
        if given or facts.person.sonis_id not in self._began:
            return given
        return self._policy.inquiry_type_code

    def _term_words(self, facts: _Facts, *, choice: bool) -> list[str]:
        year, semester = facts.program.school_year.strip(), facts.program.semester.strip()
        if not year and not semester:
            return []
        name = self._label(facts, TERM, semester, choice=choice)
        if choice and semester and not name:
            return []
        return [self._term(year, semester, name)]

    def _written_term(self, year: str, semester: str, name: str) -> str:
        """A term as the institution writes it: "Fall 2027" for year code 202728."""
        values = {"term": name, "year": self._calendar_year(year, semester, name), "code": year}
        written = _PLACE.sub(lambda found: values[found[1]], self._policy.term_template)
        return " ".join(written.split())

    def _calendar_year(self, year: str, semester: str, name: str) -> str:
        years = school_years(year)
        if years is None or not semester:
            return year
        chosen = self._policy.term_years.get(semester, "").strip().lower()
        first = chosen == "first" if chosen in {"first", "second"} else _autumnal(name)
        return str(years[0] if first else years[1])

    def _phone(self, number: _Text) -> _Text:
        country = self._policy.country
        return lambda facts: clean_phone(text, country) if (text := number(facts)) else ""

    def _birthdate(self, facts: _Facts) -> date | None:
        day = facts.person.birthdate
        return None if day in self._policy.placeholder_birthdates else day


_PLACE = re.compile(r"\{(term|year|code)\}")
_AUTUMN = re.compile(r"\b(?:fall|autumn)\b", re.IGNORECASE)
_SCHOOL_YEAR = re.compile(r"(\d{4})(\d{2})", re.ASCII)


def _autumnal(name: str) -> bool:
    return _AUTUMN.search(name) is not None


def school_years(code: str) -> tuple[int, int] | None:
    """The two calendar years of a year code such as 202728; None for a code of another form."""
    found = _SCHOOL_YEAR.fullmatch(code)
    if found is None:
        return None
    first, second = int(found[1]), int(found[1]) + 1
    return (first, second) if second % 100 == int(found[2]) else None


def zone_of(policy: Policy) -> ZoneInfo:
    """The institution's time zone. Raises WrongSettingsError when there is none of that name."""
    try:
        return ZoneInfo(policy.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WrongSettingsError(
            f"The time zone {policy.time_zone!r} is unknown: choose one such as America/New_York."
        ) from error


def _note_preferred(facts: _Facts) -> None:
    preferred = preferred_address_count(facts.person.addresses)
    if preferred == 0:
        facts.notes.append("No address is marked as preferred; that with the lowest row id counts.")
    elif preferred > 1:
        facts.notes.append("Several addresses are marked as preferred; of these that with the lowest row id counts.")


def _graduation(facts: _Facts) -> date | None:
    written = facts.person.inquiry.hs_grad_year.strip()
    if not written.strip("0"):
        return None
    if not _YEAR.fullmatch(written):
        facts.notes.append("The high school graduation year in SONIS is not a year.")
        return None
    return date(int(written), _GRADUATION_MONTH, _GRADUATION_DAY)


def _encoded(text: _Text, target: ContactField) -> _Reader:
    """A reader of a plain text, encoded for the field's type."""
    if target.kind in CHOICE_KINDS:
        return _encoded_words(lambda facts: [text(facts)], target)
    if target.kind == "textarea":
        return lambda facts: many_lines(text(facts))
    return lambda facts: one_line(text(facts))


def _encoded_day(day: _Day, target: ContactField, zone: ZoneInfo) -> _Reader:
    """A reader of a date: ISO, and midnight in the institution's zone where the field has a time."""
    if target.kind == "datetime":
        return lambda facts: datetime.combine(found, time(), zone).isoformat() if (found := day(facts)) else ""
    return _encoded(lambda facts: found.isoformat() if (found := day(facts)) else "", target)


def _encoded_words(words: _Words, target: ContactField) -> _Reader:
    """A reader of words: what the field offers of them, or in a text field all, joined."""
    if target.kind not in CHOICE_KINDS:
        tidy = many_lines if target.kind == "textarea" else one_line
        return lambda facts: tidy(", ".join(dict.fromkeys(filter(None, words(facts)))))
    offered = {option.strip(): option for option in target.options}
    several = target.kind in SEVERAL_KINDS

    def read(facts: _Facts) -> str:
        kept: dict[str, None] = {}
        for word in words(facts):
            text = one_line(word)
            if not text:
                continue
            if several and "||" in text:
                facts.notes.append(f"{target.title} cannot hold a value with ||; it was left out.")
            elif text not in offered:
                facts.notes.append(f"{target.title} has no option for a value; it was left out.")
            else:
                kept[offered[text]] = None
        if several:
            return joined_options(list(kept))
        if len(kept) > 1:
            facts.notes.append(f"{target.title} holds one option; the first of several was taken.")
        return next(iter(kept), "")

    return read
