"""What the tests of timed tasks and notices are made of: institutions, schedules, and runs that are over at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sonisbridge.core.policy import Policy
from sonisbridge.core.schedule import Frequency, Schedule
from sonisbridge.store import institutions, runs, schedules
from sonisbridge.store.fence import Fence
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution, Run
from sonisbridge.store.tallies import Traffic
from sonisbridge.store.timed_models import ScheduledStart, ScheduleRow

LEASE = timedelta(seconds=30)
CHICAGO = "America/Chicago"


def at(text: str, zone: str = CHICAGO) -> datetime:
    """The instant when the clocks of that zone show that time, such as 2026-11-23 06:00; the first, if it comes twice."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def an_institution(name: str = "Springfield", *, sonis: str = "sqlite:///nowhere", zone: str = CHICAGO) -> Institution:
    """An institution with an account of its own, which nothing is sent to."""
    endpoint = f"https://{name.lower()}.example"
    known = Connections(name=name, sonis_url=sonis, endpoint=endpoint, token="t")
    return institutions.add(known, Policy(time_zone=zone), by="test")


def a_schedule(
    institution: Institution, frequency: str, start: str, *, end: str = "", now: datetime | None = None
) -> ScheduleRow:
    """A schedule from local times, reckoned as of a moment before its start."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None
    zone = schedules.zone_of(institution)
    wanted = Schedule(
        frequency=Frequency(frequency), start_date=first.date(), start_time=first.time(),
        end_date=last.date() if last else None, end_time=last.time() if last else None, zone=zone,
    )  # fmt: skip
    before = first.replace(tzinfo=zone).astimezone(UTC) - timedelta(seconds=1)
    return schedules.add(institution, wanted, by="test", now=now or before)


def carried(run: Run | int | None, status: str = "succeeded", **facts: Any) -> Run:
    """A queued run that a worker took up and ended in no time."""
    assert run is not None
    taken = runs.claim(run if isinstance(run, int) else run.pk, worker="test", lease=LEASE)
    assert taken is not None
    for name, value in {"counts": {"read": 0}, **facts}.items():
        setattr(taken, name, value)
    with Fence(taken).last_words():
        runs.end(taken, status, message=facts.get("message", ""), seconds=0, traffic=Traffic())
        runs.release(taken)
    return taken


def starts(row: ScheduleRow) -> list[ScheduledStart]:
    """The starts of a schedule, as they are kept now."""
    return list(ScheduledStart.objects.filter(schedule=row).order_by("pk"))


def import_of(start: ScheduledStart) -> Run:
    """The start's import."""
    assert start.import_run is not None
    return start.import_run


def export_of(start: ScheduledStart) -> Run:
    """The start's export."""
    assert start.export_run is not None
    return start.export_run
