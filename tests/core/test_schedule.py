"""When a timed task is due (rule 9), by example."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sonisbridge.core.schedule import Frequency, Schedule, due_between, next_due, next_due_times, problems, spoken

CHICAGO = "America/Chicago"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def a_schedule(frequency: str, start: str, end: str = "", zone: str = CHICAGO) -> Schedule:
    """A schedule from local times such as 2026-11-23 06:00; an end may be a day alone."""
    first = datetime.fromisoformat(start)
    end_day, _, end_time = end.partition(" ")
    return Schedule(
        frequency=Frequency(frequency),
        start_date=first.date(),
        start_time=first.time(),
        end_date=date.fromisoformat(end_day) if end_day else None,
        end_time=time.fromisoformat(end_time) if end_time else None,
        zone=ZoneInfo(zone),
    )


def local(schedule: Schedule, after: datetime = LONG_AGO, most: int = 5) -> list[str]:
    """The next times as the clock on the wall shows them, each with its distance from UTC."""
    found = next_due_times(schedule, after, most)
    return [f"{due.astimezone(schedule.zone):%Y-%m-%d %H:%M %z}" for due in found]


def test_once_is_due_once():
    assert local(a_schedule("once", "2026-11-23 06:00")) == ["2026-11-23 06:00 -0600"]
    assert next_due(a_schedule("once", "2026-11-23 06:00"), datetime(2026, 11, 23, 12, tzinfo=UTC)) is None


def test_hourly_counts_from_the_start_time():
    assert local(a_schedule("hourly", "2026-11-23 06:20"), most=3) == [
        "2026-11-23 06:20 -0600", "2026-11-23 07:20 -0600", "2026-11-23 08:20 -0600",
    ]  # fmt: skip


def test_daily_keeps_to_the_clock_on_the_wall_over_both_changes():
    assert local(a_schedule("daily", "2026-03-07 06:00"), most=2) == [
        "2026-03-07 06:00 -0600",
        "2026-03-08 06:00 -0500",
    ]
    assert local(a_schedule("daily", "2026-10-31 06:00"), most=2) == [
        "2026-10-31 06:00 -0500",
        "2026-11-01 06:00 -0600",
    ]


def test_a_time_that_the_clocks_jump_over_is_not_lost():
    assert local(a_schedule("daily", "2026-03-07 02:30"), most=3) == [
        "2026-03-07 02:30 -0600", "2026-03-08 03:30 -0500", "2026-03-09 02:30 -0500",
    ]  # fmt: skip


def test_a_time_that_comes_twice_counts_once():
    assert local(a_schedule("daily", "2026-10-31 01:30"), most=3) == [
        "2026-10-31 01:30 -0500", "2026-11-01 01:30 -0500", "2026-11-02 01:30 -0600",
    ]  # fmt: skip


def test_hourly_neither_doubles_nor_loses_a_run_when_the_clocks_change():
    day = a_schedule("hourly", "2026-11-01 00:00")
    assert local(day, most=4) == [
        "2026-11-01 00:00 -0500", "2026-11-01 01:00 -0500", "2026-11-01 01:00 -0600", "2026-11-01 02:00 -0600",
    ]  # fmt: skip
    assert local(a_schedule("hourly", "2026-03-08 00:00"), most=4) == [
        "2026-03-08 00:00 -0600", "2026-03-08 01:00 -0600", "2026-03-08 03:00 -0500", "2026-03-08 04:00 -0500",
    ]  # fmt: skip


def test_weekly_keeps_the_day_of_the_week():
    assert [day[:10] for day in local(a_schedule("weekly", "2026-12-24 18:00"), most=3)] == [
        "2026-12-24", "2026-12-31", "2027-01-07",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "days"),
    [
        ("2026-12-31 06:00", ["12-31", "01-31", "02-28", "03-31", "04-30"]),
        ("2027-12-30 06:00", ["12-30", "01-30", "02-29", "03-30", "04-30"]),
        ("2027-01-29 06:00", ["01-29", "02-28", "03-29", "04-29", "05-29"]),
        ("2028-01-29 06:00", ["01-29", "02-29", "03-29", "04-29", "05-29"]),
        ("2027-01-28 06:00", ["01-28", "02-28", "03-28", "04-28", "05-28"]),
    ],
)
def test_a_day_that_a_month_lacks_is_its_last_day(start, days):
    assert [due[5:10] for due in local(a_schedule("monthly", start))] == days


def test_nothing_starts_after_the_end():
    assert local(a_schedule("hourly", "2026-11-23 06:00", "2026-11-23 08:00"), most=9)[-1] == "2026-11-23 08:00 -0600"
    assert len(local(a_schedule("hourly", "2026-11-23 06:00", "2026-11-23 07:59"), most=9)) == 2


def test_an_end_date_alone_means_the_whole_day():
    assert [due[:16] for due in local(a_schedule("daily", "2026-11-23 23:59", "2026-11-24"), most=9)] == [
        "2026-11-23 23:59", "2026-11-24 23:59",
    ]  # fmt: skip


def test_an_end_that_comes_twice_is_the_later_one():
    assert local(a_schedule("hourly", "2026-11-01 01:30", "2026-11-01 01:30"), most=9) == [
        "2026-11-01 01:30 -0500", "2026-11-01 01:30 -0600",
    ]  # fmt: skip


def test_a_zone_that_left_out_a_whole_day_has_no_run_twice():
    days = [due[:16] for due in local(a_schedule("daily", "2011-12-29 10:00", zone="Pacific/Apia"), most=3)]
    assert days == ["2011-12-29 10:00", "2011-12-31 10:00", "2012-01-01 10:00"]


def test_due_between_leaves_the_first_instant_out_and_takes_the_last_in():
    daily = a_schedule("daily", "2026-11-20 06:00", zone="UTC")
    found = due_between(daily, datetime(2026, 11, 21, 6, tzinfo=UTC), datetime(2026, 11, 23, 6, tzinfo=UTC))
    assert [due.day for due in found] == [22, 23]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (a_schedule("daily", "2026-11-23 06:00", "2026-11-22"), "The end lies before the first run"),
        (a_schedule("once", "2026-03-08 02:30", "2026-03-08 02:59"), ""),
        (a_schedule("daily", "1999-12-31 06:00"), "between 2000 and 2199"),
        (a_schedule("daily", "2026-11-23 06:00", "2026-11-23 06:00"), ""),
    ],
)
def test_a_schedule_that_can_never_run_is_refused(schedule, said):
    found = problems(schedule)
    assert bool(found) == bool(said)
    assert all(said in text for text in found)


def test_an_end_time_needs_an_end_date():
    schedule = Schedule(
        frequency=Frequency.DAILY, start_date=date(2026, 1, 1), start_time=time(6), end_time=time(7), zone=UTC
    )
    assert problems(schedule) == ("An end time needs an end date: give both, or neither.",)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (a_schedule("once", "2026-11-23 06:00"), "Once, on 23 Nov 2026 at 06:00"),
        (a_schedule("hourly", "2026-11-23 06:05"), "Every hour from 23 Nov 2026, 06:05"),
        (a_schedule("daily", "2026-11-03 06:00", "2026-12-01"), "Daily at 06:00, from 3 Nov 2026, until 1 Dec 2026, 23:59"),
        (a_schedule("weekly", "2026-11-23 06:00"), "Every Monday at 06:00, from 23 Nov 2026"),
        (a_schedule("monthly", "2026-11-23 06:00"), "Every month on day 23 at 06:00, from 23 Nov 2026"),
        (a_schedule("monthly", "2026-12-31 06:00"), "Every month on day 31 or its last at 06:00, from 31 Dec 2026"),
    ],
)  # fmt: skip
def test_a_schedule_is_said_in_words(schedule, words):
    assert spoken(schedule) == words
