"""Schedules and starts as the pages list them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from sonisbridge.core.schedule import next_due_times, spoken
from sonisbridge.store import schedules as stored
from sonisbridge.store.timed_models import ScheduledStart, ScheduleRow
from sonisbridge.sync import timed
from sonisbridge.web.listing import Column, Listing
from sonisbridge.web.pages import Request

from .forms import SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLine:
    """One start, and what is to be said of it besides how its runs stand."""

    start: ScheduledStart
    note: str

    @classmethod
    def of(cls, start: ScheduledStart) -> StartLine:
        """The line of that start."""
        return cls(start=start, note=timed.note(start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One schedule with everything that is shown of it."""

    row: ScheduleRow
    words: str
    due: tuple[datetime, ...]
    last: StartLine | None

    @property
    def state(self) -> str:
        """How it stands, in a word."""
        if self.last is not None and self.last.start.state in stored.GOING:
            return "running"
        if self.row.paused:
            return "paused"
        return "on" if self.due else "over"


def lines(rows: Iterable[ScheduleRow]) -> list[Line]:
    """Those schedules with their next times and last starts."""
    found, now = list(rows), timezone.now()
    last = stored.last_starts(found)
    return [_line(row, last.get(row.pk), now) for row in found]


def _line(row: ScheduleRow, last: ScheduledStart | None, now: datetime) -> Line:
    schedule = stored.schedule_of(row)
    return Line(
        row=row,
        words=spoken(schedule),
        due=() if row.paused else next_due_times(schedule, now, SHOWN),
        last=StartLine.of(last) if last else None,
    )


def _prepare(_request: Request, rows: list[Any]) -> list[Line]:
    return lines(rows)


def _next(line: Line) -> str:
    return "; ".join(timezone.localtime(due).isoformat(" ", timespec="minutes") for due in line.due)


SCHEDULES = Listing(
    name="schedules",
    columns=(
        Column(key="task", title="Task Name", text=lambda line: line.row.task, order=("task", "pk")),
        Column(key="frequency", title="Frequency", text=lambda line: line.words, order=("frequency", "start_time")),
        Column(key="next", title="Next five runs", text=_next, order=("next_due",)),
        Column(key="last", title="Last result", text=lambda line: timed.results(line.last.start) if line.last else ""),
        Column(key="state", title="State", text=lambda line: line.state),
    ),
    row_template="web/timed/row.html",
    sort="task",
    prepare=_prepare,
)
