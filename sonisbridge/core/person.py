"""A person as SONIS holds them, cleaned of padding, with every row that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, NewType

SonisId = NewType("SonisId", str)
"""The person's key in SONIS: opaque text, trimmed, never a number."""

EXPORTED_STATUSES = ("ST", "AP", "PS", "AL")
"""Module statuses that are exported (rule 3.3), the likelier owner of a shared address first (5.3)."""


class StatusHeld(NamedTuple):
    """A module status that the person holds; several at once are normal."""

    code: str
    since: date | None = None


class Address(NamedTuple):
    """One address row. Texts are trimmed; "" means that SONIS is silent."""

    rid: str
    preferred: bool = False
    street: tuple[str, str, str] = ("", "", "")
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country: str = ""
    email: str = ""
    email2: str = ""
    phone: str = ""
    cell_phone: str = ""
    text_me: bool = False


class Program(NamedTuple):
    """One application or program row (approg)."""

    rid: str
    code: str
    entry_date: date | None = None
    school_year: str = ""
    semester: str = ""
    preferred: bool = False
    ranking: int | None = None
    disabled: bool = False


class Inquiry(NamedTuple):
    """The prospect row: how the person first came to the institution."""

    date_received: date | None = None
    hs_grad_year: str = ""
    inquiry_type: str = ""
    agency: str = ""
    memo1: str = ""
    high_school: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person with everything that a mapping may use. The order of rows never matters."""

    sonis_id: SonisId
    first_name: str = ""
    last_name: str = ""
    nickname: str = ""
    birthdate: date | None = None
    disabled: bool = False
    deceased: bool = False
    excl_mailing: bool = False
    privacy_hold: bool = False
    """Marked in the column that the institution named for it, if it named one (rule 3.3)."""
    statuses: tuple[StatusHeld, ...] = ()
    addresses: tuple[Address, ...] = ()
    programs: tuple[Program, ...] = ()
    refer_by: tuple[str, ...] = ()
    inquiry: Inquiry = field(default_factory=Inquiry)

    @property
    def status(self) -> str:
        """The module status that is sent (rule 3.3), "" when the person holds none that is exported."""
        return chosen_status(self.statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What matching needs of a person: names, addresses as written, status. One a name record."""

    sonis_id: SonisId
    first_name: str = ""
    last_name: str = ""
    nickname: str = ""
    email: str = ""
    """E-mail of the chosen address (rule 3.2), as written."""
    email2: str = ""
    all_emails: tuple[str, ...] = ()
    """Every e-mail and e-mail 2 of every address row, as written."""
    status: str = ""
    """The module status that is sent (rule 3.3), "" when the person holds none that is exported."""
    disabled: bool = False
    deceased: bool = False
    excl_mailing: bool = False
    privacy_hold: bool = False
    """Marked in the column that the institution named for it, if it named one (rule 3.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The code tables of SONIS: code to text, codes and texts trimmed."""

    program: dict[str, str] = field(default_factory=dict)
    semester: dict[str, str] = field(default_factory=dict)
    inquiry_type: dict[str, str] = field(default_factory=dict)
    refer_by: dict[str, str] = field(default_factory=dict)
    module_status: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)


def chosen_address(addresses: tuple[Address, ...]) -> Address | None:
    """The address that counts: preferred first, then the lowest row id (rule 3.2)."""
    if len(addresses) == 1:
        return addresses[0]
    return min(addresses, key=lambda row: (not row.preferred, _rid_order(row.rid)), default=None)


def _rid_order(rid: str) -> tuple[int, str, str]:
    """Row ids are digits kept as text: 9 comes before 10, and any other text orders as it is."""
    digits = rid.lstrip("0") if rid.isdecimal() else rid
    return (len(digits) if rid.isdecimal() else 0, digits, rid)


def chosen_program(programs: tuple[Program, ...]) -> Program | None:
    """The program that counts (rule 3.2), None when every one is disabled.

    Preferred, then ranking (0 and blank last), latest entry date (blank last), lowest row id.
    """

    def order(row: Program) -> tuple[bool, bool, int, int, tuple[int, str, str]]:
        entered = row.entry_date.toordinal() if row.entry_date else 0
        return (not row.preferred, not row.ranking, row.ranking or 0, -entered, _rid_order(row.rid))

    enabled = [row for row in programs if not row.disabled]
    return enabled[0] if len(enabled) == 1 else min(enabled, key=order, default=None)


_LATER_STATUS = {"AL": 3, "ST": 2, "AP": 1, "PS": 0}


def chosen_status(statuses: tuple[StatusHeld, ...]) -> str:
    """The module status that is sent, "" when the person holds none that is exported (rule 3.3).

    The latest by date, undated last, equal dates AL > ST > AP > PS.
    """
    held = [row for row in statuses if row.code in _LATER_STATUS]
    if len(held) < 2:
        return held[0].code if held else ""
    return max(held, key=lambda row: (row.since or date.min, _LATER_STATUS[row.code])).code


def preferred_address_count(addresses: tuple[Address, ...]) -> int:
    """How many rows are marked preferred; all but one is a data-quality warning (rule 3.2)."""
    return sum(1 for row in addresses if row.preferred)
