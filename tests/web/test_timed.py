"""The Timed Tasks Scheduler: when imports and exports start by themselves (rule 9)."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from sonisbridge.core.roles import Role
from sonisbridge.store.timed_models import ScheduleRow
from tests.flows.pair import Pair

TOMORROW = (timezone.now() + timedelta(days=1)).date().isoformat()
GOOD = {"task": "Notifier: Active Campaign", "frequency": "daily", "start_date": TOMORROW, "start_time": "06:30"}


def place(institution, rest: str = "") -> str:
    return f"/{institution.pk}/schedules/{rest}"


def test_a_timed_task_is_added_paused_resumed_changed_and_removed(client_of, institution):
    client = client_of(Role.ADMINISTRATOR)
    said = client.post(place(institution, "add/"), GOOD, follow=True).content.decode()
    assert "Daily at 06:30" in said
    assert said.count("06:30</time>") >= 5
    row = ScheduleRow.objects.get()
    assert "paused" in client.post(place(institution, f"{row.pk}/pause/"), follow=True).content.decode()
    assert client.post(place(institution, f"{row.pk}/resume/"), follow=True).status_code == 200
    changed = client.post(place(institution, f"{row.pk}/"), {**GOOD, "frequency": "hourly"}, follow=True)
    assert "Every hour from" in changed.content.decode()
    client.post(place(institution, f"{row.pk}/remove/"))
    assert not ScheduleRow.objects.exists()


def test_the_next_five_runs_are_shown_as_one_types(client_of, institution):
    client = client_of(Role.ADMINISTRATOR)
    said = client.get(place(institution, "next/"), GOOD).content.decode()
    assert said.count("<li>") == 5
    assert (
        "as soon as the times are complete"
        in client.get(place(institution, "next/"), {"frequency": "daily"}).content.decode()
    )


def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_lost(client_of, institution):
    client = client_of(Role.ADMINISTRATOR)
    answer = client.post(place(institution, "add/"), {**GOOD, "end_date": "2020-01-01"})
    assert answer.status_code == 422
    assert "The end lies before the first run" in answer.content.decode()
    assert 'value="06:30"' in answer.content.decode()
    assert client.post(place(institution, "add/"), {"frequency": "never"}).status_code == 422


def test_an_operator_runs_it_now_and_an_import_and_an_export_follow(client_of, pair: Pair, site):
    client_of(Role.ADMINISTRATOR).post(place(pair.institution, "add/"), GOOD)
    row = ScheduleRow.objects.get()
    answer = client_of(Role.OPERATOR).post(place(pair.institution, f"{row.pk}/run/"), follow=True)
    assert "Started: the import, and then the export." in answer.content.decode()
    assert client_of(Role.OPERATOR).post(place(pair.institution, f"{row.pk}/pause/")).status_code == 403


def test_the_times_are_typed_in_the_browser_and_the_next_runs_appear(page_of, institution):
    page = page_of(Role.ADMINISTRATOR)
    page.goto(place(institution, "add/"))
    page.get_by_label("Frequency").select_option("weekly")
    page.get_by_label("Start Date").fill(TOMORROW)
    page.get_by_label("Time", exact=True).fill("06:30")
    page.get_by_role("heading", name="Next runs").wait_for()
    assert page.locator("#next-runs li").count() == 5
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("heading", name="Notifier: Active Campaign").wait_for()
