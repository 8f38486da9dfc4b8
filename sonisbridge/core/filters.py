"""Which people an export is about: repeatable values, OR within one filter and AND between filters (rule 16)."""

from __future__ import annotations

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
