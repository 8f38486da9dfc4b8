"""Reminders: what a user was told inside the application (rule 10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sonisbridge.core.roles import Role
from sonisbridge.store import users
from sonisbridge.store.models import Institution
from sonisbridge.store.timed_models import Assignment, Delivery, Notice, NoticeGroup, Reminder

from .site import a_user

NOW = datetime(2026, 11, 23, 20, 5, tzinfo=UTC)


def remind(user: User, institution: Institution, subject: str, *, kind: str = "note") -> Reminder:
    """A reminder as a delivered notice leaves it."""
    group, _made = NoticeGroup.objects.get_or_create(institution=institution, name="Admissions")
    assignment = Assignment.objects.create(
        institution=institution, type="import", name=subject, code=f"{subject[:15]}-{Assignment.objects.count()}",
        group=group, owner_sonis_id="-", owner_address="-", owner_name="Grace Green", method="reminder",
        reminder_type=kind,
    )  # fmt: skip
    notice = Notice.objects.create(
        assignment=assignment, at=NOW, try_at=NOW, state=Notice.ADDRESSED, subject=subject, text="3 created.\n",
        author="Grace Green",
    )  # fmt: skip
    delivery = Delivery.objects.create(notice=notice, method=Delivery.REMINDER, state=Delivery.SENT, try_at=NOW)
    return Reminder.objects.create(user=user, delivery=delivery, at=NOW)


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.fixture
def viewer(client_of: Callable[..., Client], institution: Institution) -> Client:
    return client_of(Role.VIEWER, institution)


@pytest.fixture
def leo(viewer, institution) -> User:
    return a_user(Role.VIEWER, institution)


def unread(client: Client) -> int:
    return int(client.get("/my-account/").context["unread"])


def test_without_a_reminder_the_page_says_when_one_comes(viewer):
    assert "A reminder comes when a group with your e-mail address" in text_of(viewer.get("/reminders/"))


def test_unread_reminders_are_counted_on_every_page_until_they_are_read(viewer, leo, institution):
    first = remind(leo, institution, "New web prospects")
    remind(leo, institution, "Conflicts")
    assert unread(viewer) == 2
    shown = text_of(viewer.get("/reminders/"))
    assert "Grace Green" in shown
    assert "3 created." in shown
    assert "23 Nov 2026, 15:05" in shown, "on the clocks of the institution"
    viewer.post(f"/reminders/{first.pk}/read/")
    assert unread(viewer) == 1
    assert "1 reminder is read now." in text_of(viewer.post("/reminders/read/", follow=True))
    assert unread(viewer) == 0
    assert "Read it again" in text_of(viewer.get("/reminders/"))


def test_an_alert_stands_on_top_of_every_page_until_it_is_read_and_a_note_does_not(viewer, leo, institution):
    remind(leo, institution, "Only a note")
    alert = remind(leo, institution, "The import failed", kind="alert")
    page = f"/{institution.pk}/runs/?kind=inbound"
    assert "The import failed" in text_of(viewer.get(page))
    assert "Only a note" not in text_of(viewer.get(page))
    back = viewer.post(f"/reminders/{alert.pk}/read/", {"next": page})
    assert back.headers["Location"] == page
    assert "The import failed" not in text_of(viewer.get(page))


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_reading_leads_to_no_other_site(viewer, leo, institution, elsewhere):
    found = remind(leo, institution, "New web prospects")
    answer = viewer.post(f"/reminders/{found.pk}/read/", {"next": elsewhere})
    assert answer.headers["Location"] == "/reminders/"


def test_nobody_sees_or_reads_the_reminders_of_another_user(viewer, institution):
    other = remind(a_user(Role.VIEWER, institution, name="other"), institution, "For somebody else")
    assert "For somebody else" not in text_of(viewer.get("/reminders/"))
    viewer.post(f"/reminders/{other.pk}/read/")
    viewer.post("/reminders/read/")
    other.refresh_from_db()
    assert other.read_at is None


def test_reminders_of_an_institution_that_is_not_granted_any_more_are_gone(viewer, leo, institution):
    remind(leo, institution, "New web prospects", kind="alert")
    users.take(leo, institution, by="test")
    assert unread(viewer) == 0
    assert "New web prospects" not in text_of(viewer.get("/reminders/"))
