"""What is due is started once, an import and then an export, and what became of it is recorded (rule 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.store import runs, schedules
from sonisbridge.store.models import AuditEntry, Lock, Run
from sonisbridge.store.timed_models import ScheduledStart, ScheduleRow
from sonisbridge.sync import setup, timed
from sonisbridge.sync.orders import WATCH, WEBHOOK, order_import
from tests.timed.parts import CHICAGO, LEASE, a_schedule, an_institution, at, carried, export_of, import_of, starts

pytestmark = pytest.mark.django_db(transaction=True)

SIX = at("2026-11-23 06:00")
SECOND = timedelta(seconds=1)


@pytest.fixture
def daily() -> ScheduleRow:
    """Every day at six."""
    return a_schedule(an_institution(), "daily", "2026-11-23 06:00")


def the_start(row: ScheduleRow) -> ScheduledStart:
    (start,) = starts(row)
    return start


def test_nothing_starts_before_its_time(daily):
    timed.tick(SIX - SECOND)
    assert starts(daily) == []


def test_the_import_is_ordered_then_the_export(daily):
    timed.tick(SIX)
    start = the_start(daily)
    assert (start.state, import_of(start).kind, import_of(start).status) == ("importing", "inbound", "queued")
    assert import_of(start).started_by == f"schedule {daily.pk}"
    timed.tick(SIX + SECOND)
    assert Run.objects.count() == 1, "the export waits for the end of the import"
    carried(start.import_run)
    timed.tick(SIX + 2 * SECOND)
    start = the_start(daily)
    assert (start.state, export_of(start).kind, export_of(start).status) == ("exporting", "outbound", "queued")
    carried(start.export_run, "succeeded_with_problems")
    timed.tick(SIX + 3 * SECOND)
    start = the_start(daily)
    assert (start.state, start.ended_at) == ("done", SIX + 3 * SECOND)
    assert start.message == (
        f"Import, run {start.import_run_id}: succeeded. Export, run {start.export_run_id}: succeeded with problems."
    )


@pytest.mark.parametrize("ended", ["failed", "cancelled", "interrupted"])
def test_the_export_runs_also_when_the_import_failed(daily, ended):
    timed.tick(SIX)
    carried(the_start(daily).import_run, ended)
    timed.tick(SIX + SECOND)
    assert the_start(daily).state == "exporting"


def test_a_held_export_ends_the_start_and_says_held(daily):
    timed.tick(SIX)
    carried(the_start(daily).import_run)
    timed.tick(SIX)
    carried(the_start(daily).export_run, "held")
    timed.tick(SIX)
    assert the_start(daily).state == "done"
    assert the_start(daily).message.endswith(": held.")


def test_each_day_has_its_start(daily):
    for day in range(3):
        now = SIX + timedelta(days=day)
        timed.tick(now)
        carried(starts(daily)[-1].import_run)
        timed.tick(now)
        carried(starts(daily)[-1].export_run)
        timed.tick(now)
    assert [start.due for start in starts(daily)] == [SIX + timedelta(days=day) for day in range(3)]
    assert {start.state for start in starts(daily)} == {"done"}


def test_what_was_missed_while_nothing_was_up_starts_once(daily):
    back = at("2026-11-26 09:30")
    timed.tick(back)
    start = the_start(daily)
    assert (start.due, start.started_at, start.state) == (SIX, back, "importing")
    assert start.message == "One start for 4 times that were due since 23 Nov 2026, 06:00."
    daily.refresh_from_db()
    assert daily.next_due == at("2026-11-27 06:00")


def test_what_was_missed_does_not_start_after_the_end():
    row = a_schedule(an_institution(), "daily", "2026-11-23 06:00", end="2026-11-23 08:00")
    timed.tick(at("2026-11-23 08:02"))
    start = the_start(row)
    assert (start.state, start.import_run) == ("skipped", None)
    assert start.message == "Skipped: sonisbridge was not up until after the schedule's end."
    row.refresh_from_db()
    assert row.next_due is None


def test_what_is_due_at_the_very_end_starts():
    row = a_schedule(an_institution(), "hourly", "2026-11-23 06:00", end="2026-11-23 06:00")
    timed.tick(SIX + SECOND)
    assert the_start(row).state == "importing"


def test_what_is_due_while_a_users_run_goes_on_is_skipped_and_recorded(daily):
    run = order_import(daily.institution, started_by="Ana")
    timed.tick(SIX)
    start = the_start(daily)
    assert (start.state, start.ended_at, start.import_run) == ("skipped", SIX, None)
    assert start.message.startswith(f"Skipped: Run {run.pk} waits for a worker")
    assert Run.objects.count() == 1
    daily.refresh_from_db()
    assert daily.next_due == SIX + timedelta(days=1)


@pytest.mark.parametrize("starter", [WEBHOOK, WATCH])
def test_what_is_due_while_a_webhook_or_a_watch_has_its_turn_waits_for_its_end(daily, starter):
    run = order_import(daily.institution, started_by=starter, contacts=[7])
    timed.tick(SIX)
    assert starts(daily) == []
    carried(run)
    timed.tick(SIX + SECOND)
    assert (the_start(daily).state, the_start(daily).message) == ("importing", "")


def test_what_is_due_while_an_earlier_start_goes_on_is_skipped_and_recorded(daily):
    timed.tick(SIX)
    carried(the_start(daily).import_run)
    hourly = a_schedule(daily.institution, "hourly", "2026-11-23 06:30")
    timed.start_due(hourly, now=at("2026-11-23 06:30"))
    assert the_start(hourly).message == "Skipped: an earlier start had not ended."


def test_an_export_whose_turn_a_user_took_comes_after_the_users_run(daily):
    timed.tick(SIX)
    carried(the_start(daily).import_run)
    between = order_import(daily.institution, started_by="Ana")
    timed.tick(SIX + SECOND)
    assert the_start(daily).state == "importing"
    carried(between)
    timed.tick(SIX + 2 * SECOND)
    assert the_start(daily).state == "exporting"


def test_a_run_that_goes_on_as_another_is_followed(daily):
    timed.tick(SIX)
    first = runs.claim(import_of(the_start(daily)).pk, worker="gone", lease=LEASE)
    assert first
    Lock.objects.update(until=SIX - timedelta(days=365))
    follower = runs.take_over(first.pk)
    assert follower
    timed.tick(SIX + SECOND)
    assert (the_start(daily).state, the_start(daily).import_run) == ("importing", follower)
    carried(follower)
    timed.tick(SIX + 2 * SECOND)
    assert the_start(daily).state == "exporting"


def test_a_start_at_a_users_word_changes_nothing_of_when_it_is_due(daily):
    before = daily.next_due
    start = timed.run_now(daily, by="Ana", now=SIX - timedelta(hours=1))
    assert (start.by, import_of(start).started_by) == ("Ana", "Ana")
    carried(start.import_run)
    timed.tick(SIX - timedelta(minutes=59))
    assert export_of(the_start(daily)).started_by == "Ana"
    daily.refresh_from_db()
    assert daily.next_due == before


def test_a_start_at_a_users_word_is_refused_while_another_run_goes_on(daily):
    timed.run_now(daily, by="Ana", now=SIX - timedelta(hours=1))
    with pytest.raises(StopRunError, match="wait for its end"):
        timed.run_now(daily, by="Ana", now=SIX - timedelta(minutes=59))
    assert len(starts(daily)) == 1
    other = a_schedule(an_institution("Shelbyville"), "daily", "2026-11-23 06:00")
    run = order_import(other.institution, started_by="Ana")
    with pytest.raises(StopRunError, match=f"Run {run.pk}"):
        timed.run_now(other, by="Ana", now=SIX)
    assert starts(other) == []


def test_a_paused_schedule_starts_nothing_and_makes_up_for_nothing(daily):
    schedules.pause(daily, by="Ana")
    timed.tick(SIX + timedelta(days=2))
    assert starts(daily) == []
    schedules.resume(daily, by="Ana", now=at("2026-11-25 12:00"))
    assert daily.next_due == at("2026-11-26 06:00")
    timed.tick(at("2026-11-25 12:01"))
    assert starts(daily) == []


def test_a_schedule_that_was_paused_after_it_was_seen_to_be_due_does_not_start(daily):
    (seen,) = schedules.due(SIX)
    schedules.pause(daily, by="Ana")
    assert timed.start_due(seen, now=SIX) is None
    assert starts(daily) == []


def test_two_workers_that_see_the_same_schedule_start_it_once(daily):
    (one,), (other,) = schedules.due(SIX), schedules.due(SIX)
    assert timed.start_due(one, now=SIX) is not None
    assert timed.start_due(other, now=SIX) is None
    assert len(starts(daily)) == 1


def test_a_schedule_that_cannot_be_started_keeps_no_other_from_starting(daily, caplog):
    other = a_schedule(an_institution("Shelbyville"), "daily", "2026-11-23 06:01")
    daily.institution.policy = {"time_zone": "Nowhere/Never"}
    daily.institution.save()
    timed.tick(SIX + timedelta(minutes=2))
    assert starts(daily) == []
    assert the_start(other).state == "importing"
    assert f"schedule {daily.pk} could not be taken a step further" in caplog.text


def test_how_late_the_most_overdue_schedule_is_can_be_seen(daily):
    assert schedules.lateness(SIX - SECOND) == 0
    assert schedules.lateness(SIX + 90 * SECOND) == 90
    timed.tick(SIX + 90 * SECOND)
    assert schedules.lateness(SIX + 90 * SECOND) == 0


def test_when_it_is_due_is_reckoned_anew_in_another_time_zone():
    row = a_schedule(an_institution(), "daily", "2190-01-01 06:00")
    setup.change(row.institution, "time_zone", "America/Los_Angeles", by="Ana")
    row.refresh_from_db()
    assert row.next_due == at("2190-01-01 06:00", "America/Los_Angeles")


def test_once_is_over_after_its_start():
    row = a_schedule(an_institution(), "once", "2026-11-23 06:00")
    timed.tick(SIX)
    row.refresh_from_db()
    assert row.next_due is None


def test_a_schedule_that_can_never_run_is_not_kept():
    with pytest.raises(WrongSettingsError, match="The end lies before the first run"):
        a_schedule(an_institution(), "daily", "2026-11-23 06:00", end="2026-11-22 06:00")
    assert not ScheduleRow.objects.exists()


def test_every_change_is_in_the_audit_log(daily):
    schedules.pause(daily, by="Ana")
    schedules.resume(daily, by="Ana", now=SIX)
    schedules.change(daily, schedules.schedule_of(daily), by="Ana", now=SIX)
    schedules.remove(daily, by="Ana")
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-5:] == [
        "schedule added", "schedule paused", "schedule resumed", "schedule changed", "schedule removed",
    ]  # fmt: skip
    before = AuditEntry.objects.get(action="schedule removed").before or {}
    assert (before["task"], before["when"]) == ("Notifier: Active Campaign", "Daily at 06:00, from 23 Nov 2026")


def test_old_starts_are_forgotten_but_not_a_schedules_newest(daily):
    for day in range(3):
        now = SIX + timedelta(days=day)
        timed.tick(now)
        for which in ("import_run", "export_run"):
            carried(getattr(starts(daily)[-1], which))
            timed.tick(now)
    assert schedules.forget(SIX + timedelta(days=90), 100) == 2
    assert [start.due for start in starts(daily)] == [SIX + timedelta(days=2)]


def test_the_zone_of_a_schedule_is_the_institutions(daily):
    assert str(schedules.zone_of(daily.institution)) == CHICAGO
