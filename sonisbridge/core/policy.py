"""What an institution has chosen, as one value; each choice has a default that suits most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The institution's choices that the core needs. Names are the keys of `institution set`."""

    time_zone: str = "America/New_York"
    country: str = "US"
    placeholder_birthdates: tuple[date, ...] = (date(1900, 1, 1),)
    program_as: str = "name"
    """Program of Interest by "name" or "code"."""
    term_template: str = "{term} {year}"
    """How a term is written.

    `{term}` is the semester's text, `{year}` the calendar year, `{code}` the year code.
    """
    term_years: Mapping[str, str] = field(default_factory=dict)
    """Semester code to "first" or "second": the year that it lies in, where its text misleads."""
    account_name: str = "SONIS"
    exclude_excl_mailing: bool = False
    automations: bool = False
    """Whether an export may start automations (rule 6.4)."""
    inquiry_type_code: str = "ACTIVECAMP"
    import_mode: str = "stage"
    """"stage" (a web prospect that waits) or "direct" (the person at once), rule 7.3."""
    unsubscribed_any_list: bool = False
    hold_possible_duplicates: bool = False
    hold_changed_percent: int = 30
    hold_changed_count: int = 50
    contact_limit: int | None = None
    """How many contacts the account's plan allows; None = not checked (rule 6.8)."""
    bulk_one_per_minute: int = 20
    bulk_many_per_minute: int = 100
    """Bulk requests a minute that the account allows, with one contact and with several (rule 4.2)."""
    watch_minutes: int = 0
    """Minutes between two looks at who changed in SONIS; 0 = nobody looks (rule 9.2)."""
    reserve: float = 0.76
    """Requests a second left to other integrations of the account (rule 4.2)."""
