"""When a timed task is due: local times in, instants out (rule 9).

Daily, weekly and monthly keep to the clock on the wall. A time that the clocks jump over is taken by the clock as it
was before, so nothing is lost; a time that comes twice counts the first time, so nothing is doubled. Hourly counts whole
hours that pass, whatever the clocks do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import count, islice, takewhile

from dateutil.relativedelta import relativedelta


class Frequency(StrEnum):
    """How often a schedule is due."""

    ONCE = "once"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


YEARS = range(2000, 2200)
"""Those that a schedule may begin and end in."""
_STEPS = {
    Frequency.DAILY: relativedelta(days=1),
    Frequency.WEEKLY: relativedelta(weeks=1),
    Frequency.MONTHLY: relativedelta(months=1),
}
_HOUR = timedelta(hours=1)
_MARGIN = 2
"""So many steps before the estimate are looked at: a zone may once have left out a whole day."""
_END_OF_DAY = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When runs start by themselves, as it is written on the wall of the institution."""

    frequency: Frequency
    start_date: date
    start_time: time
    end_date: date | None = None
    end_time: time | None = None
    """Without it an end date means the whole of that day."""
    zone: tzinfo

    @property
    def start(self) -> datetime:
        """The first time, without a zone."""
        return datetime.combine(self.start_date, self.start_time)

    @property
    def end(self) -> datetime | None:
        """The time after which nothing starts, without a zone."""
        return datetime.combine(self.end_date, self.end_time or _END_OF_DAY) if self.end_date else None


def next_due(schedule: Schedule, after: datetime) -> datetime | None:
    """The first instant after that one when it is due, in UTC; None when there is none any more."""
    return next(_dues(schedule, after), None)


def next_due_times(schedule: Schedule, after: datetime, most: int) -> tuple[datetime, ...]:
    """The next instants when it is due, as many as there are up to `most`."""
    return tuple(islice(_dues(schedule, after), most))


def due_between(schedule: Schedule, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """Every instant after the one and not after the other when it is due."""
    return tuple(takewhile(lambda due: due <= until, _dues(schedule, after)))


def last_instant(schedule: Schedule) -> datetime | None:
    """The instant after which nothing starts; of an end that the clocks show twice, the later one."""
    if schedule.end is None:
        return None
    return max(_instant(schedule.end.replace(fold=fold), schedule.zone) for fold in (0, 1))


def problems(schedule: Schedule) -> tuple[str, ...]:
    """Why it cannot be, each in a sentence with its mend."""
    days = [day for day in (schedule.start_date, schedule.end_date) if day]
    if any(day.year not in YEARS for day in days):
        return (f"The dates of a schedule lie between {YEARS.start} and {YEARS.stop - 1}.",)
    if schedule.end_time is not None and schedule.end_date is None:
        return ("An end time needs an end date: give both, or neither.",)
    if next_due(schedule, _instant(schedule.start, schedule.zone) - _HOUR) is None:
        return ("The end lies before the first run: give a later end, or none.",)
    return ()


def spoken(schedule: Schedule) -> str:
    """The schedule in words, without its zone."""
    at, first = f"{schedule.start_time:%H:%M}", _day(schedule.start_date)
    match schedule.frequency:
        case Frequency.ONCE:
            return f"Once, on {first} at {at}"
        case Frequency.HOURLY:
            text = f"Every hour from {first}, {at}"
        case Frequency.DAILY:
            text = f"Daily at {at}, from {first}"
        case Frequency.WEEKLY:
            text = f"Every {schedule.start_date:%A} at {at}, from {first}"
        case Frequency.MONTHLY:
            number = schedule.start_date.day
            which = f"day {number}" if number <= 28 else f"day {number} or its last"
            text = f"Every month on {which} at {at}, from {first}"
    return f"{text}, until {spoken_time(schedule.end)}" if schedule.end else text


def spoken_time(wall: datetime) -> str:
    """A day and a time as users read them."""
    return f"{_day(wall.date())}, {wall:%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _dues(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Every instant after that one when it is due, each later than the one before."""
    last = last_instant(schedule)
    latest = after
    for number in count(_first_number(schedule, after)):
        due = _due(schedule, number)
        if last is not None and due > last:
            return
        if due > latest:
            latest = due
            yield due
        if schedule.frequency is Frequency.ONCE:
            return


def _due(schedule: Schedule, number: int) -> datetime:
    """When it is due for the time of that number, counted from 0. A day that a month lacks is its last day."""
    if schedule.frequency is Frequency.ONCE or number == 0:
        return _instant(schedule.start, schedule.zone)
    if schedule.frequency is Frequency.HOURLY:
        return _instant(schedule.start, schedule.zone) + number * _HOUR
    return _instant(schedule.start + number * _STEPS[schedule.frequency], schedule.zone)


def _first_number(schedule: Schedule, after: datetime) -> int:
    """A number that no later one needs to be looked for before."""
    wall = after.astimezone(schedule.zone).replace(tzinfo=None)
    match schedule.frequency:
        case Frequency.ONCE:
            number = 0
        case Frequency.HOURLY:
            number = (after - _instant(schedule.start, schedule.zone)) // _HOUR
        case Frequency.DAILY:
            number = (wall - schedule.start).days
        case Frequency.WEEKLY:
            number = (wall - schedule.start).days // 7
        case Frequency.MONTHLY:
            number = 12 * (wall.year - schedule.start.year) + wall.month - schedule.start.month
    return max(0, number - _MARGIN)


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
