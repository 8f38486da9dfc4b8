"""Schedules, and the starts that came of them (rule 9). Every change of a start is a conditional update that one caller wins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Min, QuerySet

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.schedule import Frequency, Schedule, next_due, problems, spoken

from .audit import record
from .institutions import policy_of
from .models import Institution
from .timed_models import ScheduledStart, ScheduleRow

TASK = "Notifier: Active Campaign"
"""The import, then the export."""
GOING = (ScheduledStart.IMPORTING, ScheduledStart.EXPORTING)


def zone_of(institution: Institution) -> ZoneInfo:
    """The time zone that the institution's schedules are written in."""
    return ZoneInfo(policy_of(institution).time_zone)


def schedule_of(row: ScheduleRow) -> Schedule:
    """The schedule as a value."""
    return Schedule(
        frequency=Frequency(row.frequency),
        start_date=row.start_date,
        start_time=row.start_time,
        end_date=row.end_date,
        end_time=row.end_time,
        zone=zone_of(row.institution),
    )


def add(institution: Institution, schedule: Schedule, *, by: str, now: datetime) -> ScheduleRow:
    """Keep a new schedule. Raises WrongSettingsError for one that can never run."""
    row = ScheduleRow(institution=institution, task=TASK, created_by=by)
    _put(row, schedule, now)
    with transaction.atomic():
        row.save()
        record(institution, by, "schedule added", after=_document(row))
    return row


def change(row: ScheduleRow, schedule: Schedule, *, by: str, now: datetime) -> None:
    """Put other times in the place of those it has. Raises WrongSettingsError as `add` does."""
    before = _document(row)
    _put(row, schedule, now)
    with transaction.atomic():
        row.save()
        record(row.institution, by, "schedule changed", before=before, after=_document(row))


def _put(row: ScheduleRow, schedule: Schedule, now: datetime) -> None:
    found = problems(schedule)
    if found:
        raise WrongSettingsError(" ".join(found))
    row.frequency = str(schedule.frequency)
    row.start_date, row.start_time = schedule.start_date, schedule.start_time
    row.end_date, row.end_time = schedule.end_date, schedule.end_time
    row.next_due = None if row.paused else next_due(schedule, now)


def pause(row: ScheduleRow, *, by: str) -> None:
    """Let nothing start until it is resumed; what is going on goes on."""
    if row.paused:
        return
    row.paused, row.next_due = True, None
    with transaction.atomic():
        row.save(update_fields=["paused", "next_due"])
        record(row.institution, by, "schedule paused", after={"schedule": row.pk})


def resume(row: ScheduleRow, *, by: str, now: datetime) -> None:
    """Let it start again from now on; what would have started meanwhile is not made up for."""
    if not row.paused:
        return
    row.paused, row.next_due = False, next_due(schedule_of(row), now)
    with transaction.atomic():
        row.save(update_fields=["paused", "next_due"])
        record(row.institution, by, "schedule resumed", after={"schedule": row.pk})


def remove(row: ScheduleRow, *, by: str) -> None:
    """Forget the schedule and its starts; their runs stay. An export that was still to follow an import does not."""
    with transaction.atomic():
        record(row.institution, by, "schedule removed", before={"schedule": row.pk, **_document(row)})
        row.delete()


def reset_due(institution: Institution, *, now: datetime) -> None:
    """Reckon anew when each schedule is next due: the institution's clocks are others now."""
    for row in all_of(institution).filter(paused=False, next_due__gt=now):
        ScheduleRow.objects.filter(pk=row.pk).update(next_due=next_due(schedule_of(row), now))


def _document(row: ScheduleRow) -> dict[str, str]:
    return {"task": row.task, "when": spoken(schedule_of(row))}


def all_of(institution: Institution | None) -> QuerySet[ScheduleRow]:
    """The schedules of an institution, or of all."""
    rows = ScheduleRow.objects.select_related("institution").order_by("pk")
    return rows if institution is None else rows.filter(institution=institution)


def find(schedule_id: int) -> ScheduleRow:
    """The schedule of that number. Raises WrongSettingsError when there is none."""
    row = all_of(None).filter(pk=schedule_id).first()
    if row is None:
        raise WrongSettingsError(
            f"There is no schedule {schedule_id}: `sonisbridge schedules list` shows those that are."
        )
    return row


def due(now: datetime) -> list[ScheduleRow]:
    """The schedules that are due, the longest overdue first."""
    return list(all_of(None).filter(paused=False, next_due__lte=now).order_by("next_due", "pk"))


def lateness(now: datetime) -> float:
    """For how many seconds the schedule that is most overdue has been due; 0 when none is."""
    first = ScheduleRow.objects.filter(paused=False, next_due__lte=now).aggregate(first=Min("next_due"))["first"]
    return (now - first).total_seconds() if first else 0.0


def take(row: ScheduleRow, *, now: datetime) -> bool:
    """Move a due schedule on to its next time after now. False: another worker was quicker, or a user changed it."""
    following = next_due(schedule_of(row), now)
    mine = ScheduleRow.objects.filter(pk=row.pk, paused=False, next_due=row.next_due)
    return bool(mine.update(next_due=following))


def going(institution: Institution | None = None) -> QuerySet[ScheduledStart]:
    """The starts whose import or export is not over, oldest first."""
    found = ScheduledStart.objects.filter(state__in=GOING).order_by("pk")
    found = found.select_related("schedule__institution", "import_run", "export_run")
    return found if institution is None else found.filter(schedule__institution=institution)


def step(start: ScheduledStart, state: str) -> bool:
    """Bring the start from its state to that one. False: another worker was quicker."""
    won = bool(ScheduledStart.objects.filter(pk=start.pk, state=start.state).update(state=state))
    if won:
        start.state = state
    return won


def last_start(row: ScheduleRow) -> ScheduledStart | None:
    """The newest start."""
    return row.starts.select_related("import_run", "export_run").order_by("-pk").first()


def last_starts(rows: Iterable[ScheduleRow]) -> dict[int, ScheduledStart]:
    """The newest start of each of those schedules that had one, by the schedule's number."""
    newest = ScheduleRow.objects.filter(pk__in=[row.pk for row in rows]).annotate(newest=Max("starts__pk"))
    found = ScheduledStart.objects.filter(pk__in=newest.values("newest")).select_related("import_run", "export_run")
    return {start.schedule_id: start for start in found}


def starts(row: ScheduleRow, most: int) -> list[ScheduledStart]:
    """The newest starts, the newest first."""
    return list(row.starts.select_related("import_run", "export_run").order_by("-pk")[:most])


def forget(before: datetime, most: int) -> int:
    """Remove at most so many starts that ended before that moment, but no schedule's newest. How many there were."""
    newest = ScheduleRow.objects.annotate(newest=Max("starts__pk")).exclude(newest=None).values("newest")
    old = ScheduledStart.objects.filter(ended_at__lt=before).exclude(pk__in=newest).order_by("pk")
    keys = list(old.values_list("pk", flat=True)[:most])
    ScheduledStart.objects.filter(pk__in=keys).delete()
    return len(keys)
