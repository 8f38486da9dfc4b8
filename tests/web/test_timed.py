"""The Timed Tasks Scheduler: when imports and exports start by themselves (rule 9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page

from sonisbridge.core.roles import Role
from sonisbridge.store import runs
from sonisbridge.store.models import AuditEntry, Institution, Run
from sonisbridge.store.timed_models import ScheduledStart, ScheduleRow
from sonisbridge.sync import timed
from tests.flows.pair import Pair
from tests.timed.parts import a_schedule, an_institution, at, carried

from .records import map_fields

TOMORROW = (timezone.now() + timedelta(days=1)).date().isoformat()
GOOD = {"task": "Notifier: Active Campaign", "frequency": "daily", "start_date": TOMORROW, "start_time": "06:30"}


def place(institution: Institution, rest: str = "") -> str:
    return f"/{institution.pk}/schedules/{rest}"


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.fixture
def administrator(client_of, institution):
    return client_of(Role.ADMINISTRATOR)


# The list


def test_without_a_timed_task_the_page_says_what_to_do(client_of, institution):
    assert "Add a timed task, for example" in text_of(client_of(Role.ADMINISTRATOR).get(place(institution)))
    assert "An administrator adds timed tasks." in text_of(client_of(Role.VIEWER).get(place(institution)))


def test_the_list_shows_when_each_is_due_next_and_what_became_of_its_last_start(administrator, institution):
    row = a_schedule(institution, "hourly", "2026-11-23 06:00", now=timezone.now())
    assert "not started yet" in text_of(administrator.get(place(institution)))
    start = timed.run_now(row, by="jo", now=timezone.now())
    assert "The export follows." in text_of(administrator.get(place(institution)))
    carried(start.import_run)
    timed.tick()
    start.refresh_from_db()
    carried(start.export_run_id, "held")
    timed.tick()
    shown = text_of(administrator.get(place(institution)))
    assert shown.count("<li>") - shown.count('<li><a href="#') >= 5
    assert "succeeded" in shown
    assert "held" in shown
    assert f"/{institution.pk}/runs/{start.export_run_id}/" in shown
    csv = administrator.get(place(institution, "?as=csv"))
    assert f"run {start.import_run_id}: succeeded" in b"".join(csv.streaming_content).decode()


def test_a_start_says_which_times_it_makes_up_for_and_why_it_was_skipped(administrator, institution):
    row = a_schedule(institution, "hourly", "2026-11-23 06:00")
    timed.tick(at("2026-11-23 09:30", "America/New_York"))
    timed.tick(at("2026-11-23 10:30", "America/New_York"))
    shown = text_of(administrator.get(place(institution, f"{row.pk}/")))
    assert "times that were due since 23 Nov 2026" in shown
    assert "Skipped: an earlier start had not ended." in shown


def test_the_schedules_of_another_institution_are_no_page(administrator, institution):
    row = a_schedule(an_institution("Other"), "daily", "2026-11-23 06:00")
    for rest in ("", "edit/"):
        assert administrator.get(place(institution, f"{row.pk}/{rest}")).status_code == 404
    for rest in ("run/", "pause/", "resume/", "remove/"):
        assert administrator.post(place(institution, f"{row.pk}/{rest}")).status_code == 404


# Adding and changing


def test_a_timed_task_is_added_paused_resumed_changed_and_removed(administrator, institution):
    said = text_of(administrator.post(place(institution, "add/"), GOOD, follow=True))
    assert "Daily at 06:30" in said
    assert said.count("06:30</time>") >= 5
    row = ScheduleRow.objects.get()
    assert "is paused" in text_of(administrator.post(place(institution, f"{row.pk}/pause/"), follow=True))
    administrator.post(place(institution, f"{row.pk}/resume/"))
    changed = administrator.post(place(institution, f"{row.pk}/edit/"), {**GOOD, "frequency": "hourly"}, follow=True)
    assert "Every hour from" in text_of(changed)
    administrator.post(place(institution, f"{row.pk}/remove/"))
    assert not ScheduleRow.objects.exists()
    said_by = AuditEntry.objects.filter(action__startswith="schedule").values_list("action", "by")
    assert list(said_by.order_by("pk")) == [
        (f"schedule {action}", "administrator") for action in ("added", "paused", "resumed", "changed", "removed")
    ]


def test_a_new_one_is_offered_the_next_full_hour(administrator, institution):
    shown = administrator.get(place(institution, "add/"))
    assert len(shown.context["due"]) == 5
    assert shown.context["due"][0] - timezone.now() <= timedelta(hours=1)


def test_the_next_five_runs_are_shown_as_one_types(administrator, institution):
    said = text_of(administrator.get(place(institution, "next/"), GOOD))
    assert said.count("<li>") == 5
    once = text_of(administrator.get(place(institution, "next/"), {**GOOD, "frequency": "once"}))
    assert (once.count("<li>"), "Then it is over." in once) == (1, True)
    assert "give a later end" in text_of(
        administrator.get(place(institution, "next/"), {**GOOD, "end_date": "2020-01-01"})
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"end_date": "2020-01-01"}, "The end lies before the first run"),
        ({"end_time": "12:00"}, "An end time needs an end date"),
        ({"start_date": "1026-01-01"}, "The dates of a schedule lie between"),
        ({"frequency": "once", "start_date": "2020-01-01"}, "All its times are past"),
        ({"frequency": "never"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(administrator, institution, typed, told):
    answer = administrator.post(place(institution, "add/"), {**GOOD, **typed})
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert 'value="06:30"' in text_of(answer)
    assert not ScheduleRow.objects.exists()


# Running


def test_an_operator_runs_it_now_and_an_import_and_an_export_follow(client_of, pair: Pair, site):
    client_of(Role.ADMINISTRATOR).post(place(pair.institution, "add/"), GOOD)
    row = ScheduleRow.objects.get()
    due = row.next_due
    answer = client_of(Role.OPERATOR).post(place(pair.institution, f"{row.pk}/run/"), follow=True)
    assert "The import was ordered; the export follows it by itself." in text_of(answer)
    row.refresh_from_db()
    assert row.next_due == due
    assert client_of(Role.OPERATOR).post(place(pair.institution, f"{row.pk}/pause/")).status_code == 403


def test_while_a_run_goes_on_nothing_is_started_and_that_is_said(administrator, institution):
    row = a_schedule(institution, "daily", "2026-11-23 06:00")
    administrator.post(place(institution, f"{row.pk}/run/"))
    again = administrator.post(place(institution, f"{row.pk}/run/"), follow=True)
    assert "Nothing was started." in text_of(again)
    assert Run.objects.count() == 1


def test_home_says_when_the_next_run_is(administrator, institution):
    map_fields(institution)
    later = a_schedule(institution, "daily", "2027-05-01 06:00")
    a_schedule(institution, "daily", "2027-04-01 06:00")
    shown = administrator.get(f"/{institution.pk}/")
    assert shown.context["next_run_at"] == ScheduleRow.objects.exclude(pk=later.pk).get().next_due
    assert "1 Apr 2027, 06:00" in text_of(shown)


def test_a_scheduled_run_that_failed_stands_on_every_page_until_one_of_its_kind_went_well(administrator, institution):
    row = a_schedule(institution, "hourly", "2026-11-23 06:00")
    run = Run.objects.create(institution=institution, kind=runs.INBOUND, status="failed", started_at=timezone.now())
    ScheduledStart.objects.create(
        schedule=row, due=timezone.now(), started_at=timezone.now(), state=ScheduledStart.DONE, import_run=run
    )
    told = "The last scheduled import failed."
    assert told in text_of(administrator.get(place(institution)))
    Run.objects.create(institution=institution, kind=runs.INBOUND, status="succeeded", started_at=timezone.now())
    assert told not in text_of(administrator.get(place(institution)))


# In the browser


def tab_to(page: Page, name: str) -> None:
    """Go on by the tabulator until that field, button or link has the focus."""
    for _ in range(40):
        here = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        if here == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by the tabulator")


def test_a_timed_task_is_added_by_keyboard_alone_and_its_next_runs_appear(page_of, institution):
    page = page_of(Role.ADMINISTRATOR, locale="en-US")
    page.goto(place(institution))
    tab_to(page, "Add")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Add a timed task").wait_for()
    tab_to(page, "id_frequency")
    page.keyboard.type("W")
    tab_to(page, "id_start_date")
    page.keyboard.type("03082027")
    tab_to(page, "id_start_time")
    page.keyboard.type("0630AM")
    following = page.locator("#next-runs li")
    page.get_by_text("Mon 8 Mar 2027, 06:30").wait_for()
    assert following.all_inner_texts()[1:] == [
        f"Mon {day} 2027, 06:30" for day in ("15 Mar", "22 Mar", "29 Mar", "5 Apr")
    ]
    found = [item for item in Axe().run(page).response["violations"] if item["impact"] in {"serious", "critical"}]
    assert found == []
    tab_to(page, "Submit")
    page.keyboard.press("Enter")
    page.get_by_text("The schedule was added.").wait_for()
    assert page.get_by_text("Every Monday at 06:30, from 8 Mar 2027").first.is_visible()
