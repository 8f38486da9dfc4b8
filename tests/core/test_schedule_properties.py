"""What holds of every schedule, in every zone and over every change of clocks (rule 9)."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.schedule import Frequency, Schedule, due_between, last_instant, next_due, next_due_times

ZONES = (
    "UTC", "America/Chicago", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Europe/London",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Auckland", "Pacific/Kiritimati", "Africa/Casablanca",
)  # fmt: skip
MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
CHANGES = (
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 4, 5),
    date(2026, 10, 4),
)
DAYS = st.one_of(
    st.dates(date(2008, 1, 1), date(2040, 12, 31)),
    st.sampled_from(CHANGES).flatmap(lambda day: st.integers(-2, 2).map(lambda more: day + timedelta(days=more))),
    st.builds(lambda year, month: date(year, month, monthrange(year, month)[1]), st.integers(2023, 2033), st.integers(1, 12)),
    st.sampled_from((date(2028, 2, 29), date(2011, 12, 29), date(2011, 12, 30))),
)  # fmt: skip
BEFORE = timedelta(days=3)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any schedule, often near a change of clocks, a month's end or a leap day."""
    start = draw(DAYS)
    ends = draw(st.none() | st.integers(0, 800))
    end_date = None if ends is None else start + timedelta(days=ends)
    return Schedule(
        frequency=draw(st.sampled_from(Frequency)),
        start_date=start,
        start_time=draw(MINUTES),
        end_date=end_date,
        end_time=draw(st.none() | MINUTES) if end_date else None,
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
    )


AFTERS = st.timedeltas(-timedelta(days=40), timedelta(days=900))


def start_of(schedule: Schedule) -> datetime:
    return schedule.start.replace(tzinfo=schedule.zone).astimezone(UTC)


@given(schedules(), AFTERS)
def test_the_next_time_is_later_than_the_moment_and_not_after_the_end(schedule, after):
    moment = start_of(schedule) + after
    due = next_due(schedule, moment)
    last = last_instant(schedule)
    assert due is None or (due > moment and due >= start_of(schedule) and (last is None or due <= last))


@given(schedules(), AFTERS)
def test_it_does_not_matter_where_one_begins_to_look(schedule, after):
    whole = next_due_times(schedule, start_of(schedule) - BEFORE, 60)
    moment = start_of(schedule) + after
    later = [due for due in whole if due > moment]
    if later:
        assert next_due_times(schedule, moment, len(later)) == tuple(later)


@given(schedules(), AFTERS, st.integers(1, 12))
def test_walking_step_by_step_is_the_same_as_looking_ahead(schedule, after, most):
    walked: list[datetime] = []
    moment = start_of(schedule) + after
    while len(walked) < most and (due := next_due(schedule, moment)):
        walked.append(due)
        moment = due
    assert tuple(walked) == next_due_times(schedule, start_of(schedule) + after, most)


@given(schedules(), AFTERS, st.lists(st.timedeltas(timedelta(0), timedelta(days=90)), max_size=5))
def test_spans_that_touch_have_every_run_once(schedule, after, steps):
    first = moment = start_of(schedule) + after
    parts: list[datetime] = []
    for step in steps:
        parts += due_between(schedule, moment, moment + step)
        moment += step
    assert tuple(parts) == due_between(schedule, first, moment)


@given(schedules())
def test_no_two_runs_are_nearer_than_an_hour_and_no_day_or_hour_is_lost(schedule):
    found = next_due_times(schedule, start_of(schedule) - BEFORE, 40)
    gaps = {later - earlier for earlier, later in pairwise(found)}
    match schedule.frequency:
        case Frequency.ONCE:
            assert not gaps
        case Frequency.HOURLY:
            assert gaps <= {timedelta(hours=1)}
        case Frequency.DAILY:
            assert all(timedelta(hours=22) <= gap <= timedelta(hours=26) for gap in gaps)
        case Frequency.WEEKLY:
            assert all(timedelta(days=6) <= gap <= timedelta(days=8) for gap in gaps)
        case Frequency.MONTHLY:
            assert all(timedelta(days=26) <= gap <= timedelta(days=33) for gap in gaps)


@given(schedules())
def test_the_wall_shows_the_start_time_wherever_that_time_exists(schedule):
    if schedule.frequency in {Frequency.ONCE, Frequency.HOURLY}:
        return
    for due in next_due_times(schedule, start_of(schedule) - BEFORE, 40):
        wall = due.astimezone(schedule.zone)
        meant = (wall.date(), wall.date() - timedelta(days=1))  # a jump at midnight carries a run into the next day
        assert wall.time() == schedule.start_time or not all(_exists(schedule, day) for day in meant)


def _exists(schedule: Schedule, day: date) -> bool:
    """Whether the clocks of that day show the start time at all."""
    planned = datetime.combine(day, schedule.start_time)
    there_and_back = planned.replace(tzinfo=schedule.zone).astimezone(UTC).astimezone(schedule.zone)
    return there_and_back.replace(tzinfo=None) == planned


@given(schedules())
def test_a_month_has_one_run_on_the_day_or_on_its_last(schedule):
    if schedule.frequency is not Frequency.MONTHLY:
        return
    found = [due.astimezone(schedule.zone) for due in next_due_times(schedule, start_of(schedule) - BEFORE, 30)]
    for wall in found:
        last = monthrange(wall.year, wall.month)[1]
        assert wall.day == min(schedule.start_date.day, last) or wall.time() != schedule.start_time
    assert all(
        later.month - earlier.month in {1, -11} for earlier, later in pairwise(found) if later.time() == earlier.time()
    )
