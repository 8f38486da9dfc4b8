"""Reminders: what a user was told inside the application (rule 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sonisbridge.core.roles import Role
from sonisbridge.store import users
from sonisbridge.store.models import Institution

from .records import a_reminder
from .site import a_user


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
    first = a_reminder(leo, institution, "New web prospects")
    a_reminder(leo, institution, "Conflicts")
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
    a_reminder(leo, institution, "Only a note")
    alert = a_reminder(leo, institution, "The import failed", kind="alert")
    page = f"/{institution.pk}/runs/?kind=inbound"
    assert "The import failed" in text_of(viewer.get(page))
    assert "Only a note" not in text_of(viewer.get(page))
    back = viewer.post(f"/reminders/{alert.pk}/read/", {"next": page})
    assert back.headers["Location"] == page
    assert "The import failed" not in text_of(viewer.get(page))


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_reading_leads_to_no_other_site(viewer, leo, institution, elsewhere):
    found = a_reminder(leo, institution, "New web prospects")
    answer = viewer.post(f"/reminders/{found.pk}/read/", {"next": elsewhere})
    assert answer.headers["Location"] == "/reminders/"


def test_nobody_sees_or_reads_the_reminders_of_another_user(viewer, institution):
    other = a_reminder(a_user(Role.VIEWER, institution, name="other"), institution, "For somebody else")
    assert "For somebody else" not in text_of(viewer.get("/reminders/"))
    viewer.post(f"/reminders/{other.pk}/read/")
    viewer.post("/reminders/read/")
    other.refresh_from_db()
    assert other.read_at is None


def test_reminders_of_an_institution_that_is_not_granted_any_more_are_gone(viewer, leo, institution):
    a_reminder(leo, institution, "New web prospects", kind="alert")
    users.take(leo, institution, by="test")
    assert unread(viewer) == 0
    assert "New web prospects" not in text_of(viewer.get("/reminders/"))
