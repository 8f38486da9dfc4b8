"""The filters of an export before it starts: what can be chosen, whom they name, what is wrong with them (rule 16)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sonisbridge.core.filters import Filters
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution

from .sides import open_sonis

KEPT_FOR = timedelta(minutes=10)
"""So long the choices that SONIS offered are shown without asking it again."""

Choices = Mapping[str, Mapping[str, str]]
"""Filter to code to text."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the filters come to."""

    people: int
    """How many people they name who hold an exported status."""
    problems: Mapping[str, tuple[str, ...]]
    """Filter to what is wrong with its values, one sentence each."""


def choices(institution: Institution) -> Choices:
    """What can be chosen for each filter of codes, as SONIS had it some minutes ago at most.

    Raises StopRunError when SONIS does not answer and was never read.
    """
    now = timezone.now()
    read = institution.choices_read_at
    if read is None or now - read > KEPT_FOR:
        sonis = open_sonis(institutions.connections(institution))
        try:
            institutions.keep_choices(institution, sonis.filter_choices(), at=now)
        finally:
            sonis.close()
    return choices_as_last_read(institution)


def choices_as_last_read(institution: Institution) -> Choices:
    """The same without asking SONIS; empty when it was never read."""
    return {name: dict(pairs) for name, pairs in institution.choices_copy.items()}


def named(institution: Institution, filters: Filters) -> Named:
    """Whom the filters name. Raises StopRunError when SONIS does not answer."""
    sonis = open_sonis(institutions.connections(institution))
    try:
        problems = {}
        for item in dataclasses.fields(Filters):
            value = getattr(filters, item.name)
            if value and isinstance(value, tuple):
                alone: dict[str, Any] = {item.name: value}
                if found := sonis.filter_problems(Filters(**alone)):
                    problems[item.name] = tuple(found)
        return Named(people=sonis.count(filters), problems=problems)
    finally:
        sonis.close()
