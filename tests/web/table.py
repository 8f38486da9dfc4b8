"""The URL table as the tests walk it: a page that is added later is tried without anybody saying so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver

from sonisbridge.core.roles import Right
from sonisbridge.store.models import (
    ApiToken,
    ImportedContact,
    Institution,
    Link,
    MirrorContact,
    OpenConflict,
    PlanLine,
    Run,
)
from sonisbridge.store.timed_models import Assignment, NoticeGroup, Reminder, ScheduleRow
from sonisbridge.web.pages import Anybody

_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the URL table."""

    name: str
    route: str
    needs: Right | Anybody | None
    """None: the page was put there without `page`, and nothing guards it."""
    by_token: bool
    """It is for programs, and asks for a personal token."""

    @property
    def of_institution(self) -> bool:
        """Whether it is of one institution."""
        return self.route.startswith("<int:institution_id>/")

    @property
    def parameters(self) -> list[str]:
        """The names that stand in its route."""
        return [found[2] for found in _PLACE.finditer(self.route)]

    def address(self, samples: Mapping[str, Any]) -> str:
        """Its address with such values. Fails for a name that no sample is known for."""
        lacking = [name for name in self.parameters if name not in samples]
        assert not lacking, f"{self.route}: say in tests/web/table.py what a good {lacking[0]} is"
        return "/" + _PLACE.sub(lambda found: str(samples[found[2]]), self.route)


@cache
def table() -> tuple[Row, ...]:
    """Every row."""
    return tuple(_rows(get_resolver().url_patterns, ""))


def _rows(patterns: list[Any], before: str) -> Iterator[Row]:
    for item in patterns:
        route = before + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _rows(item.url_patterns, route)
        elif isinstance(item, URLPattern):
            yield Row(
                name=item.name or "",
                route=route,
                needs=getattr(item.callback, "needs", None),
                by_token=getattr(item.callback, "by_token", False),
            )


def samples(institution: Institution) -> dict[str, Any]:
    """A good value for each name in a route: what the institution has, else a number that names nothing."""
    run = Run.objects.filter(institution=institution).exclude(counts={}).order_by("pk").last()
    run = run or Run.objects.filter(institution=institution).last()
    line = PlanLine.objects.filter(run=run).first() if run else None
    link = Link.objects.filter(institution=institution).first()
    contact = MirrorContact.objects.filter(institution=institution).first()
    conflict = OpenConflict.objects.filter(institution=institution).first()
    prospect = ImportedContact.objects.filter(institution=institution).first()
    user = User.objects.order_by("pk").first()
    token = ApiToken.objects.first()
    schedule = ScheduleRow.objects.filter(institution=institution).first()
    assignment = Assignment.objects.filter(institution=institution).first()
    group = NoticeGroup.objects.filter(institution=institution).first()
    reminder = Reminder.objects.first()
    return {
        "institution_id": institution.pk,
        "run_id": run.pk if run else 1,
        "position": line.position if line else 1,
        "sonis_id": link.sonis_id if link else "AB1234567",
        "contact_id": contact.contact_id if contact else 1,
        "conflict_id": conflict.pk if conflict else 1,
        "row_id": prospect.row_id if prospect else "20261123-0001",
        "user_id": user.pk if user else 1,
        "token_id": token.pk if token else 1,
        "schedule_id": schedule.pk if schedule else 1,
        "assignment_id": assignment.pk if assignment else 1,
        "group_id": group.pk if group else 1,
        "reminder_id": reminder.pk if reminder else 1,
        "hook_token": "no-such-token",
    }
