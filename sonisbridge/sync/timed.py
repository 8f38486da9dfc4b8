"""Timed tasks: what is due is started, an import and then an export, whichever worker looks (rule 9).

How far a start is stands in its record, and any worker takes the next step: none of them has to stay alive.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from sonisbridge.core.errors import StopRunError
from sonisbridge.core.schedule import due_between, last_instant, spoken_time
from sonisbridge.store import history, runs, schedules
from sonisbridge.store.timed_models import ScheduledStart, ScheduleRow

from . import outbound
from .orders import WATCH, WEBHOOK, order_export, order_import

LATE = timedelta(minutes=1)
"""What is due at the very end still starts when a worker looks so much later."""

_FOR = "One start for"

logger = logging.getLogger("sonisbridge.schedule")


def tick(now: datetime | None = None) -> None:
    """Start what is due, and take the next step of what was started. Every worker calls it every second or so."""
    now = now or timezone.now()
    for row in schedules.due(now):
        with alone(f"schedule {row.pk}"):
            start_due(row, now=now)
    for start in schedules.going():
        with alone(f"start {start.pk}"):
            advance(start, now=now)


@contextmanager
def alone(what: str) -> Iterator[None]:
    """What goes wrong with one is logged, tried again by the next tick, and keeps no other from its turn."""
    try:
        yield
    except Exception:
        logger.exception("%s could not be taken a step further", what)


def start_due(row: ScheduleRow, *, now: datetime) -> ScheduledStart | None:
    """The start of a schedule that is due: taken, and its import ordered, in one transaction.

    None: another was quicker, or a run between goes on, for whose end it waits.
    """
    assert row.next_due is not None
    active = history.active(row.institution)
    if active is not None and active.started_by in {WEBHOOK, WATCH}:
        return None
    with transaction.atomic():
        if not schedules.take(row, now=now):
            return None
        start = ScheduledStart(schedule=row, due=row.next_due, started_at=now, message=_missed(row, now))
        if _is_over(row, now):
            return _skip(start, "sonisbridge was not up until after the schedule's end")
        if schedules.going(row.institution).exists():
            return _skip(start, "an earlier start had not ended")
        try:
            start.import_run = order_import(row.institution, started_by=_starter(row))
        except StopRunError as error:
            return _skip(start, str(error).partition(":")[0])
        start.state = ScheduledStart.IMPORTING
        start.save()
    logger.info("schedule %s was due: run %s was ordered", row.pk, start.import_run_id)
    return start


def run_now(row: ScheduleRow, *, by: str, now: datetime) -> ScheduledStart:
    """A start at a user's word; when it is next due does not change. Raises StopRunError while another run goes on."""
    with transaction.atomic():
        if schedules.going(row.institution).exists():
            raise StopRunError(
                f"A start of schedule {row.pk} or another is going on for this institution: wait for its end."
            )
        run = order_import(row.institution, started_by=by)
        return ScheduledStart.objects.create(
            schedule=row, due=now, started_at=now, by=by, state=ScheduledStart.IMPORTING, import_run=run
        )


def advance(start: ScheduledStart, *, now: datetime) -> None:
    """Take the next step when the run that the start waits for has ended. An export follows also a failed import."""
    if start.state == ScheduledStart.IMPORTING and _ended(start, "import_run"):
        with suppress(StopRunError):  # a user's run came between: its turn first
            _order_export(start)
    elif start.state == ScheduledStart.EXPORTING and _ended(start, "export_run"):
        with transaction.atomic():
            if schedules.step(start, ScheduledStart.DONE):
                start.ended_at, start.message = now, f"{_results(start)} {start.message}".strip()
                start.save(update_fields=["ended_at", "message"])


def _order_export(start: ScheduledStart) -> None:
    order = outbound.Order(started_by=start.by or _starter(start.schedule))
    with transaction.atomic():
        if schedules.step(start, ScheduledStart.EXPORTING):
            run = order_export(start.schedule.institution, order)
            ScheduledStart.objects.filter(pk=start.pk).update(export_run=run)


def _ended(start: ScheduledStart, which: str) -> bool:
    """Whether that run of the start is over. A run that was interrupted and goes on as another is followed."""
    run = getattr(start, which)
    while run is not None and run.status in runs.ENDED:
        follower = runs.follower(run)
        if follower is None:
            return True
        setattr(start, which, follower)
        start.save(update_fields=[which])
        run = follower
    return run is None


def results(start: ScheduledStart) -> str:
    """What became of the start, in words."""
    return start.message if start.ended_at else f"{_results(start)} {start.message}".strip()


def note(start: ScheduledStart) -> str:
    """What is to be said of the start besides how its runs stand."""
    if start.state == ScheduledStart.SKIPPED or not (start.import_run or start.export_run):
        return start.message
    _before, found, after = start.message.partition(_FOR)
    return f"{found}{after}"


def _results(start: ScheduledStart) -> str:
    parts = [
        f"{what}, run {run.pk}: {run.status.replace('_', ' ')}."
        for what, run in (("Import", start.import_run), ("Export", start.export_run))
        if run is not None
    ]
    return " ".join(parts)


def _skip(start: ScheduledStart, why: str) -> ScheduledStart:
    start.state, start.ended_at = ScheduledStart.SKIPPED, start.started_at
    start.message = f"Skipped: {why}. {start.message}".strip()
    start.save()
    logger.warning("schedule %s was due and is skipped", start.schedule_id)
    return start


def _missed(row: ScheduleRow, now: datetime) -> str:
    """What to say of times that went by unused before this one start, "" when there were none."""
    assert row.next_due is not None
    more = len(due_between(schedules.schedule_of(row), row.next_due, now))
    if not more:
        return ""
    since = spoken_time(row.next_due.astimezone(schedules.zone_of(row.institution)))
    return f"{_FOR} {more + 1:,} times that were due since {since}."


def _is_over(row: ScheduleRow, now: datetime) -> bool:
    last = last_instant(schedules.schedule_of(row))
    return last is not None and now > last + LATE


def _starter(row: ScheduleRow) -> str:
    return f"schedule {row.pk}"
