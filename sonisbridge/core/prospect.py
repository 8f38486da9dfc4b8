"""An unmatched contact as the web prospect that SONIS will hold (rule 7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MINYEAR, date, datetime

from .contact import EMAIL, FIRST_NAME, LAST_NAME, Contact, ContactFields, ContactId
from .desired import zone_of
from .errors import SkipRecordError
from .field_mapping import SEVERAL_KINDS, FieldMapping
from .labels import BEGAN_IN_ACTIVECAMPAIGN, PROGRAM, REFER_BY, Labels
from .person import Codes
from .policy import Policy
from .values import clean_phone, good_email, many_lines, one_line, read_day, read_instant, split_options


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProspect:
    """What an import writes to SONIS for one contact. Every text fits its column; "" and None mean blank."""

    contact_id: ContactId
    first_name: str
    last_name: str
    email: str
    submitted: date
    nickname: str = ""
    birthdate: date | None = None
    street: tuple[str, str, str] = ("", "", "")
    city: str = ""
    state: str = ""
    zip_code: str = ""
    phone: str = ""
    cell_phone: str = ""
    term_interest: str = ""
    refer_by: str = ""
    program: str = ""
    memo1: str = ""
    high_school: str = ""
    # The rest have no column among web prospects; they are written at conversion or in direct mode.
    inquiry_type: str = ""
    email2: str = ""
    agency: str = ""
    hs_grad_year: str = ""
    text_me: bool = False
    left_over: Mapping[str, str] = field(default_factory=dict)
    """Data point to the whole text of what was cut or left blank because it does not fit."""

    @property
    def row_id(self) -> str:
        """The key of its web-prospect row: 18 digits, always the same for one contact, so that it cannot stand twice."""
        return f"{self.submitted:%Y%m%d}{int(self.contact_id):010d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingProspect:
    """A web prospect in SONIS, wherever it came from. `sonis_id` is set once somebody converted it."""

    row_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    submitted: date | None = None
    program: str = ""
    incomplete: bool = False
    contact_id: str = ""
    """ActiveCampaign's contact id when an import of ours made the row, else ""."""
    sonis_id: str = ""


# How many characters the columns take (docs/sonis.md, section 2).
NAME_LENGTH = 30
STREET_LENGTH = 50
CITY_LENGTH = 30
ZIP_LENGTH = 10
PHONE_LENGTH = 20
EMAIL_LENGTH = 50
TERM_LENGTH = 20
CODE_LENGTH = 10
MEMO_LENGTH = 255
AGENCY_LENGTH = 40
HIGH_SCHOOL_LENGTH = 50
_FIRST_YEAR = 1753  # SQL Server's DATETIME knows none before


def missing_required(contact: Contact) -> tuple[str, ...]:
    """What SONIS requires and the contact lacks, in words; empty when nothing is missing (rule 7.2)."""
    missing = []
    if not one_line(contact.value(FIRST_NAME)):
        missing.append("a first name")
    if not one_line(contact.value(LAST_NAME)):
        missing.append("a last name")
    email = good_email(contact.value(EMAIL))
    if not email:
        missing.append("a valid e-mail address")
    elif len(email) > EMAIL_LENGTH:
        missing.append(f"an e-mail address of at most {EMAIL_LENGTH} characters")
    return tuple(missing)


def new_prospect(
    contact: Contact, mapping: FieldMapping, fields: ContactFields, codes: Codes, policy: Policy
) -> NewProspect:
    """The web prospect that a contact becomes: the field mapping read backwards (rule 7.3).

    Raises SkipRecordError for a contact without a creation date: ActiveCampaign gives every contact one, so the
    contact was not read whole, and the date is part of the row's key.
    """
    if contact.created is None:
        raise SkipRecordError(
            f"Contact {contact.contact_id} came without its creation date; the next import reads it again."
        )
    form = _Form(contact, mapping, fields, codes, policy)
    return NewProspect(
        contact_id=contact.contact_id,
        first_name=form.text("name.first_name", NAME_LENGTH, instead=contact.value(FIRST_NAME)),
        last_name=form.text("name.last_name", NAME_LENGTH, instead=contact.value(LAST_NAME)),
        email=form.fitting("address.email", EMAIL_LENGTH, good_email(contact.value(EMAIL)) or ""),
        submitted=_local_day(contact.created, policy),
        nickname=form.text("name.nickname", NAME_LENGTH),
        birthdate=form.birthdate(),
        street=form.street(),
        city=form.text("address.city", CITY_LENGTH),
        state=form.state(),
        zip_code=form.fitting("address.zip", ZIP_LENGTH, form.value("address.zip")),
        phone=form.phone("address.phone"),
        cell_phone=form.phone("address.cell_phone"),
        term_interest=form.text("approg.term", TERM_LENGTH),
        refer_by=form.code(REFER_BY),
        program=form.code(PROGRAM),
        memo1=form.memo(),
        high_school=form.text("prospect.undergrd_attnd", HIGH_SCHOOL_LENGTH),
        inquiry_type=form.inquiry_type(),
        email2=form.fitting("address.email2", EMAIL_LENGTH, form.value("address.email2")),
        agency=form.text("prospect.agency", AGENCY_LENGTH),
        hs_grad_year=form.graduation_year(),
        text_me=form.value("address.text_me").casefold() in _CONSENT,
        left_over=form.left_over,
    )


_CONSENT = frozenset({"yes", "y", "true", "1"})
_YEAR = re.compile(r"(?:19|20|21)\d\d", re.ASCII)
_AMERICAN_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


class _Form:
    """One contact's values by data point; what does not fit is kept in `left_over`."""

    def __init__(
        self, contact: Contact, mapping: FieldMapping, fields: ContactFields, codes: Codes, policy: Policy
    ) -> None:
        self.left_over: dict[str, str] = {}
        self._policy = policy
        self._states = codes.state
        self._inquiry_types = codes.inquiry_type
        self._labels = Labels(mapping.translations, codes, policy)
        self._whole: dict[str, str] = {}
        self._several: set[str] = set()
        for row in mapping.rows:
            target = fields.get(row.field_id)
            self._whole.setdefault(row.data_point, contact.value(row.field_id))
            if target is not None and target.kind in SEVERAL_KINDS:
                self._several.add(row.data_point)

    def _written(self, key: str) -> str:
        whole = self._whole.get(key, "")
        return ", ".join(split_options(whole)) if key in self._several else whole

    def value(self, key: str) -> str:
        """What the contact says, on one line; several options are joined with ", "."""
        return one_line(self._written(key))

    def _blank(self, key: str, whole: str = "") -> str:
        """Keep the whole text aside and leave the value blank."""
        self.left_over[key] = whole or self._whole.get(key, "")
        return ""

    def _cut(self, key: str, text: str, length: int) -> str:
        if len(text) > length:
            self._blank(key, text)
        return text[:length].strip()

    def text(self, key: str, length: int, *, instead: str = "") -> str:
        """Free text, cut to the length."""
        return self._cut(key, self.value(key) or one_line(instead), length)

    def memo(self) -> str:
        """Free text of several lines, cut to the length."""
        return self._cut("prospect.memo1", many_lines(self._written("prospect.memo1")), MEMO_LENGTH)

    def fitting(self, key: str, length: int, text: str) -> str:
        """The text where it fits; it would be wrong when cut, so else it is left blank."""
        return text if len(text) <= length else self._blank(key, text)

    def phone(self, key: str) -> str:
        """The number in E.164 or as written."""
        written = self.value(key)
        return self.fitting(key, PHONE_LENGTH, clean_phone(written, self._policy.country) if written else "")

    def street(self) -> tuple[str, str, str]:
        """The address on up to three lines, broken where an export joined them."""
        key = "address.street"
        written = self._written(key)
        parts = [part for line in written.splitlines() for part in map(str.strip, line.split(", ")) if part]
        lines = _packed(parts)
        if any(len(line) > STREET_LENGTH for line in lines):
            self._blank(key)
        first, second, third, *_ = (*(line[:STREET_LENGTH].strip() for line in lines), "", "", "")
        return first, second, third

    def state(self) -> str:
        """The two-letter code of a state's name or code; blank for another where the state table is known."""
        written = self.value("address.state")
        wanted = written.casefold()
        for code, name in sorted(self._states.items()):
            if wanted and wanted in (code.strip().casefold(), name.strip().casefold()):
                return self.fitting("address.state", 2, code.strip())
        if not written or (not self._states and len(written) == 2):
            return written.upper()
        return self._blank("address.state")

    def code(self, key: str) -> str:
        """The code of a label; of several, the first that has one."""
        written = self.value(key)
        if not written:
            return ""
        code = self._labels.code(key, written)
        if not code and key == REFER_BY:
            code = next(filter(None, (self._labels.code(key, part) for part in self._parts(key))), "")
            self._blank(key)
        return code if 0 < len(code) <= CODE_LENGTH else self._blank(key)

    def _parts(self, key: str) -> Iterable[str]:
        return split_options(self._whole[key]) if key in self._several else self.value(key).split(", ")

    def inquiry_type(self) -> str:
        """The code of those who began in ActiveCampaign: the setting, where SONIS lacks it the one with that text."""
        code = self._policy.inquiry_type_code.strip()
        if code not in self._inquiry_types:
            code = self._code_by_text() or code
        return code if len(code) <= CODE_LENGTH else ""

    def _code_by_text(self) -> str:
        wanted = BEGAN_IN_ACTIVECAMPAIGN.casefold()
        own = (code for code, text in sorted(self._inquiry_types.items()) if one_line(text).casefold() == wanted)
        return next(own, "")

    def birthdate(self) -> date | None:
        """The birthdate, None for a placeholder."""
        day = self._day("name.birthdate")
        return None if day in self._policy.placeholder_birthdates else day

    def graduation_year(self) -> str:
        """The year of a graduation date, or a year alone."""
        key = "prospect.hs_grad_year"
        written = self.value(key)
        if not written or _YEAR.fullmatch(written):
            return written
        day = self._day(key)
        return f"{day.year:04d}" if day else ""

    def _day(self, key: str) -> date | None:
        written = self.value(key)
        if not written or written.startswith("0000-00-00"):
            return None
        day = self._read_day(written)
        if day is None or day.year < _FIRST_YEAR:
            self._blank(key)
            return None
        return day

    def _read_day(self, written: str) -> date | None:
        """An ISO date, the local day of a moment, or for the United States month/day/year."""
        moment = read_instant(written)
        if moment is not None and moment.tzinfo is not None and MINYEAR < moment.year < 9999:
            return _local_day(moment, self._policy)
        american = _AMERICAN_DATE.fullmatch(written)
        if american and self._policy.country == "US":
            written = f"{american[3]}-{american[1]:>02}-{american[2]:>02}"
        return read_day(written)


def _local_day(moment: datetime, policy: Policy) -> date:
    """The moment's day in the institution's zone; a moment without a zone is taken as local already."""
    return moment.astimezone(zone_of(policy)).date() if moment.tzinfo else moment.date()


def _packed(parts: list[str]) -> list[str]:
    """At most three lines: a part each where that is enough, else as many parts a line as fit, the rest in the last."""
    if len(parts) <= 3:
        return parts
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]}, {part}"
        if len(lines) == 3 or len(joined) <= STREET_LENGTH:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines
