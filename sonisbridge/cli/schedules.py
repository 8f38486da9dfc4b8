"""`schedules`: when imports and exports start by themselves (rule 9)."""

from __future__ import annotations

import time as clock
from datetime import date, time
from typing import Any

import click
from django.utils import timezone

from sonisbridge.core.schedule import Frequency, Schedule, next_due_times, spoken, spoken_time
from sonisbridge.store import institutions, runs
from sonisbridge.store import schedules as stored
from sonisbridge.store.models import Run
from sonisbridge.store.timed_models import ScheduledStart, ScheduleRow
from sonisbridge.sync import timed
from sonisbridge.sync.orders import carry_out
from sonisbridge.sync.running import Report

from .commands import Family
from .main import user
from .running import Day, institution_option, json_option, notices_after
from .show import as_json, progress_bar, run_document, run_status, show_run, table

SHOWN = 5
"""So many of the next times are shown."""


class TimeOfDay(click.ParamType[time]):
    """A time, written HH:MM."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        """The time. Fails with a good value for what is none."""
        if isinstance(value, time):
            return value
        try:
            hours, minutes = value.split(":")
            return time(int(hours), int(minutes))
        except ValueError:
            self.fail(f"{value!r} is not a time: write it as HH:MM, for example 06:30", param, ctx)


@click.group(cls=Family)
def schedules() -> None:
    """Let imports and exports start by themselves."""


@schedules.command("list")
@institution_option
@json_option
def list_(institution: str | None, json_wanted: bool) -> None:
    """List the schedules, when each is next due and what became of its last start."""
    found = list(stored.all_of(institutions.get(institution) if institution else None))
    if json_wanted:
        as_json({"schedules": [document(row) for row in found]})
    elif not found:
        click.echo("No schedule yet: make one with `sonisbridge schedules add --frequency hourly --time 06:00`.")
    else:
        table(("Schedule", "Institution", "When", "Next", "Last start"), (_line(row) for row in found))


def _line(row: ScheduleRow) -> tuple[object, ...]:
    zone = stored.zone_of(row.institution)
    last = stored.last_start(row)
    following = f"{spoken_time(row.next_due.astimezone(zone))} ({zone})" if row.next_due else "over"
    told = f"{spoken_time(last.due.astimezone(zone))}: {timed.results(last)}" if last else ""
    return row.pk, row.institution.name, spoken(stored.schedule_of(row)), "paused" if row.paused else following, told


def document(row: ScheduleRow) -> dict[str, Any]:
    """A schedule as JSON has it."""
    schedule, last = stored.schedule_of(row), stored.last_start(row)
    following = () if row.paused else next_due_times(schedule, timezone.now(), SHOWN)
    return {
        "schedule": row.pk,
        "institution": row.institution.name,
        "task": row.task,
        "frequency": row.frequency,
        "when": spoken(schedule),
        "time_zone": str(schedule.zone),
        "paused": row.paused,
        "next": [due.isoformat() for due in following],
        "last": start_document(last) if last else None,
    }


def start_document(start: ScheduledStart) -> dict[str, Any]:
    """A start as JSON has it."""
    return {
        "due": start.due.isoformat(),
        "by": start.by or None,
        "state": start.state,
        "import_run": start.import_run_id,
        "export_run": start.export_run_id,
        "message": timed.results(start),
    }


@schedules.command()
@institution_option
@click.option("--frequency", required=True, type=click.Choice([str(item) for item in Frequency]), help="How often.")
@click.option("--time", "start_time", required=True, type=TimeOfDay(), metavar="HH:MM",
              help="When it starts, by the institution's clocks; hourly counts from it.")  # fmt: skip
@click.option("--start-date", type=Day(), metavar="YYYY-MM-DD", help="The first day; without it, today.")
@click.option("--end-date", type=Day(), metavar="YYYY-MM-DD", help="The day after which nothing starts.")
@click.option("--end-time", type=TimeOfDay(), metavar="HH:MM", help="The time of that day; without it, its end.")
@json_option
def add(institution: str | None, json_wanted: bool, start_date: date | None, **when: Any) -> None:
    """Start an import and then an export by the clock of the institution's time zone.

    Daily, weekly and monthly take the day and time of the start; a day that a month lacks is its last day.
    """
    row, now = institutions.get(institution), timezone.now()
    zone = stored.zone_of(row)
    frequency = Frequency(when.pop("frequency"))
    first = start_date or now.astimezone(zone).date()
    made = stored.add(row, Schedule(frequency=frequency, start_date=first, zone=zone, **when), by=user(), now=now)
    _told(made, json_wanted, "Added schedule")


@schedules.command()
@click.argument("schedule_id", metavar="ID", type=int)
@json_option
def pause(schedule_id: int, json_wanted: bool) -> None:
    """Let schedule ID start nothing until it is resumed."""
    row = stored.find(schedule_id)
    stored.pause(row, by=user())
    _told(row, json_wanted, "Paused schedule")


@schedules.command()
@click.argument("schedule_id", metavar="ID", type=int)
@json_option
def resume(schedule_id: int, json_wanted: bool) -> None:
    """Let schedule ID start again; what would have started meanwhile is not made up for."""
    row = stored.find(schedule_id)
    stored.resume(row, by=user(), now=timezone.now())
    _told(row, json_wanted, "Resumed schedule")


@schedules.command()
@click.argument("schedule_id", metavar="ID", type=int)
@json_option
def remove(schedule_id: int, json_wanted: bool) -> None:
    """Forget schedule ID and its starts; their runs stay."""
    stored.remove(stored.find(schedule_id), by=user())
    if json_wanted:
        as_json({"removed": schedule_id})
    else:
        click.echo(f"Removed schedule {schedule_id}.")


def _told(row: ScheduleRow, json_wanted: bool, what: str) -> None:
    if json_wanted:
        as_json(document(row))
        return
    schedule = stored.schedule_of(row)
    click.echo(f"{what} {row.pk}: {spoken(schedule)} ({schedule.zone}).")
    if row.paused:
        return
    due = [spoken_time(moment.astimezone(schedule.zone)) for moment in next_due_times(schedule, timezone.now(), SHOWN)]
    click.echo(f"Next: {'; '.join(due)}." if due else "It is over: it will not start any more.")
    click.echo("It starts while `sonisbridge serve` or `sonisbridge worker` is up.")


@schedules.command()
@click.argument("schedule_id", metavar="ID", type=int)
@json_option
def run(schedule_id: int, json_wanted: bool) -> int:
    """Run schedule ID now: its import, then its export. When it is next due does not change."""
    row = stored.find(schedule_id)
    with notices_after(), progress_bar(wanted=not json_wanted) as report:
        start = timed.run_now(row, by=user(), now=timezone.now())
        ended = _carried(start, report)
    if json_wanted:
        as_json({"schedule": row.pk} | {_KINDS[item.kind]: run_document(item) for item in ended})
    else:
        for item in ended:
            show_run(item)
    return max((run_status(item) for item in ended), default=0)


_KINDS = {runs.INBOUND: "import", runs.OUTBOUND: "export"}


def _carried(start: ScheduledStart, report: Report) -> list[Run]:
    """The start's runs, ended: carried out here, or by a worker that was quicker."""
    while not start.ended_at:
        going = start.export_run or start.import_run
        if going is not None and going.status == runs.QUEUED:
            carry_out(going.pk, report)
        else:
            clock.sleep(0.3)  # another worker is at it, or a user's run came between
        start.refresh_from_db()
        timed.advance(start, now=timezone.now())
        start.refresh_from_db()
    return [item for item in (start.import_run, start.export_run) if item is not None]
