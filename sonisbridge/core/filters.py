"""Which people an export is about: repeatable values, OR within one filter and AND between filters (rule 16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of an export; an empty one means everybody. Codes are trimmed."""

    sonis_id: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    campus: tuple[str, ...] = ()
    division: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    school_year: tuple[str, ...] = ()
    semester: tuple[str, ...] = ()
    inquiry_type: tuple[str, ...] = ()
    agency: tuple[str, ...] = ()
    refer_by: tuple[str, ...] = ()
    received_from: date | None = None
    received_to: date | None = None
    entry_from: date | None = None
    entry_to: date | None = None

    @property
    def everybody(self) -> bool:
        """Whether nothing is filtered."""
        return self == Filters()


TITLES: Mapping[str, str] = {
    "sonis_id": "SONIS ID", "status": "Status", "campus": "Campus", "division": "Division", "department": "Department",
    "level": "Level", "program": "Program", "school_year": "School year", "semester": "Semester",
    "inquiry_type": "Inquiry type", "agency": "Agency", "refer_by": "Refer-by", "received_from": "Received from",
    "received_to": "Received to", "entry_from": "Entry from", "entry_to": "Entry to",
}  # fmt: skip
"""What pages call each filter."""

_SHOWN = 4


def in_words(filters: Filters, texts: Mapping[str, Mapping[str, str]]) -> str:
    """The filters as a phrase, "Everybody" without one. `texts`: filter to code to its text."""
    return "; ".join(_parts(filters, texts)) or "Everybody"


def _parts(filters: Filters, texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for name, title in TITLES.items():
        value = getattr(filters, name)
        if not value:
            continue
        if isinstance(value, date):
            yield f"{title} {value.day} {value:%b %Y}"
            continue
        known = texts.get(name, {})
        shown = [known.get(code, code) for code in value[:_SHOWN]]
        if len(value) > _SHOWN:
            shown = [*shown[:-1], f"{len(value) - _SHOWN + 1} more"]
        yield f"{title} {', '.join(shown[:-1])}{' or ' if len(shown) > 1 else ''}{shown[-1]}"
